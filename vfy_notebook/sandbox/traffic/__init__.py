"""What happens to a request before and after its operation: quota, scripted faults, the log."""
