"""Exports: a handful of calls for any number of objects, read completely or told."""
