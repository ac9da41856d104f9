"""Reads from the API into DataFrames; each module reads one kind of object completely."""
