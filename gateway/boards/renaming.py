"""Names of a board's program: they become names that MicroPython has in any case.

A name costs a board its letters and a place in the table of names, which grows by doubling. What
the program itself binds may be called anything, as long as every part calls it the same. What
stands at a module's top, what objects have, and what functions are given by name are looked up in
different places: the first two may bear the same name.
"""

import ast
import itertools
import string
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.boards.rom_names import CHIP, ROM

_LOOKED_FOR: Final = frozenset(
    {"args", "const", "value", "errno", "send", "throw", "close", "self", "name"}
)
"""What MicroPython itself looks for: on exceptions, on what is awaited, and in sources."""


@dataclass(frozen=True, slots=True)
class Names:
    """Name -> what it becomes.

    Args:
        tops: What stands at a module's top.
        members: What objects have.
        given: What functions are given by name, and objects may have, too.
    """

    tops: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)

    def all(self) -> dict[str, str]:
        """All of them."""
        return {**self.tops, **self.members, **self.given}


def public_names(
    trees: Mapping[str, ast.Module],
    beside: Collection[ast.Module],
    keep: Collection[str],
    tops: Collection[str],
    first: str = "",
) -> Names:
    """What each of the program's own public names becomes.

    Args:
        trees: Module -> the program.
        beside: What uses the program; its own names stay.
        keep: Names that stay as they are.
        tops: What stands at modules' tops, told apart from all else.
        first: The module whose names become the cheapest.
    """
    everything = [*trees.values(), *beside]
    used = Counter(itertools.chain.from_iterable(names_in(tree) for tree in trees.values()))
    dear = names(trees[first]) if first else set()
    there = set().union(*(texts(tree) for tree in everything))
    stays = {*ROM, *CHIP, *keep, *trees, *there}
    members = {name for tree in trees.values() for name in _members(tree)}
    own = (
        members
        | set(tops)
        | {
            node.name
            for tree in trees.values()
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
    )
    given = {name for tree in trees.values() for name in _given_by_name(tree)}
    given -= stays | {word for tree in trees.values() for word in _given_to_others(tree, own)}
    members = {name for name in members if not name.startswith("_")} - stays - given
    public = {name for name in tops if not name.startswith("_")}
    plain = set().union(*(_plain_names(tree) for tree in everything)) - public - given
    looked_up = set().union(*(_looked_up(tree) for tree in everything)) - members - given

    def named(which: set[str], taken: set[str]) -> dict[str, str]:
        ordered = sorted(which, key=lambda name: (name not in dear, -used[name], name))
        return dict(zip(ordered, cheapest(taken | there), strict=False))

    by_name = named(given, plain | looked_up)
    others = set(by_name.values())
    return Names(named(public, plain | others), named(members, looked_up | others), by_name)


def rename(tree: ast.Module, chosen: Names) -> None:
    """Put a module's names in other words, wherever they stand."""
    _Renamed(chosen).visit(tree)


def names(tree: ast.AST) -> set[str]:
    """Every name that stands in a part."""
    return set(names_in(tree))


def texts(tree: ast.Module) -> set[str]:
    """Strings of a module: a name that stands in one may be asked for by it."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)
            and isinstance(node.value, str)}  # fmt: skip


def names_in(tree: ast.AST) -> Iterator[str]:
    """Every name in a part, as often as it stands there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword):
            yield node.arg or ""
        yield from _plain(node)


def cheapest(taken: Collection[str]) -> Iterator[str]:
    """Names that are there in any case, then _a to _z and _aa to _zz."""
    yield from (name for name in ROM if name not in taken and name not in _LOOKED_FOR)
    for count in (1, 2):
        for letters in itertools.product(string.ascii_lowercase, repeat=count):
            if (name := "_" + "".join(letters)) not in taken:
                yield name


def _plain(node: ast.AST) -> Iterator[str]:
    """The name that a node bears, unless it is looked up on an object."""
    match node:
        case ast.Name(id=name) | ast.arg(arg=name):
            yield name
        case ast.alias():
            yield node.asname or node.name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ExceptHandler(name=str(name)):
            yield name
        case ast.Global(names=several) | ast.Nonlocal(names=several):
            yield from several


def _plain_names(tree: ast.Module) -> set[str]:
    """Names of a module that are not looked up on objects."""
    return {name for node in ast.walk(tree) for name in _plain(node)}


def _looked_up(tree: ast.Module) -> set[str]:
    """Names that a module looks up on objects, or gives a class."""
    found = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return found | set(_in_classes(tree))


def _in_classes(tree: ast.Module) -> Iterator[str]:
    """What stands in the bodies of classes."""
    for node in ast.walk(tree):
        for item in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield item.name
            else:
                yield from (part.id for part in ast.walk(item) if isinstance(part, ast.Name)
                            and isinstance(part.ctx, ast.Store))  # fmt: skip


def _members(tree: ast.Module) -> set[str]:
    """What a module gives to objects."""
    return set(_in_classes(tree)) | {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }


def _given_by_name(tree: ast.Module) -> set[str]:
    """Names by which a module gives something to functions."""
    return {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}


def _given_to_others(tree: ast.Module, own: Collection[str]) -> Iterator[str]:
    """Names by which what is not the program's own is given something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            whole = ast.unparse(node.func)
            if whole.rpartition(".")[2] not in own:
                yield from (word.arg for word in node.keywords if word.arg is not None)


class _Renamed(ast.NodeTransformer):
    """A module under other names."""

    def __init__(self, chosen: Names) -> None:
        self._plain = {**chosen.tops, **chosen.given}
        self._all = chosen.all()
        self._in_class = False

    def _name(self, name: str) -> str:
        return (self._all if self._in_class else self._plain).get(name, name)

    def visit(self, node: ast.AST) -> ast.AST:
        """Rename one part and what is in it."""
        before = self._in_class
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            node.name = self._name(node.name)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            self._in_class = False
        for part in ast.iter_child_nodes(node):
            if isinstance(node, ast.ClassDef):
                self._in_class = part in node.body
            self.visit(part)
        self._in_class = before
        self._rename(node)
        return node

    def _rename(self, node: ast.AST) -> None:
        match node:
            case ast.Name():
                node.id = self._name(node.id)
            case ast.Attribute():
                node.attr = self._all.get(node.attr, node.attr)
            case ast.alias():
                node.name = self._plain.get(node.name, node.name)
            case ast.arg():
                node.arg = self._plain.get(node.arg, node.arg)
            case ast.keyword(arg=str(name)):
                node.arg = self._plain.get(name, name)
            case ast.ExceptHandler(name=str(name)):
                node.name = self._plain.get(name, name)
            case ast.Global() | ast.Nonlocal():
                node.names = [self._plain.get(name, name) for name in node.names]
