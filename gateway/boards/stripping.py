"""What only readers and type checkers need of a board's program, taken out of it."""

import ast
from typing import Final, TypeVar

_Function = TypeVar("_Function", ast.FunctionDef, ast.AsyncFunctionDef)

_CHECKING: Final = "TYPE_CHECKING"
_BLOCKS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.If, ast.With, ast.Try)


def stripped(text: str) -> ast.Module:
    """A module without docstrings, annotations and what is imported for them."""
    tree = ast.parse(text)
    _Plain().visit(tree)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Load)}  # fmt: skip
    tree.body = [item for item in tree.body if _CHECKING in used or target(item) != _CHECKING]
    for node in ast.walk(tree):
        if isinstance(node, _BLOCKS) and not node.body:
            node.body = [ast.Pass()]
    return tree


def target(item: ast.stmt) -> str | None:
    """The one name that a statement gives a value."""
    if isinstance(item, ast.Assign) and len(item.targets) == 1:
        first = item.targets[0]
        return first.id if isinstance(first, ast.Name) else None
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
