"""What holds for every plot."""

from __future__ import annotations

import itertools
import logging

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch

from vfy_notebook import plots
from vfy_notebook.analysis import cohorts, compare, rfm
from vfy_notebook.errors import ArgumentError

UGLY = [
    "$x^2$ and $\\frac{broken$",
    "<b>bold</b>",
    "_underscore_",
    "line\nbreak\\n",
    "A name that goes on and on until nobody reads it any more: spring",
    "A name that goes on and on until nobody reads it any more: autumn",
    "高価値のお客様（東京・大阪・名古屋）",
    "عملاء مميزون",
    "🎉 VIP",
    "VIP",
    "VIP",
    "",
    "%s {0}",
]

PLOTS = {
    "segment_sizes": lambda _, m, **k: plots.segment_sizes(m, **k),
    "segment_sizes of customers": lambda c, m, **k: plots.segment_sizes(m, customers=c, **k),
    "segment_overlap": lambda _, m, **k: plots.segment_overlap(m, **k),
    "segment_intersections": lambda _, m, **k: plots.segment_intersections(m, **k),
    "breakdown by text": lambda c, m, **k: plots.segment_breakdown(c, m, by="text", **k),
    "breakdown by flag": lambda c, m, **k: plots.segment_breakdown(c, m, by="flag", **k),
    "breakdown by number": lambda c, m, **k: plots.segment_breakdown(c, m, by="number", **k),
    "breakdown by date": lambda c, m, **k: plots.segment_breakdown(c, m, by="created_at", **k),
    "breakdown by mixed": lambda c, m, **k: plots.segment_breakdown(c, m, by="mixed", **k),
    "signups": lambda c, _, **k: plots.signups(c, **k),
    "signups by column": lambda c, _, **k: plots.signups(c, by="text", **k),
    "signups by segment": lambda c, m, **k: plots.signups(c, memberships=m, **k),
    "order_value": lambda c, _, **k: plots.order_value(c, **k),
    "order_value by column": lambda c, _, **k: plots.order_value(c, by="text", **k),
    "rfm": lambda c, _, **k: plots.rfm(scored(c), **k),
    "retention": lambda c, _, **k: plots.retention(cohorts(orders_of(c), date="day"), **k),
    "comparison": lambda c, _, **k: plots.comparison(compared(c), **k),
}


def orders_of(customers):
    """Up to eight orders of each customer."""
    rng = np.random.default_rng(len(customers))
    who = np.repeat(np.arange(len(customers)), rng.integers(1, 9, len(customers)))
    days = pd.to_timedelta(rng.integers(0, 300, len(who)), unit="D")
    return pd.DataFrame(
        {
            "customer_id": customers.index[who],
            "day": pd.Timestamp("2024-01-01") + days,
            "amount": pd.array(rng.integers(0, 9_999, len(who)), dtype="Int64"),
        }
    )


def scored(customers):
    """An RFM table whose groups have ugly names."""
    names = itertools.islice(itertools.cycle(filter(None, UGLY)), 16)
    groups = pd.DataFrame(np.array(list(names)).reshape(4, 4), range(1, 5), range(1, 5))
    return rfm(customers, orders=orders_of(customers), date="day", groups=groups)


def compared(customers):
    """Every third customer beside the others; one customer has nobody beside them."""
    if len(customers) == 1:
        customers = customers[:0]
    return compare(customers, np.arange(len(customers)) % 3 == 0)


