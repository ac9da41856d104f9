"""Forms about customers who are picked one by one: consents and deletions."""
