"""What the API answered: read before it is believed."""
