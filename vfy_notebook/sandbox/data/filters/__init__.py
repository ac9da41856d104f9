"""Filters in the API's own format, as conditions in SQL."""
