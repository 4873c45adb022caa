"""Compiled kernels: the population of citizens of many worlds, worlds side by side as SIMD lanes.

`network` builds the shared social network, `records` and `public` are the face of the population, `lanes`
holds the compiled loops and `twin` the same step in plain numpy. Nothing is imported here: numba costs half a
second, so callers import what they use.
"""
