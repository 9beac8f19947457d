"""Names of a board's program: which ones become names that MicroPython has in any case.

A name costs a board its letters and a place in the table of names, which grows by doubling. What
the program itself binds may be called anything, as long as every part calls it the same; names of
libraries, and those that stand in a string, stay as they are.
"""

import ast
import itertools
import string
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, TypeVar

from gateway.boards.rom_names import CHIP, ROM

_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_Named = TypeVar("_Named", ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_Giving = TypeVar("_Giving", ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

# What MicroPython itself looks for on exceptions and on what is awaited.
_LOOKED_FOR: Final = frozenset({"args", "value", "errno", "send", "throw", "close", "self", "name"})


def public_names(
    trees: Mapping[str, ast.Module],
    beside: Iterable[ast.Module] = (),
    keep: Collection[str] = (),
) -> dict[str, str]:
    """What each of the program's own public names becomes; no two become the same.

    Args:
        trees: Module -> the program.
        beside: What uses the program and is renamed with it; its own names stay.
        keep: Names that stay as they are.
    """
    used = Counter(itertools.chain.from_iterable(map(_used, trees.values())))
    there = set(used).union(*(texts(tree) for tree in trees.values()))
    others = list(beside)
    own = {name for tree in trees.values() for name in _shared(tree) if not name.startswith("_")}
    foreign = {word for tree in trees.values() for word in _given_to_others(tree, own)}
    own -= {*ROM, *CHIP, *keep, *trees, *foreign}
    own -= set().union(*(texts(tree) for tree in (*trees.values(), *others)))
    there.update(*(_used(tree) for tree in others), *(texts(tree) for tree in others))
    free = (name for name in ROM if name not in there and name not in _LOOKED_FOR)
    ordered = sorted(own, key=lambda name: (-used[name], name))
    return dict(zip(ordered, free, strict=False))


def private_names(
    tree: ast.Module, keep: Collection[str], taken: Collection[str]
) -> dict[str, str]:
    """What a module's private names become: names that it does not use, nor the program publicly.

    Args:
        tree: The module.
        keep: Names that stay as they are.
        taken: What public names became.
    """
    used = Counter(_used(tree))
    mine = {name for name in _bound(tree) if _is_private(name)} - texts(tree) - set(keep)
    free = (name for name in _cheapest(taken) if name not in used)
    ordered = sorted(mine, key=lambda name: (-used[name], name))
    return dict(zip(ordered, free, strict=False))


def rename(tree: ast.Module, others: Mapping[str, str]) -> None:
    """Put a module's names in other words, wherever they stand."""
    _Renamed(others).visit(tree)


def rename_given(tree: ast.Module, named: Collection[str]) -> None:
    """Give what functions are given the same few names, unless it is given by name somewhere."""
    _Given(named).visit(tree)


def names(tree: ast.AST) -> set[str]:
    """Every name that stands in a part."""
    return set(_used(tree))


def texts(tree: ast.Module) -> set[str]:
    """Strings of a module: a name that stands in one may be asked for by it."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)
            and isinstance(node.value, str)}  # fmt: skip


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and len(name) > 2


def _bound(tree: ast.Module) -> Iterator[str]:
    """Every name that a module itself gives a meaning, but for what lives in one function."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.arg():
                yield node.arg


def _used(tree: ast.AST) -> Iterator[str]:
    """Every name in a part, as often as it stands there."""
    for node in ast.walk(tree):
        match node:
            case ast.Name():
                yield node.id
            case ast.Attribute():
                yield node.attr
            case ast.alias():
                yield node.asname or node.name
            case ast.arg() | ast.keyword():
                yield node.arg or ""
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.ExceptHandler():
                yield node.name or ""
            case ast.Global() | ast.Nonlocal():
                yield from node.names


def _shared(tree: ast.Module) -> Iterator[str]:
    """Names of a module that others may use: what stands at its top, in classes, and on objects."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.keyword(arg=str(name)):
                yield name
        if isinstance(node, ast.Module | ast.ClassDef):
            yield from (part.id for item in node.body if not isinstance(item, _SCOPES)
                        for part in ast.walk(item) if isinstance(part, ast.Name)
                        and isinstance(part.ctx, ast.Store))  # fmt: skip


def _given_to_others(tree: ast.Module, own: Collection[str]) -> Iterator[str]:
    """Names by which what is not the program's own is given something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = (
                node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
            )
            if called not in own:
                yield from (word.arg for word in node.keywords if word.arg is not None)


def _cheapest(taken: Collection[str]) -> Iterator[str]:
    """Names that are there in any case, then _a to _z."""
    yield from (name for name in ROM if name not in taken and name not in _LOOKED_FOR)
    for letter in string.ascii_lowercase:
        yield f"_{letter}"
    for first in string.ascii_lowercase:
        for second in string.ascii_lowercase:
            yield f"_{first}{second}"


class _Renamed(ast.NodeTransformer):
    """A module under other names, wherever they stand."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.Attribute:
        self.generic_visit(node)
        node.attr = self._names.get(node.attr, node.attr)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._names.get(node.arg, node.arg)
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        self.generic_visit(node)
        if node.arg is not None:
            node.arg = self._names.get(node.arg, node.arg)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        self.generic_visit(node)
        if node.name is not None:
            node.name = self._names.get(node.name, node.name)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        for alias in node.names:
            alias.name = self._names.get(alias.name, alias.name)
        return node

    def visit_Global(self, node: ast.Global) -> ast.Global:
        node.names = [self._names.get(name, name) for name in node.names]
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.Nonlocal:
        node.names = [self._names.get(name, name) for name in node.names]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return self._named(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return self._named(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        return self._named(node)

    def _named(self, node: _Named) -> _Named:
        self.generic_visit(node)
        node.name = self._names.get(node.name, node.name)
        return node


class _Given(ast.NodeTransformer):
    """Gives what functions are given the same few names, where nobody gives it by name."""

    def __init__(self, named: Collection[str]) -> None:
        self._kept = named

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return self._function(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        return self._function(node)

    def _function(self, node: _Giving) -> _Giving:
        used = set(_used(node))
        free = (name for name in _cheapest(()) if name not in used)
        given = [one.arg for one in node.args.args if one.arg not in self._kept]
        given += [one.arg for one in (node.args.vararg, node.args.kwarg) if one is not None]
        names = {one: next(free) for one in given if len(one) > 1 and one != "self"}
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                part.id = names.get(part.id, part.id)
            elif isinstance(part, ast.arg):
                part.arg = names.get(part.arg, part.arg)
        self.generic_visit(node)
        return node
