"""Segments and memberships as DataFrames."""
