"""Scenario discovery: which conditions of the outside lead to a collapsed fan or a fallen president."""
