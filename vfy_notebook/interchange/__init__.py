"""Frames on their way to other programs, and back: Excel, CSV, other libraries."""
