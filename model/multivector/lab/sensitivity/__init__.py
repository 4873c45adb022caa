"""Sensitivity: which parameters, switches and conditions move an outcome, and how much of its spread is chance."""
