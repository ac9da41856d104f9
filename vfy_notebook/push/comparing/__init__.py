"""A frame compared with what it came from and with the server, and what may be sent of it."""
