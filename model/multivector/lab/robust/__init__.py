"""Robust choice: doctrines as levers against many futures."""
