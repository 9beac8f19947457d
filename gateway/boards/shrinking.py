"""What a board need not carry: its program's sources, cut down before they are compiled.

Heap is what a board has least of, and a name costs it twice: its letters and its place in the
table of names. What only readers and type checkers need goes, numbers with a name become plain
numbers, and the program's own names become ones that MicroPython has in any case.
"""

import ast
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.boards.constants import fold
from gateway.boards.renaming import private_names, public_names, rename, rename_given
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
        """What a board calls a thing -> its name in the sources; under "" for every module."""
        told = {"": self.public, **self.private}
        return {module: {new: name for name, new in sorted(names.items())}
                for module, names in told.items() if names}  # fmt: skip


def shrunk(
    sources: Mapping[str, str],
    keep: Collection[str] = (),
    beside: Mapping[str, str] = _NOTHING,
) -> Shrunk:
    """The same program in fewer and shorter names.

    Args:
        sources: Module -> source, all of the program: who uses what of whom decides what a
            module's names may become.
        keep: Names that stay as they are, such as those another program looks for.
        beside: Module -> source of what is no part of the program and uses it, such as a test;
            only what it uses of the program is renamed in it.
    """
    trees = {name: stripped(text) for name, text in sources.items()}
    others = {name: stripped(text) for name, text in beside.items()}
    fold(trees, others, keep)
    public = public_names(trees, others.values(), {*keep, *others})
    for tree in (*trees.values(), *others.values()):
        rename(tree, public)
    named = {word.arg for tree in (*trees.values(), *others.values()) for word in ast.walk(tree)
             if isinstance(word, ast.keyword) and word.arg} | set(keep)  # fmt: skip
    related = _related([*trees.items(), *others.items()], set(trees))
    private = {}
    for name, tree in trees.items():
        rename_given(tree, named)
        if name not in related:
            private[name] = private_names(tree, keep, set(public.values()))
            rename(tree, private[name])
    return Shrunk(_texts(trees), _texts(others), public, private)


def _related(trees: Iterable[tuple[str, ast.Module]], own: Collection[str]) -> set[str]:
    """Modules with a class that inherits from another module's, and those modules."""
    found = set()
    for name, tree in trees:
        for node in ast.walk(tree):
            for base in node.bases if isinstance(node, ast.ClassDef) else ():
                if isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name):
                    found |= {name, base.value.id} if base.value.id in own else set()
    return found


def _texts(trees: Mapping[str, ast.Module]) -> dict[str, str]:
    return {name: ast.unparse(ast.fix_missing_locations(tree)) for name, tree in trees.items()}
