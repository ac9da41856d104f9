"""Cells of a column and their values, of whatever dtype, as JSON."""
