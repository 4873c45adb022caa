"""Pressure maps: two conditions against each other, and the lines where the world tips."""
