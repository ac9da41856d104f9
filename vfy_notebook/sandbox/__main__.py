"""``python -m vfy_notebook.sandbox``: serve the sandbox until it is told to end."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import sys
import threading
from collections.abc import Sequence


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vfy-notebook sandbox",
        description=(
            "Plays Voucherify's customers API on 127.0.0.1. The first line on stdout is a JSON "
            "object with url, app_id and app_token; it is printed when the sandbox answers."
        ),
    )
    parser.add_argument("--port", type=_port, default=0, help="default: any free port")
    parser.add_argument(
        "--customers",
        type=_number,
        metavar="N",
        help="serve N made-up customers instead of the sample",
    )
    parser.add_argument("--seed", type=int, default=0, help="another seed, other customers")
    parser.add_argument("--app-id", default="sandbox", help="default: sandbox")
    parser.add_argument("--app-token", help="default: a random one")
    parser.add_argument(
        "--end-with-stdin",
        action="store_true",
        help="end as soon as standard input does, as it does when the parent process ends",
    )
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{number} is not a port; ports are 0 to 65535")
    return number


def _number(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number} customers cannot be made up")
    return number


def main(argv: Sequence[str] | None = None) -> int:
    """Run the sandbox; gives the exit code."""
    options = _parser().parse_args(argv)
    if options.end_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    try:
        import python_multipart  # noqa: F401, PLC0415  # Starlette asks for it only when used

        from vfy_notebook.sandbox.server import serving  # noqa: PLC0415  # Starlette may be missing
    except ModuleNotFoundError as error:
        return _fail(
            f"The sandbox needs {error.name}, which is not installed: "
            f"{sys.executable} -m pip install starlette uvicorn python-multipart"
        )
    from vfy_notebook.sandbox.data.sample import SampleMissingError  # noqa: PLC0415
    from vfy_notebook.sandbox.state import Sandbox  # noqa: PLC0415

    app_token = options.app_token or secrets.token_urlsafe(24)
    try:
        listening = serving.open_socket(options.port)
    except OSError as error:
        return _fail(
            f"Port {options.port} cannot be used: {error.strerror or error}. "
            "Choose another one with --port, or leave it out."
        )
    box = Sandbox(app_id=options.app_id, app_token=app_token, seed=options.seed)
    try:
        box.reset(options.customers)
    except SampleMissingError as error:
        return _fail(f"There is nothing to serve: {error}. Give a number with --customers.")

    def announce() -> None:
        line = {"url": box.url, "app_id": options.app_id, "app_token": app_token}
        print(json.dumps(line), flush=True)  # noqa: T201  # the promised first line

    with contextlib.suppress(KeyboardInterrupt):
        serving.serve(box, listening, announce)
    return 0


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201  # a command's own message
    return 1


def _end_with_stdin() -> None:
    """End the process when standard input ends.

    The parent holds the other end of the pipe; it closes when the parent is gone, however
    that happened. There is nothing to save, so nothing is waited for.
    """
    descriptor = sys.stdin.fileno()
    while os.read(descriptor, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
