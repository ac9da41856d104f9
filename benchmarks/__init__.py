"""Measurements of the toolkit beside what its users would do otherwise: `make bench`."""
