"""What the sandbox holds: customers, segments, jobs, exports, and the rules for them."""
