"""Validation: what the sources claim, as patterns that simulated worlds must show with a mechanism and not without.

`patterns.yaml` says what is measured and by how much it must clear; `observables_*` measure it, one small function a
pattern; `bench` runs the variants that they need once; `judge` gives the verdicts; `report` and `page` tell them.
"""
