"""Serves the sandbox: the ASGI application, the router, and the control interface for tests."""
