"""Plots of what `vfy.analysis` has found."""
