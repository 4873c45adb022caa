"""The lab: running scenarios in batches, keeping the results, comparing and explaining them.

Whatever runs many worlds stands on the same few parts:

- `study`: study files, `load_study`; the kinds of study are in `kinds.KINDS`.
- `designs`, `factors`, `plan`: from factors to points, and from a study to runs with ids, `Plan`.
- `tasks`: `Task` (some worlds of one run) and `Chunk` (what is stored together) are pure data; `perform(chunk)` runs
  anywhere and answers with a `ChunkResult`: Parquet files as bytes, and which worlds finished and failed.
- `execution`: an `Executor` has `workers` and `map(work, items)`, a generator of `Done`; `InProcess` and `Processes`
  are two. What `map` is given must be picklable: a function at the top of a module, and pure data.
- `parts`: `Parts(folder)` stores results so that they survive what kills the process; `Inventory` says what is there.
- `batch`, `results`, `export`: `run_batch(plan, folder, executor)`, `open_batch(folder)`, `export_zip`.
- `run`, `store`, `compare`, `decompose`, `explain`: one scenario at a time.
"""
