"""Metadata: keys and types that are known only when the values arrive."""
