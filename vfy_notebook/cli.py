"""The command line of `vfy-notebook`; `vfy_notebook.commands` does the work."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import vfy_notebook
from vfy_notebook.errors import VfyNotebookError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    # argparse has no public name for what `add_subparsers` gives.
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

#: What a shell expects of a command that Ctrl-C has ended.
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: The arguments after `vfy-notebook`; None takes them from the command line.

    Returns:
        The exit code: 0 for success, 1 for an error, 2 for wrong arguments, 130 after Ctrl-C.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if words[:1] == ["sandbox"]:
            from vfy_notebook.sandbox.__main__ import main as sandbox  # noqa: PLC0415

            return sandbox(words[1:])
        options = _parser().parse_args(words)
        return int(options.run(options))
    except BrokenPipeError:  # the reader of our output has closed it, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    except VfyNotebookError as error:
        print(f"vfy-notebook: {error}", file=sys.stderr)  # noqa: T201 - a command's own message
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vfy-notebook",
        description="Voucherify customers and segments as pandas DataFrames, in Jupyter.",
    )
    parser.add_argument(
        "--version", action="version", version=f"vfy-notebook {vfy_notebook.__version__}"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_demo(commands)
    commands.add_parser(
        "sandbox", add_help=False, help="play the API on this machine, without JupyterLab"
    )
    _add_new(commands)
    _add_clean(commands)
    _add_find_keys(commands)
    return parser


def _add_demo(commands: Commands) -> None:
    parser = commands.add_parser(
        "demo",
        help="try everything without an account",
        description=(
            "Opens JupyterLab on copies of the notebooks, with a sandbox that plays Voucherify "
            "on this machine. Ctrl-C ends everything."
        ),
    )
    parser.add_argument(
        "--folder",
        type=Path,
        help="the folder for the copies; default: vfy-notebook-demo in your home. Copies that "
        "you have changed are never overwritten",
    )
    parser.add_argument(
        "--port", type=_port, help="JupyterLab's port; default: a free one from 8888"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address only")
    parser.add_argument(
        "--check",
        action="store_true",
        help="run all notebooks without a browser instead, print a line for each, and exit with "
        "0 if all succeed, otherwise with 1",
    )
    parser.set_defaults(run=_demo)


def _add_new(commands: Commands) -> None:
    parser = commands.add_parser(
        "new",
        help="begin a notebook from a template",
        description="Writes a notebook that is ready to run with your credentials.",
    )
    parser.add_argument("path", metavar="PATH", type=Path, help="the notebook to write")
    parser.add_argument(
        "--template",
        choices=("explore", "segments", "bulk-edit", "consents"),
        default="explore",
        help="default: explore",
    )
    parser.add_argument("--force", action="store_true", help="replace an existing notebook")
    parser.set_defaults(run=_new)


def _add_clean(commands: Commands) -> None:
    parser = commands.add_parser(
        "clean",
        help="remove customers' data and credentials from saved notebooks",
        description=(
            "Removes all outputs, attachments, the widgets' state, what other programs leave and "
            "what looks like a credential from saved notebooks. Every other byte stays as it is."
        ),
    )
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        type=Path,
        help="a notebook, or a folder with notebooks",
    )
    parser.add_argument(
        "--keep-plots",
        action="store_true",
        help="keep figures (PNG, JPEG; an SVG is removed, because its labels are text)",
    )
    parser.add_argument(
        "--keep-tables",
        metavar="ROWS",
        type=_rows,
        default=0,
        help="keep tables of no more rows, where no column and no cell tells of a customer",
    )
    parser.add_argument("--counts", action="store_true", help="remove execution counts too")
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing, and exit with 1 if there is something to remove",
    )
    parser.add_argument(
        "--people",
        action="store_true",
        help="with --check, exit with 1 also if the source of a cell holds an e-mail address, a "
        "phone number or a customer's id",
    )
    parser.set_defaults(run=_clean)


def _add_find_keys(commands: Commands) -> None:
    parser = commands.add_parser(
        "find-keys",
        help="name the lines of source files that hold what looks like a credential",
        description="Writes nothing, and exits with 1 if it finds something.",
    )
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", type=Path, help="a source file, or a folder with some"
    )
    parser.set_defaults(run=_find_keys)


def _demo(options: argparse.Namespace) -> int:
    if options.check:
        from vfy_notebook.commands.check import run_check  # noqa: PLC0415 - only what is asked for

        return run_check()
    from vfy_notebook.commands.demo import run_demo  # noqa: PLC0415

    return run_demo(folder=options.folder, port=options.port, browser=not options.no_browser)


def _new(options: argparse.Namespace) -> int:
    from vfy_notebook.commands.new import run_new  # noqa: PLC0415

    return run_new(options.path, template=options.template, force=options.force)


def _clean(options: argparse.Namespace) -> int:
    from vfy_notebook.commands.cleaning.command import run_clean  # noqa: PLC0415

    return run_clean(
        options.paths,
        keep_plots=options.keep_plots,
        counts=options.counts,
        check=options.check,
        keep_tables=options.keep_tables,
        people=options.people,
    )


def _find_keys(options: argparse.Namespace) -> int:
    from vfy_notebook.commands.cleaning.find_keys import run_find_keys  # noqa: PLC0415

    return run_find_keys(options.paths)


def _rows(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is no number of rows; give 1 or more")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{number} is not a port; ports are 1 to 65535")
    return number


if __name__ == "__main__":
    sys.exit(main())
