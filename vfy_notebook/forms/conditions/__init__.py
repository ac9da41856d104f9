"""Choosing customers by conditions: a part of every form that needs it."""
