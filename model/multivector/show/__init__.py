"""Figures of an ensemble: the fan, the price of it, and the why of a decision.

Each module draws one kind of picture and returns a `matplotlib.figure.Figure` that carries a generated
sentence; `figures.draw_all` writes the standard set. Nothing here uses pyplot or its global state.
"""
