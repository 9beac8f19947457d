"""What a board need not carry: its program's sources, cut down before they are compiled.

Heap is what a board has least of, and a name costs it twice: its letters and its place in the
table of names. What only readers and type checkers need goes, numbers with a name become plain
numbers, and names that no other module may use become ones that MicroPython has in any case.
"""

import ast
import string
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final, TypeVar

_Function = TypeVar("_Function", ast.FunctionDef, ast.AsyncFunctionDef)
_Giving = TypeVar("_Giving", ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

_FREE: Final = (
    "isalpha", "isdigit", "islower", "isspace", "isupper", "rindex", "rsplit", "rfind", "lstrip",
    "rstrip", "popitem", "setdefault", "issubclass", "callable", "classmethod", "staticmethod",
    "divmod", "eval", "exec", "globals", "locals", "setattr", "chr", "hash", "pow", "ord",
    "reverse", "upper", "lower", "strip", "find", "startswith", "endswith", "insert", "extend",
    "remove", "replace", "index", "count", "copy", "clear", "sort", "sorted", "zip", "map",
    "iter", "sum", "any", "all", "abs", "bytecode", "builtins", "micropython",
    "IndentationError", "ArithmeticError", "LookupError", "ZeroDivisionError", "NoneType",
    "Ellipsis",
)  # fmt: skip
"""Names that stand in every MicroPython's own table (py/makeqstrdata.py): they cost no heap."""

_CHECKING: Final = "TYPE_CHECKING"
_BLOCKS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.If, ast.With, ast.Try)


def shrunk(sources: Mapping[str, str], keep: Collection[str] = ()) -> dict[str, str]:
    """The same program in fewer and shorter names.

    Args:
        sources: Module -> source, all of the program: who inherits from whom decides what a
            module's names may become.
        keep: Names that stay as they are, such as those a test looks behind.

    Returns:
        Module -> source.
    """
    trees = {name: _plain(ast.parse(text)) for name, text in sources.items()}
    related = _related(trees)
    named = {word.arg for tree in trees.values() for word in ast.walk(tree)
             if isinstance(word, ast.keyword)} | set(keep)  # fmt: skip
    for name, tree in trees.items():
        _fold(tree, keep)
        _Given(named).visit(tree)
        if name not in related:
            _Short(tree, keep).visit(tree)
    return {name: ast.unparse(ast.fix_missing_locations(tree)) for name, tree in trees.items()}


# ── what only readers need ──────────────────────────────────────────────────────────────────


def _plain(tree: ast.Module) -> ast.Module:
    """Without docstrings, annotations and what is imported for them."""
    _Plain().visit(tree)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Load)}  # fmt: skip
    tree.body = [item for item in tree.body if _CHECKING in used or _target(item) != _CHECKING]
    for node in ast.walk(tree):
        if isinstance(node, _BLOCKS) and not node.body:
            node.body = [ast.Pass()]
    return tree


def _target(item: ast.stmt) -> str | None:
    """The one name that a statement gives a value."""
    if isinstance(item, ast.Assign) and len(item.targets) == 1:
        target = item.targets[0]
        return target.id if isinstance(target, ast.Name) else None
    return None


class _Plain(ast.NodeTransformer):
    def visit_Module(self, node: ast.Module) -> ast.Module:
        self.generic_visit(node)
        node.body = _without_docstring(node.body)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self.generic_visit(node)
        node.body = _without_docstring(node.body)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return self._function(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.Assign | None:
        self.generic_visit(node)
        return None if node.value is None else ast.Assign([node.target], node.value)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if isinstance(node.test, ast.Name) and node.test.id == _CHECKING:
            return node.orelse
        if isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or):
            others = [one for one in node.test.values if ast.unparse(one) != _CHECKING]
            node.test.values = others
            if len(node.test.values) == 1:
                node.test = node.test.values[0]
        return node

    def _function(self, node: _Function) -> _Function:
        self.generic_visit(node)
        node.body = _without_docstring(node.body)
        node.returns = None
        for given in ast.walk(node.args):
            if isinstance(given, ast.arg):
                given.annotation = None
        return node


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return body[1:]
    return body


# ── numbers ─────────────────────────────────────────────────────────────────────────────────


def _fold(tree: ast.Module, keep: Collection[str]) -> None:
    """Mark a module's whole numbers as MicroPython's constants: private ones then vanish."""
    given = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)
                    and not isinstance(node.ctx, ast.Load))  # fmt: skip
    given.update(name for node in ast.walk(tree) if isinstance(node, ast.Global)
                 for name in node.names)  # fmt: skip
    known: set[str] = set()
    for item in tree.body:
        name = _target(item)
        if name is None or name in keep or not isinstance(item, ast.Assign):
            continue
        if name.isupper() and given[name] == 1 and _is_whole(item.value, known):
            known.add(name)
            item.value = ast.Call(ast.Name("const", ast.Load()), [item.value], [])


def _is_whole(value: ast.expr, known: set[str]) -> bool:
    """Whether an expression is a whole number that the compiler can work out."""
    match value:
        case ast.Constant():
            return type(value.value) is int
        case ast.Name():
            return value.id in known
        case ast.UnaryOp(operand=operand):
            return not isinstance(value.op, ast.Not) and _is_whole(operand, known)
        case ast.BinOp(left=left, right=right):
            whole = not isinstance(value.op, ast.Div)
            return whole and _is_whole(left, known) and _is_whole(right, known)
    return False


# ── names ───────────────────────────────────────────────────────────────────────────────────


def _related(trees: Mapping[str, ast.Module]) -> set[str]:
    """Modules with a class that inherits from another module's, and those modules."""
    found = set()
    for name, tree in trees.items():
        for node in ast.walk(tree):
            for base in node.bases if isinstance(node, ast.ClassDef) else ():
                if isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name):
                    found |= {name, base.value.id} if base.value.id in trees else set()
    return found


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and len(name) > 2


def _bound(tree: ast.Module) -> Iterator[str]:
    """Every private name that a module itself gives a meaning."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.arg():
                yield node.arg


def _texts(tree: ast.Module) -> set[object]:
    """Strings of a module: a name that stands in one may be asked for by it."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)
            and isinstance(node.value, str)}  # fmt: skip


class _Given(ast.NodeTransformer):
    """Gives what functions are given the same few names, where nobody gives it by name."""

    def __init__(self, named: Collection[str | None]) -> None:
        self._kept = named

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return self._function(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        return self._function(node)

    def _function(self, node: _Giving) -> _Giving:
        used = set(_used(node))
        free = (name for name in _shortest() if name not in used)
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


class _Short(ast.NodeTransformer):
    """Gives a module's private names the cheapest ones, by how often they are used."""

    def __init__(self, tree: ast.Module, keep: Collection[str]) -> None:
        used = Counter(_used(tree))
        mine = {name for name in _bound(tree) if _is_private(name)} - _texts(tree) - set(keep)
        free = (name for name in _shortest() if name not in used)
        ordered = sorted(mine, key=lambda name: (-used[name], name))
        self._names = dict(zip(ordered, free, strict=False))

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
        self.generic_visit(node)
        node.name = self._names.get(node.name, node.name)
        return node

    def _named(self, node: _Function) -> _Function:
        self.generic_visit(node)
        node.name = self._names.get(node.name, node.name)
        return node


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


def _shortest() -> Iterator[str]:
    """Names that are there in any case, then _a to _z."""
    yield from _FREE
    for letter in string.ascii_lowercase:
        yield f"_{letter}"
    for first in string.ascii_lowercase:
        for second in string.ascii_lowercase:
            yield f"_{first}{second}"
