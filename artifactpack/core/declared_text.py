"""Packages that sentences and lists name, with the version where one is given; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifactpack.core.declared import Declared
from artifactpack.core.import_names import KNOWN
from artifactpack.core.packages import spoken
from artifactpack.patterns import late

_AMBIGUOUS_WORDS = (
    "datasets requests future six fire tables ray notebook pot lightning apex caffe baselines dask ninja tree docopt "
    "accelerate jupyter sacred autograd dill ipython flax apex mujoco ogb openai caffe termcolor gym"
)
AMBIGUOUS = frozenset(_AMBIGUOUS_WORDS.split())
"""Packages whose names are also words: they count only with a version, in code marks, or alone in a list entry."""

_PACKAGE = late(
    r"(?<![\w./@-])([A-Za-z][\w.-]{0,40}(?<=\w))(?:\s[CGcg][Pp][Uu](?=\s\d))?"
    r"(?:\s?[(\[]?\s?(?:(==?|>=|<=|~=|≥|≤|>|<)|(?:version|ver\.?|v)(?=[\s.\d]))?\s?v?(\d+(?:\.[\dx*]+)*(?:\.post\d+|rc\d+|(?:\.dev\d+)?(?:\+cu\d+)?)?)"
    r"(\s?\+(?!\w)|\s?(?:or|and)\s(?:later|above|higher|newer|greater|up))?)?"
)
_ASIDE = late(r"\((?!requires?\b|needs?\b)[^()\d]{0,200}\)", re.IGNORECASE)
_SPACED = late(
    r"\b(?:Py\s?Torch Geometric|PyTorch Lightning|scikit[ -]learn|Hugging\s?Face Transformers)\b", re.IGNORECASE
)


def packages_in(text: str, raw: str, path: str, line: int) -> Iterator[Declared]:
    """Yield the known packages that *text* names; exact where a plain version (or ``==``) of two parts follows."""
    text = " ".join(_ASIDE.sub(" ", text).split())
    text = _SPACED.sub(lambda m: re.sub(r"\s+", "-", m.group()), text)
    alone = len(text.strip(" -*+.,;:").split()) <= 2
    found: dict[str, Declared] = {}
    for match in _PACKAGE.finditer(text[:2000]):
        name = spoken(match.group(1))
        operator, version, later = match.group(2), match.group(3), match.group(4)
        if name not in KNOWN or (name in found and (found[name].version or not version)):
            continue
        if name in AMBIGUOUS and not (version or alone or f"`{match.group(1)}" in raw):
            continue
        exact = version if version and not later and operator in {None, "=", "=="} and "." in version else ""
        if exact or name not in found:
            found[name] = Declared(name, exact.rstrip("."), match.group().strip(), path, line)
    yield from found.values()