def frames(customers, segments):
    rng = np.random.default_rng(customers)
    index = pd.Index([f"c{number}" for number in range(customers)], name="customer_id", dtype="str")
    created = pd.Timestamp("2022-01-01", tz="UTC") + pd.to_timedelta(
        rng.integers(0, 900, customers), unit="D"
    )
    mixed = itertools.islice(itertools.cycle([1, "1", None, ["a"], {"b": "$"}, True]), customers)
    frame = pd.DataFrame(
        {
            "created_at": created.as_unit("us"),
            "text": pd.array(
                [UGLY[number % len(UGLY)] for number in range(customers)], dtype="str"
            ),
            "flag": pd.array(rng.choice([True, False, None], customers), dtype="boolean"),
            "number": pd.array(rng.normal(0, 1, customers), dtype="Float64"),
            "mixed": pd.Series(list(mixed), index=index, dtype=object),
            "summary.orders.average_amount": pd.array(
                rng.integers(0, 9_999, customers), dtype="Int64"
            ),
        },
        index=index,
    )
    who, which = np.nonzero(rng.random((customers, segments)) < 0.3)
    names = UGLY + [f"Segment {number}" for number in range(segments)]
    memberships = pd.DataFrame(
        {
            "customer_id": index[who],
            "segment_id": pd.array([f"seg_{number:06}" for number in which], dtype="str"),
            "segment": pd.array([names[number] for number in which], dtype="str"),
        }
    )
    return frame, memberships


@pytest.fixture(params=PLOTS)
def draw(request):
    return PLOTS[request.param]


def readable(ax):
    """The tick labels of a drawn panel and of the panels in it, by axis."""
    for panel in (ax, *ax.child_axes):
        for axis in (panel.xaxis, panel.yaxis):
            labels = [label for label in axis.get_ticklabels() if label.get_text()]
            yield [label for label in labels if label.get_visible()]


def overlap(one, other):
    return bool(
        min(one.x1, other.x1) - max(one.x0, other.x0) > 1
        and min(one.y1, other.y1) - max(one.y0, other.y0) > 1
    )


@pytest.mark.parametrize("segments", [3, 40])
def test_ugly_names_are_drawn_whole_without_warnings_or_collisions(draw, segments, caplog):
    with caplog.at_level(logging.WARNING):
        ax = draw(*frames(400, segments))
        ax.figure.canvas.draw()  # warnings are errors in these tests
    assert not caplog.records
    drawn, (width, height) = ax.figure.get_tightbbox(), ax.figure.get_size_inches()
    assert min(drawn.x0, drawn.y0) > -0.05
    assert drawn.x1 < width + 0.05
    assert drawn.y1 < height + 0.05
    for labels in readable(ax):
        if labels and labels[0].get_rotation() == 0:
            boxes = [label.get_window_extent() for label in labels]
            assert not any(overlap(a, b) for a, b in itertools.pairwise(boxes))


@pytest.mark.parametrize(("customers", "segments"), [(0, 0), (0, 3), (5, 0)])
def test_empty_frames_give_a_panel_with_a_sentence_or_a_plot(draw, customers, segments):
    ax = draw(*frames(customers, segments))
    ax.figure.canvas.draw()
    if not any(panel.has_data() for panel in (ax, *ax.child_axes)):
        (sentence,) = ax.texts
        assert sentence.get_text().endswith(".")
        assert not ax.get_xticks().size


@pytest.mark.parametrize("name", [name for name in PLOTS if "segment" in name or "break" in name])
def test_without_memberships_there_is_no_data_but_a_sentence(name):
    customers, _ = frames(5, 3)
    _, nothing = frames(0, 3)
    ax = PLOTS[name](customers, nothing)
    assert len(ax.texts) == 1
    assert not ax.has_data()
    assert not ax.child_axes


def test_empty_frames_without_dtypes_are_fine(draw):
    customers, memberships = frames(0, 3)
    draw(customers.astype(object), memberships.astype(object)).figure.canvas.draw()


def test_a_single_customer_is_drawn(draw):
    customers, memberships = frames(1, 40)
    assert len(memberships)
    draw(customers, memberships).figure.canvas.draw()


def test_categories_are_drawn_like_text(draw):
    customers, memberships = frames(200, 5)
    plain = draw(customers, memberships)
    thrifty = draw(customers, memberships.astype("category"))
    for one, other in zip((plain, *plain.child_axes), (thrifty, *thrifty.child_axes), strict=True):
        assert [text.get_text() for text in one.texts] == [text.get_text() for text in other.texts]


