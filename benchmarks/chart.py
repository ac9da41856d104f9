"""The README's chart: time and memory beside the peers'."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.results import BARE, LOOP, OURS, SDK, Results

_OURS, _PEERS, _INK = "#2a6f97", "#c9ced6", "#30343b"


def draw(results: Results, path: Path) -> None:
    """Draw the side-by-side figures into a picture."""
    names = (SDK, LOOP, OURS)
    figure = Figure(figsize=(9, 2.6), dpi=150, layout="constrained")
    rows = results.ways[OURS].rows
    figure.suptitle(f"{rows:,} customers into a DataFrame", x=0.01, ha="left", color=_INK)
    left, right = figure.subplots(1, 2, sharey=True)
    _bars(left, names, [results.ways[name].seconds for name in names], "seconds", "{:.1f} s")
    bare = results.ways[BARE].seconds
    left.axvline(bare, color=_INK, linestyle=":", linewidth=1)
    left.annotate(
        f"bare download {bare:.1f} s",
        (bare, 1),
        xycoords=("data", "axes fraction"),
        xytext=(3, 2),
        textcoords="offset points",
        fontsize=8,
        color=_INK,
    )
    _bars(right, names, [results.ways[name].peak_mb for name in names], "peak MB", "{:,.0f} MB")
    figure.savefig(path, metadata={"Software": None})


def _bars(axes: Axes, names: tuple[str, ...], values: list[float], title: str, text: str) -> None:
    colours = [_OURS if name == OURS else _PEERS for name in names]
    bars = axes.barh(range(len(names)), values, color=colours, height=0.62)
    axes.bar_label(bars, [text.format(value) for value in values], padding=4, color=_INK)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel(title, color=_INK)
    axes.margins(x=0.22)
    axes.tick_params(left=False, colors=_INK)
    axes.spines[["top", "right", "left"]].set_visible(False)
