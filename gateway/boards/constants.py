"""Whole numbers that a board's program gives a name: each becomes a plain number where it is used.

A name that only stood for a number costs no heap afterwards, whichever module used it.
"""

import ast
import operator
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Final

from gateway.boards.stripping import target

_Known = dict[tuple[str, str], int]

_OPERATORS: Final[dict[type[ast.operator], Callable[[int, int], int]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv, ast.LShift: operator.lshift, ast.RShift: operator.rshift,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
}  # fmt: skip


def fold(
    trees: Mapping[str, ast.Module], beside: Mapping[str, ast.Module], keep: Collection[str]
) -> None:
    """Put numbers in place of names for them, and drop the names.

    Args:
        trees: Module -> the program.
        beside: Module -> what uses the program; its own numbers stay as they are.
        keep: Names that stay.
    """
    set_anywhere = {node.attr for tree in (*trees.values(), *beside.values())
                    for node in ast.walk(tree)
                    if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
                    }  # fmt: skip
    fixed = {name: _given_once(tree) - set_anywhere - set(keep) for name, tree in trees.items()}
    known: _Known = {}
    before = -1
    while before < len(known):  # a number may stand on one of a module that comes later
        before = len(known)
        for name, tree in trees.items():
            _learn(name, tree, fixed[name], known)
    for tree in (*trees.values(), *beside.values()):
        _Inlined(known).visit(tree)
    for name, tree in trees.items():
        mine = {word: number for (module, word), number in known.items() if module == name}
        _Local(mine).visit(tree)
        tree.body = [item for item in tree.body if target(item) not in mine]


def _given_once(tree: ast.Module) -> set[str]:
    """Names in capitals that a module gives a value once, at its top."""
    given = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)
                    and not isinstance(node.ctx, ast.Load))  # fmt: skip
    given.update(name for node in ast.walk(tree) if isinstance(node, ast.Global)
                 for name in node.names)  # fmt: skip
    tops = {target(item) for item in tree.body}
    return {name for name in tops if name is not None and name.isupper() and given[name] == 1}


def _learn(module: str, tree: ast.Module, fixed: set[str], known: _Known) -> None:
    for item in tree.body:
        name = target(item)
        if name in fixed and isinstance(item, ast.Assign):
            number = _number(item.value, module, known)
            if number is not None:
                known[module, name] = number


def _number(value: ast.expr, module: str, known: _Known) -> int | None:
    """The whole number that an expression is; None when it is none, or not known yet."""
    match value:
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            return number
        case ast.Name(id=name):
            return known.get((module, name))
        case ast.Attribute(value=ast.Name(id=other), attr=name):
            return known.get((other, name))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _worked_out(ast.BinOp(ast.Constant(0), ast.Sub(), operand), module, known)
        case ast.BinOp():
            return _worked_out(value, module, known)
    return None


def _worked_out(value: ast.BinOp, module: str, known: _Known) -> int | None:
    one, two = _number(value.left, module, known), _number(value.right, module, known)
    work = _OPERATORS.get(type(value.op))
    return None if one is None or two is None or work is None else work(one, two)


class _Inlined(ast.NodeTransformer):
    """Puts numbers in place of other modules' names."""

    def __init__(self, known: _Known) -> None:
        self._known = known

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name):
            number = self._known.get((node.value.id, node.attr))
            if number is not None:
                return _constant(number)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        fixed = {one.asname or one.name: self._known[node.module or "", one.name]
                 for one in node.names if (node.module or "", one.name) in self._known}  # fmt: skip
        node.names = [one for one in node.names if (one.asname or one.name) not in fixed]
        left: list[ast.stmt] = [node] if node.names else []
        return left + [ast.Assign([ast.Name(name, ast.Store())], _constant(number))
                       for name, number in fixed.items()]  # fmt: skip


class _Local(ast.NodeTransformer):
    """Puts numbers in place of a module's own names."""

    def __init__(self, known: Mapping[str, int]) -> None:
        self._known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self._known:
            return _constant(self._known[node.id])
        return node


def _constant(number: int) -> ast.expr:
    if number < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-number))
    return ast.Constant(number)
