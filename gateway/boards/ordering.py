"""The order of a module's names: those used most come first, where bytecode says each in one byte.

Bytecode names things by their place in the module's own table, seven bits a byte; the table has
them in the order in which the compiler meets them.
"""

import ast
import builtins
from collections import Counter
from typing import Final

_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SHORT: Final = 120
"""So many places are said in one byte, and some are taken before the first name."""


def put_first(tree: ast.Module) -> None:
    """Let the compiler meet the names used most before all others, in code that never runs."""
    names = [name for name, _ in _used(tree).most_common()]
    if len(names) <= _SHORT:
        return
    chain: ast.expr = ast.Name("__name__", ast.Load())
    for name in names[:_SHORT]:
        chain = ast.Attribute(chain, name, ast.Load())
    never = ast.Compare(ast.Name("__name__", ast.Load()), [ast.Is()], [ast.Constant(None)])
    tree.body.insert(0, ast.If(never, [ast.Expr(chain)], []))


def _used(tree: ast.Module) -> Counter[str]:
    """How often bytecode says each name; names within a function are none to it."""
    tops = {part.id for item in tree.body if not isinstance(item, _SCOPES)
            for part in ast.walk(item) if isinstance(part, ast.Name)
            and isinstance(part.ctx, ast.Store)} | set(dir(builtins))  # fmt: skip
    found: Counter[str] = Counter()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                tops.add(name)
            case ast.ClassDef(name=name):
                tops.add(name)
            case ast.Import():
                tops.update(one.name for one in node.names)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                found[name] += 1
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found[name] += 1
            case ast.Name(id=name) if name in tops:
                found[name] += 1
    return found
