"""What the checkout needs and the package does not: behind the Makefile's targets."""
