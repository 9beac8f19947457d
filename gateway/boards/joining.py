"""What stands at the top of a board's modules, told apart from all else that bears its name.

Each such name gets one that nothing else bears, wherever it is used, so that it may be called
anything later. And modules that stay in memory together become one: a module costs a board its own
table of names, its path, and an entry for each module that it uses.
"""

import ast
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from gateway.boards.errors import ReleaseError

_Named = TypeVar("_Named", ast.FunctionDef, ast.AsyncFunctionDef)
_Comprehension = TypeVar(
    "_Comprehension", ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp
)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.ListComp,
           ast.SetComp, ast.DictComp, ast.GeneratorExp)  # fmt: skip


def join(
    trees: dict[str, ast.Module],
    beside: Mapping[str, ast.Module],
    keep: Collection[str] = (),
    joined: Sequence[str] = (),
) -> set[str]:
    """Tell names of modules apart, and join some of them into the last one named.

    Args:
        trees: Module -> the program; those joined are taken out of it, but for the last.
        beside: Module -> what uses the program.
        keep: Names that stay as they are.
        joined: Which modules become one, the last of them.

    Returns:
        The new names; a private one begins with a line.

    Raises:
        ReleaseError: A module is used otherwise than by what stands at its top.
    """
    tops = {name: {top: top if top in keep else _of(name, top) for top in _tops(tree, trees)}
            for name, tree in trees.items()}  # fmt: skip
    homes = {name: joined[-1] if name in joined else name for name in trees}
    needed = {name: _needed(trees[name], joined) for name in joined}
    for name, tree in (*trees.items(), *beside.items()):
        _Told(name if name in trees else None, homes, tops).visit(tree)
    if joined:
        bodies = [trees.pop(name).body for name in _in_order(needed)]
        trees[joined[-1]] = ast.Module(_libraries_first(itertools.chain(*bodies)), [])
    return {new for names in tops.values() for top, new in names.items() if new != top}


def _of(module: str, top: str) -> str:
    """A name that nothing else bears; private when it was."""
    return f"_{module}_{top}" if top.startswith("_") else f"{module}__{top}"


def _tops(tree: ast.Module, own: Collection[str]) -> set[str]:
    """Names that a module gives a meaning at its top, but for libraries."""
    return set(_bound(tree.body, own)) - set(_libraries(tree.body))


def _libraries(body: Iterable[ast.stmt]) -> Iterator[str]:
    for item in body:
        if isinstance(item, ast.Import):
            yield from (alias.asname or alias.name for alias in item.names)


def _needed(tree: ast.Module, joined: Sequence[str]) -> list[str]:
    """Which of the joined modules a module imports at its top."""
    return [name for name in _libraries(tree.body) if name in joined]


def _in_order(needed: Mapping[str, list[str]]) -> list[str]:
    """Each module after those that it needs."""
    ordered: list[str] = []

    def add(name: str) -> None:
        if name not in ordered:
            for other in needed[name]:
                add(other)
            ordered.append(name)

    for name in needed:
        add(name)
    return ordered


