"""Every number of the model, as records with unit, range and source."""

from multivector.parameters.records import Parameters, Record, RecordError, load_records

__all__ = ["Parameters", "Record", "RecordError", "load_records"]
