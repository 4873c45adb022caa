"""The live page: `multivector serve` runs the model for one browser or for a class, and keeps nothing.

Everything is imported when it is first used: Starlette and uvicorn belong to the extra `app`.
"""
