"""Serving: the ASGI application, which operation a path names, and the control face of tests."""
