"""Turns records into DataFrames and DataFrames into values to send, without HTTP."""
