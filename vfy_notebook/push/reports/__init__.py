"""What the journal tells of a push afterwards: its rows, a list of pushes, what undoes one."""
