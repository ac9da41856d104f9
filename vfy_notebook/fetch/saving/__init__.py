"""Customers saved on disk while they arrive, and resumed."""
