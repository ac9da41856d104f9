"""The form that gives many customers one value, and the conditions that pick them."""
