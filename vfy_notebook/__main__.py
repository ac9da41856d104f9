"""`python -m vfy_notebook` is the shell command `vfy-notebook`."""

from __future__ import annotations

import sys

from vfy_notebook.cli import main

if __name__ == "__main__":
    sys.exit(main())
