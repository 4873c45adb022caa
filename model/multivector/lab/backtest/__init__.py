"""Backtests: what is forecast out of sample, scored beside every rival on the same inputs.

- `reading`: tidy CSV files, with every fault named by file, line and column.
- `scores`: proper scores of distributions, and paired bootstrap intervals.
- one module or more a backtest; `cli/backtest.py` has the commands.
"""
