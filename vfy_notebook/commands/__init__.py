"""What `vfy-notebook` does in a shell, a file for each command; `vfy_notebook.cli` is the face."""
