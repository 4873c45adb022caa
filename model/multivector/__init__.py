"""multivector: a middle power between giants."""

__version__ = "0.1.0"
