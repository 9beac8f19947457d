"""Private names of a board's modules and what functions are given: each has its own few new names.

A module's private names mean nothing to others, and those of a class mostly nothing to the rest of
its module, so that the same new names serve again and again.
"""

import ast
from collections import Counter
from collections.abc import Collection, Iterator

from gateway.boards.renaming import Names, cheapest, names, names_in, rename, texts

_Giving = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def rename_private(tree: ast.Module, keep: Collection[str], public: Names) -> dict[str, str]:
    """Rename what is private in a module.

    Args:
        tree: The module.
        keep: Names that stay as they are.
        public: What the program's public names became.

    Returns:
        Name -> what it is called now; one that several classes use, by class and name.
    """
    kept = texts(tree) | set(keep)
    used = Counter(names_in(tree))
    told = {name for name in _bound(tree) if _is_private(name)} - kept
    given = set(public.given.values())
    tops = _bound_at_top(tree) & told
    members = {node: set(_of_class(node)) & told for node in tree.body
               if isinstance(node, ast.ClassDef)}  # fmt: skip
    shared = _shared(tree, members) & told

    def named(which: Collection[str], taken: set[str]) -> dict[str, str]:
        ordered = sorted(which, key=lambda name: (-used[name], name))
        return dict(zip(ordered, cheapest(taken | given | set(used) | kept), strict=False))

    for_tops = named(tops, set(public.tops.values()))
    for_all = named(shared - tops, set(public.members.values()))
    result = {**for_tops, **for_all}
    theirs = set(public.members.values()) | set(for_all.values())
    for node, mine in members.items():
        chosen = named(mine - shared - tops, theirs)
        rename(ast.Module([node], []), Names(members=chosen))
        result.update({f"{node.name}.{name}": new for name, new in chosen.items()})
    rename(tree, Names(tops=for_tops, members=for_all))
    return result


def rename_given(tree: ast.Module, named: Collection[str]) -> None:
    """Give what functions are given the same few names, unless it is given by name somewhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            _rename_given(node, named)


def _rename_given(node: _Giving, named: Collection[str]) -> None:
    free = iter(cheapest(names(node)))
    given = [one.arg for one in node.args.args if one.arg not in named]
    given += [one.arg for one in (node.args.vararg, node.args.kwarg) if one is not None]
    chosen = {one: next(free) for one in given if len(one) > 1 and one != "self"}
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            part.id = chosen.get(part.id, part.id)
        elif isinstance(part, ast.arg):
            part.arg = chosen.get(part.arg, part.arg)


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and len(name) > 2


def _bound(tree: ast.Module) -> Iterator[str]:
    """Every name that a module itself gives a meaning."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def _bound_at_top(tree: ast.Module) -> set[str]:
    """What stands at a module's top."""
    found = set()
    for item in tree.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(item.name)
        else:
            found |= {part.id for part in ast.walk(item) if isinstance(part, ast.Name)}
    for part in ast.walk(tree):
        if isinstance(part, ast.Global):
            found |= set(part.names)
    return found


def _of_class(node: ast.ClassDef) -> Iterator[str]:
    """What a class has: it stands in its body, or is looked up on `self`."""
    for item in node.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
            yield item.name
        else:
            yield from (part.id for part in ast.walk(item) if isinstance(part, ast.Name))
    for part in ast.walk(node):
        if _is_on_self(part):
            yield part.attr  # type: ignore[attr-defined]


def _shared(tree: ast.Module, members: dict[ast.ClassDef, set[str]]) -> set[str]:
    """What is looked up on more than `self`, or by a class that inherits or is inherited from."""
    found = {part.attr for part in ast.walk(tree)
             if isinstance(part, ast.Attribute) and not _is_on_self(part)}  # fmt: skip
    by_name = {node.name: mine for node, mine in members.items()}
    for node, mine in members.items():
        for base in node.bases:
            if isinstance(base, ast.Name) and base.id in by_name:
                found |= mine | by_name[base.id]
    return found | {part.attr for item in tree.body if item not in members
                    for part in ast.walk(item) if isinstance(part, ast.Attribute)}  # fmt: skip


def _is_on_self(part: ast.AST) -> bool:
    return (
        isinstance(part, ast.Attribute)
        and isinstance(part.value, ast.Name)
        and part.value.id == "self"
    )
