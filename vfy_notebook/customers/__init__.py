"""Single customers, consents, deletions and the CSV import."""
