"""What of a file's syntax may matter to a probe: names about chance, hyperparameters, data; the rest is left out."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import Any

from artifactpack.patterns import late
from artifactpack.project.python_values import atoms_of, dotted
from artifactpack.project.words import words

SEED_WORDS = late(r"seed|rand|rng|determin|reproduc|prng|generator|shuffle|worker_init|temperature", re.IGNORECASE)

PATHLIKE = late(r"://|^(?:~|\.{1,2})?/[\w.~-]|^[A-Za-z]:[\\/]|\.[A-Za-z][A-Za-z0-9]{1,5}$|^[a-f0-9]{32,64}$")

_HYPER = late(
    r"(?:^|_)(?:lr|learning_?rate|batch_?size|bs|epochs?|n_?epochs?|num_?epochs?|iters?|num_?iters?|iterations?|"
    r"steps|"
    r"num_?steps|max_?steps|momentum|weight_?decay|wd|dropout|hidden(?:_?(?:dim|size|units))?|latent_?dim|z_?dim|"
    r"gamma|alpha|beta[12s]?|lambda_?|eps(?:ilon)?|tau|temperature|n_?layers|num_?layers|n_?estimators|max_?depth|"
    r"warmup|patience|sigma|eta|c|k)(?:_|$)",
    re.IGNORECASE,
)

STARTERS, BARE = ("fire.Fire", "Fire"), "bare"
"""A starter which offers every function of the file where it is handed none; the mark of such a call."""

STARTS = late(
    r"(?:^|_)(?:run|spawn|launch|launcher|start|main|fire|agent|execute|invoke|call|apply|map|starmap|submit|process|"
    r"thread|optimize|minimize)(?:_|$)",
    re.IGNORECASE,
)
"""Names of what calls a function that it is handed, then and there."""

DECLARERS = ("add_argument", "add_option", "add_arg")

DEFINERS = late(r"^DEFINE_(?:\w*)$|^define_\w+$")

LIMIT_STRINGS, LIMIT_NUMBERS, LIMIT_EVENTS = 400, 60, 4000

_TELLING = late(  # calls whose arguments say which data or weights are used
    r"(?:^|\.)(?:from_pretrained|load_dataset|hf_hub_download|snapshot_download|train_test_split|random_split|"
    r"urlretrieve|"
    r"download_url|download_and_extract_archive|get_file|check_integrity|load_state_dict_from_url|hub\.load|"
    r"datasets\.\w+|"
    r"DatasetBuilder|gdown\.\w+|fetch_\w+)$"
)

SET_MATTERS = late(r"seed|rng|cudnn|environ|determin|benchmark|random|backends", re.IGNORECASE)

EVERYDAY = words(
    "print len range int float str bool list dict set tuple zip map filter enumerate isinstance issubclass type "
    "getattr hasattr "
    "setattr super max min sum abs sorted reversed repr iter next round pow any all open id ord chr format input "
    "vars dir "
    "append extend join split strip lstrip rstrip startswith endswith replace lower upper items keys values "
    "update pop get copy "
    "insert remove index count sort view reshape size dim squeeze unsqueeze permute transpose contiguous expand "
    "flatten item "
    "detach cpu cuda to numpy float long double half mean std var sqrt exp log sin cos tanh stack cat "
    "concatenate concat array "
    "zeros ones zeros_like ones_like full arange linspace asarray tensor as_tensor from_numpy where clip clamp "
    "argmax argmin "
    "matmul mm bmm dot einsum norm astype tolist shape nonzero masked_fill gather repeat chunk exists isfile "
    "isdir basename "
    "dirname abspath info debug warning error ValueError TypeError NotImplementedError RuntimeError KeyError "
    "AssertionError "
    "Exception IndexError write close read flush dumps time strftime plot xlabel ylabel title legend figure "
    "savefig subplot "
    "unsqueeze_ mul add sub div mul_ add_ softmax relu sigmoid log_softmax group match search sub encode decode"
)


def may_be_path(text: str) -> bool:
    """Whether *text* has what every match of ``PATHLIKE`` has."""
    return "." in text or "/" in text or "\\" in text or len(text) > 31


@lru_cache(maxsize=1 << 16)
def seedish(name: str) -> bool:
    """Whether *name* speaks of chance."""
    return SEED_WORDS.search(name) is not None


@lru_cache(maxsize=1 << 16)
def telling(name: str) -> bool:
    """Whether the arguments of a call to *name* are asked for besides those about chance."""
    return _TELLING.search(name) is not None


@lru_cache(maxsize=1 << 16)
def hyperish(name: str) -> bool:
    return _HYPER.search(name) is not None


@lru_cache(maxsize=1 << 16)
def set_matters(name: str) -> bool:
    """Whether setting the attribute or key *name* may decide about chance or determinism."""
    return SET_MATTERS.search(name) is not None


def may_hold_seed(node: Any, *, speaks: bool) -> bool:
    """Whether an argument may be, or hold, a seed; not *speaks*: nothing near it is named for chance."""
    kind = type(node)
    if kind is ast.Constant:
        return (type(node.value) is int and not -2 < node.value < 2) or node.value is None
    if not speaks:
        return False
    if kind is ast.Name:
        return seedish(node.id)
    if kind is ast.Attribute:
        return seedish(node.attr)
    return kind in (ast.Call, ast.BinOp, ast.Subscript) and any(map(seedish, atoms_of(node)))


def worth_naming(name: str, value: Any, kind: str, *, speaks: bool) -> bool:
    """Whether the assignment of *value* to *name* may decide a seed or what is called; not *speaks*: nothing in
    *value* is named for chance."""
    if seedish(name) or (kind == "m" and isinstance(value, ast.Constant) and type(value.value) is int):
        return True
    if isinstance(value, ast.Call):
        called = dotted(value.func).rpartition(".")[2]
        if called[:1].isupper() or called in ("partial", "strategy"):
            return True
    return speaks and not isinstance(value, ast.Constant) and any(map(seedish, atoms_of(value)))


def worth_keeping(events: list[Any], named: set[str], modules: set[str]) -> list[Any]:
    """Events without built-in functions, everyday methods, mere repetitions, and names that nothing kept depends on."""
    kept, seen = [], set()
    needed: set[str] = set()
    for event in reversed(events):
        kind, name, args = event[1], event[2], event[3]
        if kind == "v" and isinstance(args, ast.AST):
            if name not in needed:
                continue
            event[3] = args = {"0": list(atoms_of(args))}
        elif kind in "rk":
            head, _, last = name.partition(".")
            if not (head in named if not last else head in modules or last in named):
                continue
        elif kind == "c" and args is None and name.rpartition(".")[2] in EVERYDAY:
            continue
        if args and (kind != "c" or seedish(name) or any(map(seedish, args))):
            needed.update(a[1:].partition(".")[0] for atoms in args.values() for a in atoms if a[0] == "$")
        kept.append(event)
    kept.reverse()
    unique = []
    for event in kept[:LIMIT_EVENTS]:
        if event[3] is None:
            if (key := (event[1], event[2], event[4])) in seen:
                continue
            seen.add(key)
        if event[1] == "c" and seedish(event[2]):
            seen.clear()  # what is called again once the seed is set is called under that seed
        unique.append(event)
    return unique


_ASKED = ("download", "pretrained", "weights", "initializer")


def _asks(keyword: str | None, *, speaks: bool) -> bool:
    return keyword is not None and (keyword in _ASKED or (speaks and seedish(keyword)))


def kept_arguments(node: ast.Call, name: str, target: str, *, speaks: bool) -> dict[str, list[str]] | None:
    """The arguments of a call of *name*, imported as *target*, where they may matter: it is about chance, or hands a
    number to a function. Not *speaks*: nothing in the call is named for chance."""
    if not node.args and not node.keywords and name in STARTERS:
        return {BARE: []}
    wanted = (
        seedish(target)
        or telling(name)
        or (speaks and seedish(name))
        or bool(node.keywords and any(_asks(k.arg, speaks=speaks) for k in node.keywords))
    )
    if wanted:
        found = {str(n): list(atoms_of(a)) for n, a in enumerate(node.args)}
        found.update((k.arg or "**", list(atoms_of(k.value))) for k in node.keywords)
        return found
    found = {str(n): list(atoms_of(a)) for n, a in enumerate(node.args) if may_hold_seed(a, speaks=speaks)}
    for keyword in node.keywords:
        if not keyword.arg or may_hold_seed(keyword.value, speaks=speaks):
            found[keyword.arg or "**"] = list(atoms_of(keyword.value))
    return found or None