def test_frames_are_not_changed(draw):
    customers, memberships = frames(50, 5)
    before = customers.copy(deep=True), memberships.copy(deep=True)
    draw(customers, memberships)
    pd.testing.assert_frame_equal(customers, before[0])
    pd.testing.assert_frame_equal(memberships, before[1])


def test_a_given_panel_is_drawn_on_and_returned(draw):
    figure, axes = plt.subplots(1, 2)
    assert draw(*frames(50, 5), ax=axes[0]) is axes[0]
    assert plt.get_fignums() == [figure.number]
    assert figure.axes[:2] == list(axes)
    assert not axes[1].has_data()
    assert plt.gca() is axes[1]
    figure.canvas.draw()


def test_a_panel_of_a_subfigure_will_do(draw):
    figure = plt.figure(layout="constrained", figsize=(12, 8))
    ax = figure.subfigures(1, 2)[1].subplots()
    assert draw(*frames(50, 5), ax=ax) is ax
    figure.canvas.draw()


def test_without_a_panel_there_is_one_new_figure(draw):
    ax = draw(*frames(50, 5))
    assert plt.get_fignums() == [ax.figure.number]


def test_no_global_state_is_touched(draw):
    before = mpl.rcParams.copy()
    draw(*frames(50, 5)).figure.canvas.draw()
    assert mpl.rcParams == before


@pytest.mark.parametrize("name", ["segment_sizes", "segment_intersections", "breakdown by text"])
@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_figures_of_vectors_can_be_saved(name, kind, tmp_path):
    PLOTS[name](*frames(50, 13)).figure.savefig(tmp_path / f"plot.{kind}")
    assert (tmp_path / f"plot.{kind}").stat().st_size > 1000


def contrast(one, other):
    """Of two colours, as https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio counts it: 1 to 21."""
    light, dark = sorted(
        (
            0.2126 * red + 0.7152 * green + 0.0722 * blue
            for red, green, blue in map(linear, (one, other))
        ),
        reverse=True,
    )
    return (light + 0.05) / (dark + 0.05)


def linear(colour):
    shown = np.array(to_rgb(colour))
    return np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)


def test_in_a_dark_style_all_is_seen(draw):
    with plt.style.context("dark_background"):
        ax = draw(*frames(200, 12))
        ax.figure.canvas.draw()
        boxes = [patch for patch in ax.patches if isinstance(patch, PathPatch)]
        lines = [] if boxes else [line.get_color() for line in ax.lines]
        legend = ax.get_legend()
        texts = [] if legend is None else [text.get_text() for text in legend.get_texts()]
        areas = (
            [] if legend is None else [handle.get_facecolor() for handle in legend.get_patches()]
        )
        named = {colour for colour, text in zip(areas, texts, strict=False) if text != "no value"}
        for colour in (*lines, *named):
            assert contrast(colour, "black") > 3
        assert contrast(ax.yaxis.label.get_color(), "black") > 7


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("name", ["breakdown by number", "order_value by column"])
def test_the_median_is_seen_in_a_box_of_any_colour(name, style):
    with plt.style.context(style):
        ax = PLOTS[name](*frames(200, 12))
        boxes = [patch for patch in ax.patches if isinstance(patch, PathPatch)]
        medians = [line for line in ax.lines if line.get_linewidth() == 2]
        assert len(boxes) == len(medians) > 7
        for box, median in zip(boxes, medians, strict=True):
            assert contrast(box.get_facecolor()[:3], median.get_color()) > 3


def test_what_is_no_panel_is_refused_before_a_figure_is_made(draw):
    with pytest.raises(ArgumentError, match="ax must be one matplotlib Axes"):
        draw(*frames(5, 3), ax="left")
    assert not plt.get_fignums()


def test_the_public_names_are_these():
    assert sorted(plots.__all__) == [
        "comparison",
        "order_value",
        "retention",
        "rfm",
        "segment_breakdown",
        "segment_intersections",
        "segment_overlap",
        "segment_sizes",
        "signups",
    ]
    assert all(callable(getattr(plots, name)) for name in plots.__all__)
