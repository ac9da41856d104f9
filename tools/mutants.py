"""Mutants: one small change each of one file, and the lines that it can be noticed by."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_COMPARED = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes:
        path: The file.
        text: What it holds.
        lines: Who runs none of these lines cannot notice it.
        what: What was changed.
        code: The code that was changed.
        nth: Which one it is, where a file has such code more than once.
        node: Its number in the file's tree.
    """

    path: Path
    text: str
    lines: range
    what: str
    code: str
    nth: int
    node: int

    @property
    def source(self) -> str:
        """The file with the change."""
        tree = ast.parse(self.text)
        _change(list(ast.walk(tree))[self.node], self.what)
        return ast.unparse(tree)

    def draw(self, seed: int) -> str:
        """Its place in a sample: the same for as long as the code is, whatever else is edited."""
        text = f"{seed} {self.path} {self.what} {self.code} {self.nth}"
        return blake2b(text.encode(), digest_size=8).hexdigest()


def mutants_of(path: Path) -> list[Mutant]:
    """All mutants of a file."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    statements = _statements(tree)
    met: Counter[tuple[str, str]] = Counter()
    found = []
    for number, node in enumerate(ast.walk(tree)):
        for what in _changes_of(node):
            code = ast.unparse(node.test) if isinstance(node, ast.If | ast.While) else None
            code = code or ast.unparse(node)
            met[what, code] += 1
            lines = _lines(node, statements)
            found.append(Mutant(path, text, lines, what, code, met[what, code], number))
    return found


def sample(paths: Iterable[Path], count: int, seed: int) -> list[Mutant]:
    """So many mutants of these files, in an order that chance has made."""
    every = [mutant for path in paths for mutant in mutants_of(path)]
    return sorted(every, key=lambda mutant: mutant.draw(seed))[:count]


def _statements(tree: ast.Module) -> dict[ast.AST, ast.stmt]:
    """The innermost statement around each node."""
    found: dict[ast.AST, ast.stmt] = {}

    def walk(node: ast.AST, around: ast.stmt | None) -> None:
        if isinstance(node, ast.stmt):
            around = node
        if around is not None:
            found[node] = around
        for child in ast.iter_child_nodes(node):
            walk(child, around)

    walk(tree, None)
    return found


def _lines(node: ast.AST, statements: dict[ast.AST, ast.stmt]) -> range:
    """A statement's lines, without those of the statements in it."""
    statement = statements[node]
    inner = [child.lineno for child in _children(statement) if child.lineno > statement.lineno]
    end = min(inner, default=(statement.end_lineno or statement.lineno) + 1)
    return range(statement.lineno, end)


def _children(statement: ast.stmt) -> Iterator[ast.stmt]:
    return (node for node in ast.walk(statement) if isinstance(node, ast.stmt))


def _changes_of(node: ast.AST) -> list[str]:
    kinds = {
        "the comparison turned round": (
            isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARED
        ),
        "the condition negated": (
            isinstance(node, ast.If | ast.While | ast.IfExp) and not _is_for_types(node)
        ),
        "and for or": isinstance(node, ast.BoolOp),
        "plus for minus": isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub),
        "a number off by one": isinstance(node, ast.Constant) and type(node.value) is int,
        "nothing returned": (
            isinstance(node, ast.Return)
            and node.value is not None
            and not (isinstance(node.value, ast.Constant) and node.value.value in {None, False})
        ),
        "the answer turned round": (
            isinstance(node, ast.Return)
            and isinstance(node.value, ast.Constant)
            and node.value.value is False  # as nothing, which is as false, it is the same
        ),
    }
    return [what for what, holds in kinds.items() if holds]


def _is_for_types(node: ast.If | ast.While | ast.IfExp) -> bool:
    """Whether it is about imports that no run needs, so that none can notice it."""
    return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _change(node: ast.AST, what: str) -> None:
    if isinstance(node, ast.Compare):
        node.ops[0] = _COMPARED[type(node.ops[0])]()
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), copy.copy(node.test))
    elif isinstance(node, ast.BoolOp):
        node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    elif isinstance(node, ast.BinOp):
        node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    elif isinstance(node, ast.Constant):
        node.value += 1
    elif isinstance(node, ast.Return):
        node.value = ast.Constant(True if what == "the answer turned round" else None)
    else:
        raise AssertionError(what)
