"""What was going to be sent, was sent, and became of it; survives crashes."""
