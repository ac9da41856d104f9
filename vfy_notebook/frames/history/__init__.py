"""Orders, redemptions and activity as tables."""
