"""What customers have done: orders, redemptions, and the events that both leave behind."""
