"""JupyterLab in a process that ends with the one that started it.

Run as a file, so that it does not load the package. Standard input is a pipe from the parent: it
closes when the parent is gone, however that happened, and then JupyterLab is told to end. It
shuts down its kernels, and with each kernel end the sandboxes that the notebook has started.
"""

from __future__ import annotations

import os
import signal
import sys
import threading


def end_with_stdin() -> None:
    """Wait for the end of standard input; then end like after Ctrl-C, without questions."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with_stdin, daemon=True).start()
    from jupyterlab.labapp import main

    sys.exit(main())
