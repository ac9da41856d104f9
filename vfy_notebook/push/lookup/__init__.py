"""What the server shows now of the customers of a plan, or of a push that has run."""
