"""Calibration: likelihood-free, with pyABC; the records' ranges are the priors, chosen statistics the target.

- `study`: the schema of `kind: calibrate` files.
- `statistics`: what a run says about a statistic, and how far a run is from the record.
- `abc`: sequential Monte Carlo in a database that is gone on with; the posterior as a named parameter set.
"""
