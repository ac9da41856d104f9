"""docs/reliability.md, whose figures are written by the runs that measured them."""

from __future__ import annotations

from pathlib import Path

PAGE = Path("docs/reliability.md")

#: The page's parts between these lines are written by the runs.
_BEGIN, _END = "<!-- {name}: written by its run -->", "<!-- end of {name} -->"


def write(name: str, text: str) -> None:
    """Put a part of the page in its place."""
    begin, end = _BEGIN.format(name=name), _END.format(name=name)
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(begin)
    after = rest.partition(end)[2]
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")
