"""Removes customers and credentials from notebooks."""
