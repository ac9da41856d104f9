"""Exports: which objects and fields there are, what was asked for, and the CSV."""
