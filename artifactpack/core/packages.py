"""Import names and distribution names: which installed package a module comes from."""

from __future__ import annotations

import re
import sys
from functools import cache, lru_cache

from artifactpack.core.import_names import DIFFERENT, KNOWN, PYTHON_2_STDLIB, SPOKEN


def canonical(name: str) -> str:
    """Normalise a distribution name (lower case, runs of ``-_.`` become ``-``; the rule of PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def distribution(module: str, installed: dict[str, str] | None = None) -> str:
    """Return the canonical distribution that *module* (dotted) comes from; "" for the standard library.

    *installed* maps top-level modules to distributions and wins, for what is installed is no guess.
    """
    top = module.split(".", 1)[0]
    if top in sys.stdlib_module_names or top in PYTHON_2_STDLIB or top in ("__future__", "__main__"):
        return ""
    if installed and top in installed:
        return canonical(installed[top])
    parts = module.split(".")
    for length in (3, 2, 1):
        if (name := ".".join(parts[:length])) in DIFFERENT:
            return DIFFERENT[name]
    return canonical(top)


@lru_cache(maxsize=1 << 14)
def spoken(name: str) -> str:
    """Return the distribution that a document means by *name*: ``PyTorch`` is ``torch``."""
    key = canonical(name)
    if key in SPOKEN:
        return SPOKEN[key]
    if key in KNOWN:
        return key
    return _lowered().get(key.replace("-", "_"), key)


@cache
def _lowered() -> dict[str, str]:
    return {module.lower(): name for module, name in DIFFERENT.items() if module != "Image"}


def installed_modules(prefixes: tuple[str, ...]) -> dict[str, str]:
    """Map top-level modules to distributions from the ``*.dist-info`` folders below *prefixes* (``site-packages``)."""
    import importlib.metadata

    found: dict[str, str] = {}
    for dist in importlib.metadata.distributions(path=list(prefixes)):
        name = dist.metadata["Name"] if dist.metadata else None
        tops = (dist.read_text("top_level.txt") or "").split() if name else []
        found.update({top: str(name) for top in tops if "/" not in top})
    return found
