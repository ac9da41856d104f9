"""What became of what was sent: jobs followed, their results, customers read back."""
