"""What a person ought to know of edits before they are sent: pure functions that give problems."""
