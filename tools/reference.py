"""`make docs`: pages from the docstrings, in docs/_site. What is missing or odd is an error."""

from __future__ import annotations

import inspect
import re
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from pdoc import doc, extract, render

import vfy_notebook
import vfy_notebook.plots  # matplotlib looks for fonts the first time; pdoc would forbid it to

ROOT = Path(__file__).parents[1]
SITE = ROOT / "docs" / "_site"

#: The public face, and what it gives back.
SUBJECTS = ("vfy_notebook", str(ROOT / "docs" / "reference" / "plans_and_reports.py"))

#: Known to pandas' type stubs, not to pandas itself; the annotation is then shown as written.
_ONLY_IN_STUBS = r"Error parsing type annotation .* type '(Index|Series)' is not subscriptable"


def build(site: Path) -> list[str]:
    """Write the pages; gives what is wrong with them."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=_ONLY_IN_STUBS)
        render.configure(
            docformat="google",
            footer_text=f"vfy-notebook {vfy_notebook.__version__}",
            show_source=False,
            template_directory=ROOT / "docs" / "templates",
        )
        shutil.rmtree(site, ignore_errors=True)
        try:
            modules = read_modules()
            _write(modules, site)
            _link_results(site)
            return list(undocumented(modules))
        except Warning as warning:
            return [f"{type(warning).__name__}: {warning}"]


def read_modules() -> dict[str, doc.Module]:
    """The modules that have a page, by name."""
    modules = {name: doc.Module(extract.load_module(name)) for name in extract.walk_specs(SUBJECTS)}
    for module in modules.values():
        for member in module.members.values():
            if isinstance(member, doc.Class):
                _take_in_bases(member, modules)
    return modules


def _take_in_bases(whole: doc.Class, modules: Mapping[str, doc.Module]) -> None:
    """Show a class that is put together from others of ours, which have no page, as one class."""

    def has_no_page(base: tuple[str, ...]) -> bool:
        return base[0].startswith("vfy_notebook.") and base[0] not in modules

    inherited = [
        member
        for base, members in whole.inherited_members.items()
        if has_no_page(base)
        for member in members
    ]
    for member in inherited:
        if isinstance(member, doc.Function):
            member.signature = _without_type_of_self(member.signature)
    whole.own_members = whole.own_members + inherited
    whole.bases = [base for base in whole.bases if not has_no_page(base)]


def _without_type_of_self(signature: inspect.Signature) -> inspect.Signature:
    """What a method demands of its object concerns only those who put the class together."""
    parameters = dict(signature.parameters)
    if "self" in parameters:
        parameters["self"] = parameters["self"].replace(annotation=inspect.Parameter.empty)
    return signature.replace(parameters=list(parameters.values()))


def _write(modules: Mapping[str, doc.Module], site: Path) -> None:
    """Write the pages, as `pdoc.pdoc` does with modules that it has read itself."""
    pages = {f"{name.replace('.', '/')}.html": module for name, module in modules.items()}
    for path, module in pages.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(render.html_module(module, modules), encoding="utf-8")
    (site / "index.html").write_text(render.html_index(modules), encoding="utf-8")
    (site / "search.js").write_text(render.search_index(modules), encoding="utf-8")


def _link_results(site: Path) -> None:
    """Make links of the names that stand on a page of their own, not where they are defined."""
    page = extract.load_module(extract.parse_spec(SUBJECTS[1]))
    for path in site.rglob("*.html"):
        up = "../" * (len(path.relative_to(site).parts) - 1)
        text = path.read_text(encoding="utf-8")
        for name in page.__all__:
            where = f"{getattr(page, name).__module__}.{name}"
            link = f'<a href="{up}{page.__name__}.html#{name}">{name}</a>'
            in_signature = where.replace(".", '</span><span class="o">.</span><span class="n">')
            text = text.replace(in_signature, link)
            text = re.sub(rf"(?<![\w./#\"]){re.escape(where)}(?![\w\"])", link, text)
            text = text.replace(f"<code>{name}</code>", f"<code>{link}</code>")
        path.write_text(text, encoding="utf-8")


def undocumented(modules: Mapping[str, doc.Module]) -> Iterator[str]:
    """Public names without a docstring of their own."""
    for name, module in modules.items():
        if not module.docstring:
            yield f"{name} has no docstring"
        yield from _undocumented_in(module)


def _undocumented_in(namespace: doc.Namespace) -> Iterator[str]:
    is_class = isinstance(namespace, doc.Class)
    for member in namespace.own_members if is_class else namespace.members.values():
        if member.name.startswith("_") or isinstance(member, doc.Module):
            continue
        # An attribute may be explained by its class.
        explained = isinstance(member, doc.Variable) and is_class and _explains(namespace, member)
        if not (member.docstring or explained):
            yield f"{member.fullname} has no docstring"
        if isinstance(member, doc.Class):
            yield from _undocumented_in(member)


def _explains(documented: doc.Class, member: doc.Variable) -> bool:
    text = documented.docstring
    return f"\n    {member.name}: " in text or f"`{member.name}`" in text


def main() -> int:
    """Build the pages; gives the exit code."""
    problems = build(SITE)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"Open {SITE.relative_to(ROOT)}/index.html")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
