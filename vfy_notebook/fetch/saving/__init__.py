"""Saves customers on disk while they arrive, and continues after an interruption."""
