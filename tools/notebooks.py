"""`make notebooks`: run the notebooks where they lie, so that their results can be read there.

Each is run twice. What differs between the runs (a time, a port, an address in memory) would make
a change of every commit: it is named, and nothing is written.
"""

from __future__ import annotations

import copy
import itertools
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from vfy_notebook.commands.check import run_copy, temporary_folder
from vfy_notebook.commands.cleaning.credentials_in_text import take_out
from vfy_notebook.commands.demo import start_sandbox

ROOT = Path(__file__).parents[1]

#: A notebook's metadata, whatever Python has run it.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
}

#: The same everywhere: the order of sets, the day, the language, and what Dask says of a machine
#: that is slow or has little memory.
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "PYTHONWARNINGS": "ignore:Creating scratch directories is taking",
    "DASK_LOGGING__DISTRIBUTED": "error",
}

WIDGET = "application/vnd.jupyter.widget-view+json"

_PORT = re.compile(r"\b(127\.0\.0\.1|localhost):\d+")
_PUSH_ID = re.compile(r"\bpush_[0-9a-f]{16}\b")

#: What is another one on the next machine, or on the next day.
_PASSING = {
    "a path": re.compile(r"(?<![\w/.])/(?:tmp|home|root|Users|var|private|work|usr|opt)/[\w.-]+"),
    "an address in memory": re.compile(r"\b0x[0-9a-fA-F]{6,}\b"),
    "a traceback": re.compile(r"Traceback \(most recent call last\)"),
    "a warning": re.compile(r"\b\w*Warning: "),
}


def make_reproducible(notebook: Any) -> None:
    """Take out of a notebook that was run what the run alone has put in, in place."""
    notebook["metadata"] = copy.deepcopy(METADATA)
    notebook["nbformat_minor"] = 5
    count = 0
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"cell-{number:02}"
        kept = {key: value for key, value in cell["metadata"].items() if key in ("tags", "alt")}
        cell["metadata"] = kept
        if cell["cell_type"] != "code":
            continue
        count += 1
        cell["execution_count"] = count
        # A form is drawn from the state of its widgets, which no code host has.
        shown = [o for o in cell["outputs"] if WIDGET not in o.get("data", {})]
        cell["outputs"] = list(_joined(shown))
        for output in cell["outputs"]:
            _make_output_reproducible(output, count)
            if "image/png" in output.get("data", {}) and "alt" in kept:
                # Whoever does not see the figure reads what it shows: nbconvert takes it from here.
                output["metadata"] = {"image/png": {"alt": kept["alt"]}}


def _joined(outputs: list[Any]) -> Iterator[Any]:
    """What a cell wrote on one stream, in one piece: a busy machine cuts it where it likes."""
    for name, some in itertools.groupby(outputs, key=lambda output: output.get("name")):
        pieces = list(some)
        if name is None:
            yield from pieces
        else:
            text = "".join(piece["text"] for piece in pieces)
            yield nbformat.v4.new_output("stream", name=name, text=text)


def _make_output_reproducible(output: Any, count: int) -> None:
    if output["output_type"] == "execute_result":
        output["execution_count"] = count
    if "metadata" in output:
        output["metadata"] = {}
    if "text" in output:
        output["text"] = _same_each_time(output["text"])
    for kind, value in output.get("data", {}).items():
        if kind.startswith("text/"):
            output["data"][kind] = _same_each_time(value)


def _same_each_time(text: str) -> str:
    """With the port and the names of pushes, which are random, always the same."""
    return _PUSH_ID.sub("push_0123456789abcdef", _PORT.sub(r"\1:8000", text))


def texts(notebook: Any) -> list[str]:
    """The results of each code cell as text; of a figure only that it is one."""
    results = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            shown = [_text_of_output(output) for output in cell["outputs"]]
            results.append(json.dumps(shown, indent=1, ensure_ascii=False, sort_keys=True))
    return results


def _text_of_output(output: Any) -> Any:
    data = output.get("data")
    if data is None:
        return output
    if any(kind.startswith("image/") for kind in data):
        return "a figure"  # its size depends on the machine's fonts
    return data


def _is_mute_figure(output: Any) -> bool:
    """Whether whoever does not see this figure learns nothing of it."""
    told = output.get("metadata", {}).get("image/png", {})
    return "image/png" in output.get("data", {}) and not told.get("alt")


def blemishes(notebook: Any) -> Iterator[str]:
    """What should not be in a saved notebook."""
    for number, cell in enumerate(notebook["cells"], start=1):
        for output in cell.get("outputs", ()):
            yield from (f"cell {number} {what}" for what in _blemishes_of_output(output))
        if take_out(cell["source"])[1]:
            yield f"the source of cell {number} holds what looks like a credential"
    if not any(cell.get("outputs") for cell in notebook["cells"]):
        yield "no cell has a result"


def _blemishes_of_output(output: Any) -> Iterator[str]:
    data = output.get("data", {})
    text = "".join(v for k, v in data.items() if k.startswith("text/"))
    text += output.get("text", "")
    if _is_mute_figure(output):
        yield "has a figure and no alternative text (its metadata: alt)"
    if output["output_type"] == "error":
        yield f"failed: {output['evalue']}"
    if output.get("name") == "stderr":
        yield f"wrote on stderr: {output['text'].strip()[:80]}"
    for what, pattern in _PASSING.items():
        if found := pattern.search(text):
            yield f"shows {what}: {found[0]}"
    if take_out(text)[1]:
        yield "shows what looks like a credential"


def text_of(notebook: Any) -> str:
    """The notebook as it is saved."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def main(names: list[str]) -> int:
    """Run the notebooks, all or those named, and save them; gives the exit code."""
    paths = [Path(name) for name in names] or sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    code = 0
    with temporary_folder() as folder, start_sandbox() as box:
        for path in paths:
            runs = []
            for turn in ("first", "second"):
                box.reset()
                notebook = nbformat.read(path, as_version=4)
                where = folder / turn / path.stem
                run = run_copy(path, where, box, notebook=notebook, extra=ENVIRONMENT)
                make_reproducible(notebook)
                runs.append((run, notebook))
            (run, first), (_, second) = runs
            problems = [run.error] if run.error else []
            pairs = zip(texts(first), texts(second), strict=True)
            problems += [
                f"code cell {number} differs from run to run:\n{a}\n{b}"
                for number, (a, b) in enumerate(pairs, start=1)
                if a != b
            ]
            problems += blemishes(first)
            if not problems and text_of(first) != text_of(second):
                problems.append("a figure differs from run to run")
            if not problems:
                path.write_text(text_of(first), encoding="utf-8")
            print(f"{path.name}: {run.seconds:.1f} s, {run.calls} API calls")
            for problem in problems:
                print(f"    not saved: {problem}")
                code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
