"""Options as argparse, click, absl and their kin declare them."""

from __future__ import annotations

import ast
from typing import Any

from artifactpack.project.python_values import atoms_of


def declared_option(node: ast.Call, maker: str) -> list[Any] | None:
    """The option that the call *node* declares, as the fields of ``python_record.Option``; None where it is none."""
    names = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    keywords = {k.arg: k.value for k in node.keywords if k.arg}
    if not names and "dest" not in keywords:
        return None
    flags = [n for n in names if n.startswith("-")] or names[:1]
    flag = names[0] if maker == "flags" and names else max(flags, key=len, default="")
    default = keywords.get("default")
    if default is None and maker == "flags" and len(node.args) > 1:
        default = node.args[1]
    value = None if default is None else list(atoms_of(default))
    return [maker, _dest(names, flag, keywords, maker), flag, value, node.lineno, _action(flag, keywords, maker)]


def _dest(names: list[str], flag: str, keywords: dict[str, Any], maker: str) -> str:
    """The name under which code reads the option."""
    dest = keywords.get("dest")
    if isinstance(dest, ast.Constant):
        return str(dest.value)
    bare = [n for n in names if not n.startswith("-")]
    if maker == "click" and bare:
        return bare[-1].lower()
    return flag.lstrip("-").replace("-", "_").partition("/")[0]


def _action(flag: str, keywords: dict[str, Any], maker: str) -> str:
    """What giving it does: ``store_true``, ``flag``, ``positional``, ``required`` or ""."""
    if not flag.startswith("-") and maker == "argparse":
        return "positional"
    action = keywords.get("action")
    if isinstance(action, ast.Constant):
        return str(action.value)
    if "is_flag" in keywords:
        return "flag"
    return "required" if "required" in keywords else ""
