"""What stands in the way of a plan, and the sentences for it."""
