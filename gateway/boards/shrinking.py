"""What a board need not carry: its program's sources, cut down before they are compiled.

Heap is what a board has least of, and a name costs it twice: its letters and its place in the
table of names. What only readers and type checkers need goes, numbers with a name become plain
numbers, and the program's own names become ones that MicroPython has in any case.
"""

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.boards.constants import fold
from gateway.boards.joining import join
from gateway.boards.ordering import put_first
from gateway.boards.privacy import rename_given, rename_private
from gateway.boards.renaming import names, public_names, rename
from gateway.boards.stripping import stripped

_NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A program in fewer and shorter names.

    Args:
        texts: Module -> source.
        beside: The same of what was shrunk beside the program.
        public: Name in the sources -> what it is called in every module.
        private: Module -> name in the sources -> what it is called there.
    """

    texts: Mapping[str, str]
    beside: Mapping[str, str]
    public: Mapping[str, str]
    private: Mapping[str, Mapping[str, str]]

    def meaning(self) -> dict[str, dict[str, str]]:
        """What a board calls a thing -> its names in the sources; under "" for every module."""
        told: dict[str, dict[str, str]] = {}
        for module, names_there in {"": self.public, **self.private}.items():
            for name, new in sorted(names_there.items()):
                known = told.setdefault(module, {})
                known[new] = f"{known[new]}, {name}" if new in known else name
        return told


def shrunk(
    sources: Mapping[str, str],
    keep: Collection[str] = (),
    beside: Mapping[str, str] = _NOTHING,
    joined: Sequence[str] = (),
) -> Shrunk:
    """The same program in fewer and shorter names.

    Args:
        sources: Module -> source, all of the program: who uses what of whom decides what a
            module's names may become.
        keep: Names that stay as they are, such as those another program looks for.
        beside: Module -> source of what is no part of the program and uses it, such as a test;
            only what it uses of the program is renamed in it.
        joined: Modules that become one, the last of them.

    Raises:
        ReleaseError: The program uses a joined module in a way that cannot be followed.
    """
    trees = {name: stripped(text) for name, text in sources.items()}
    others = {name: stripped(text) for name, text in beside.items()}
    fold(trees, others, keep)
    stays = {*keep, *others}
    tops = join(trees, others, stays, joined)
    public = public_names(trees, list(others.values()), stays, tops, joined[-1] if joined else "")
    for tree in (*trees.values(), *others.values()):
        rename(tree, public)
    named = {word.arg for tree in (*trees.values(), *others.values()) for word in ast.walk(tree)
             if isinstance(word, ast.keyword) and word.arg} | set(keep)  # fmt: skip
    heirs = _heirs([*trees.items(), *others.items()])
    private = {}
    for name, tree in trees.items():
        rename_given(tree, named)
        theirs = set().union(*(names(heir) for heir in heirs.get(name, ())))
        if not any(tree is heir for base in set(heirs) & set(trees) for heir in heirs[base]):
            private[name] = rename_private(tree, {*keep, *theirs}, public)
    for tree in trees.values():
        put_first(tree)
    return Shrunk(_texts(trees), _texts(others), public.all(), private)


def _heirs(trees: Iterable[tuple[str, ast.Module]]) -> dict[str, list[ast.Module]]:
    """Module -> the others with a class that inherits from one of its classes."""
    found: dict[str, list[ast.Module]] = {}
    for _, tree in trees:
        for node in ast.walk(tree):
            for base in node.bases if isinstance(node, ast.ClassDef) else ():
                if isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name):
                    found.setdefault(base.value.id, []).append(tree)
    return found


def _texts(trees: Mapping[str, ast.Module]) -> dict[str, str]:
    return {name: ast.unparse(ast.fix_missing_locations(tree)) for name, tree in trees.items()}