def _libraries_first(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    """The same statements with one import of all libraries before them."""
    items = list(body)
    names = sorted(set(_libraries(items)))
    rest = [item for item in items if not isinstance(item, ast.Import)]
    return [ast.Import([ast.alias(name) for name in names]), *rest]


def _bound(body: Iterable[ast.AST], own: Collection[str]) -> Iterator[str]:
    """Names that statements give a meaning in their own scope, but for the program's modules."""
    for item in body:
        match item:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.ExceptHandler(name=str(name)):
                yield name
            case ast.Import():
                yield from (one.asname or one.name for one in item.names if one.name not in own)
        if not isinstance(item, _SCOPES):
            yield from _bound(ast.iter_child_nodes(item), own)


class _Told(ast.NodeTransformer):
    """Follows what stands at a module's top to its new name and home, scope by scope.

    Args:
        module: Which module of the program it is; None beside it.
        homes: Module -> the module it becomes part of.
        tops: Module -> name at its top -> its new name.
    """

    def __init__(
        self, module: str | None, homes: Mapping[str, str], tops: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._homes, self._tops = homes, tops
        self._home = None if module is None else homes[module]
        self._own = {} if module is None else tops[module]
        self._asked_for: set[str] = set()  # homes of modules that were imported
        self._scopes: list[tuple[bool, set[str]]] = []  # whether a class, and its names

    def visit_Module(self, node: ast.Module) -> ast.Module:
        self.generic_visit(node)
        there = set(_libraries(node.body)) | {self._home}
        asked = sorted(self._asked_for - there)
        node.body[:0] = [ast.Import([ast.alias(name)]) for name in asked]
        return node

    def visit_Import(self, node: ast.Import) -> ast.stmt | None:
        kept = [one for one in node.names if self._homes.get(one.name, one.name) == one.name]
        self._asked_for |= {self._homes[one.name] for one in node.names if one not in kept}
        if kept:
            return ast.Import(kept)
        return ast.Pass() if self._scopes else None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        tops = self._tops.get(node.module or "", {})
        for one in node.names:
            if one.name in tops:
                one.name, one.asname = tops[one.name], one.asname or one.name
        node.module = self._homes.get(node.module or "", node.module)
        return node

    def visit_Delete(self, node: ast.Delete) -> ast.Delete | ast.Pass:
        node.targets = [self.visit(one) for one in node.targets
                        if not (isinstance(one, ast.Name) and self._is_moved(one.id))]  # fmt: skip
        return node if node.targets else ast.Pass()

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if self._is_top(node.id):
            if self._is_moved(node.id):
                raise ReleaseError(f"{node.id} is a module: use what stands at its top")
            node.id = self._own.get(node.id, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and self._is_module(node.value.id):
            module = node.value.id
            name = self._tops[module].get(node.attr, node.attr)
            if self._homes[module] == self._home:
                return ast.Name(name, node.ctx)
            return ast.Attribute(ast.Name(self._homes[module], ast.Load()), name, node.ctx)
        self.generic_visit(node)
        return node

    def visit_Global(self, node: ast.Global) -> ast.Global:
        node.names = [self._own.get(name, name) for name in node.names]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        node.bases = [self.visit(base) for base in node.bases]
        if self._is_top(node.name):
            node.name = self._own.get(node.name, node.name)
        self._scopes.append((True, set(_bound(node.body, self._homes))))
        node.body = self._all(node.body)
        self._scopes.pop()
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        self._enter(node.args, ())
        node.body = self.visit(node.body)
        self._scopes.pop()
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.ListComp:
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.SetComp:
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.DictComp:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.GeneratorExp:
        return self._comprehension(node)

    def _is_top(self, name: str) -> bool:
        """Whether a name is looked up at the module's top."""
        for depth, (is_class, names) in enumerate(reversed(self._scopes)):
            if name in names and not (is_class and depth):
                return False
        return True

    def _is_module(self, name: str) -> bool:
        """Whether a name stands for a module of the program."""
        return name in self._homes and name not in self._own and self._is_top(name)

    def _is_moved(self, name: str) -> bool:
        """Whether a name stands for a module that has become part of another."""
        return self._is_module(name) and self._homes[name] != name

    def _function(self, node: _Named) -> _Named:
        if self._is_top(node.name):
            node.name = self._own.get(node.name, node.name)
        node.decorator_list = [self.visit(one) for one in node.decorator_list]
        self._enter(node.args, node.body)
        node.body = self._all(node.body)
        self._scopes.pop()
        return node

    def _enter(self, args: ast.arguments, body: Iterable[ast.AST]) -> None:
        """Go into a function: what it is given by default is looked up outside."""
        args.defaults = [self.visit(one) for one in args.defaults]
        args.kw_defaults = [None if one is None else self.visit(one) for one in args.kw_defaults]
        body = list(body)
        given = {one.arg for one in ast.walk(args) if isinstance(one, ast.arg)}
        outside = {name for part in body for one in ast.walk(part)
                   if isinstance(one, ast.Global | ast.Nonlocal) for name in one.names}  # fmt: skip
        self._scopes.append((False, (given | set(_bound(body, self._homes))) - outside))

    def _comprehension(self, node: _Comprehension) -> _Comprehension:
        first = node.generators[0]
        first.iter = self.visit(first.iter)  # outside
        self._scopes.append((False, set(_bound([one.target for one in node.generators], ()))))
        self.generic_visit(node)
        self._scopes.pop()
        return node

    def _all(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements of a block, which may not become empty."""
        left = [one for one in map(self.visit, body) if one is not None]
        return left or [ast.Pass()]
