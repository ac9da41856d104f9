"""Frames of customers and orders, read whatever they have been through."""
