"""Calibration: likelihood-free, on simulations of a design; the records' ranges are the priors, statistics the target.

- `study`: the schema of `kind: calibrate` files.
- `statistics`: what the record and a run say of a statistic, and how far the record may be wrong.
- `simulations`: the runs of a Sobol' design, in a database that is gone on with.
- `emulator`: each statistic as a polynomial of the parameters, with its own error.
- `posterior`: synthetic likelihood on the emulator; what is learned, and whether known truths are found.
- `result`: the document, the draws and the named parameter set.
"""
