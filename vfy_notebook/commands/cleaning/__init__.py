"""Taking customers and credentials out of notebooks."""
