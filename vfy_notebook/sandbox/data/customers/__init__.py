"""Customers: as the API shows them, stored, written to, made up."""
