"""Columns in another dress (numbers as text, flags as 0 and 1, JSON as text …), brought back."""
