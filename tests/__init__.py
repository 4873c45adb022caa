"""Tests. A package by name, because AgentPy (the extra `benchmarks`) installs a package `tests` of its own."""
