"""Orders and redemptions by export, and the activity of one customer."""
