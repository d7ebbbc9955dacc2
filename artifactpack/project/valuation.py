"""What a value or a condition comes to, at the place where a program has got to."""

from __future__ import annotations

from collections.abc import Container
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from artifactpack.project import chance
from artifactpack.project.python_record import Atoms
from artifactpack.project.python_values import EITHER
from artifactpack.project.settings import SEED_NAME, Setting, normal
from artifactpack.project.values import MISSING, Value, combined, compare, constant_of
from artifactpack.project.words import words

if TYPE_CHECKING:
    from artifactpack.project.trace_judge import Judge

_OPTION_LIKE = words(
    "args arg opt opts options config cfg conf configs hparams hps hp params flags FLAGS settings a p c C argv "
    "namespace "
    "parsed_args parser_args cli_args train_args training_args exp_dict exp_config experiment kwargs self.args "
    "self.cfg self.config self.opt self.hparams"
)
_COMMAND_LINE = words("args arg opt opts options FLAGS argv parsed_args parser_args cli_args self.args")
"""Names of what the command line gave; others may hold what a configuration file gave besides."""
_DEEP = 12
_GUESSED = Value(guessed=True)


class Frame(NamedTuple):
    """Where a program has got to: parameters with their values, names set so far."""

    path: str
    scope: str
    bound: dict[str, Value]
    local: dict[str, Value]
    main: bool


def evaluate(tracer: Judge, frame: Frame, atoms: Atoms, depth: int = 0) -> Value:
    """The value of *atoms* here."""
    if not atoms or depth > _DEEP:
        return _GUESSED
    values = []
    single = len(atoms) == 1
    if single and atoms[0][0] == "=":
        return _literal(atoms[0])
    for atom in atoms:
        if atom == EITHER:
            continue
        if atom[0] == "=":
            values.append(_literal(atom))
        elif atom[0] == "$":
            values.append(read(tracer, frame, atom[1:], depth + 1))
        else:
            name = tracer.graph.records[frame.path].resolve(atom[1:])
            if reason := chance.unstable(name):
                if name == "hash" and not hashes_text(atoms, _texts(tracer, frame, atoms, depth)):
                    continue
                values.append(Value(unstable=reason))
            elif library := chance.drawn_from(name):
                values.append(Value(drawn=frozenset((library,))))
            elif single:
                values.append(_GUESSED)
    given = [v for v in values if (v.options or v.guessed) and v.constant is not None]
    if EITHER in atoms and given:  # the clock or a draw is the last resort, and nobody says that it comes to that
        values = [v for v in values if not v.unstable and not v.drawn]
    return combined(values) if values else _GUESSED


@lru_cache(4096)
def _literal(atom: str) -> Value:
    return Value(constant=constant_of(atom))


def hashes_text(atoms: Atoms, texts: Container[str] = ()) -> bool:
    """hash() of text is another in every process, of numbers it is not; *texts* are names that hold text."""
    after = atoms[atoms.index("!hash") + 1 :]
    return any(a[:2] == '="' or a == "!str" or (a[0] == "$" and a[1:] in texts) for a in after)


def _texts(tracer: Judge, frame: Frame, atoms: Atoms, depth: int) -> set[str]:
    """The names among *atoms* that are known to hold text."""
    names = {a[1:] for a in atoms if a[0] == "$"}
    return {n for n in names if isinstance(read(tracer, frame, n, depth + 1).constant, str)}


def read(tracer: Judge, frame: Frame, name: str, depth: int = 0) -> Value:
    """The value of a name or dotted path that the code reads here."""
    head, _, rest = name.partition(".")
    last = normal(name.rpartition(".")[2].rstrip("[]()"))
    if not rest:
        return _bare(tracer, frame, name, depth)
    if name in frame.local:
        return frame.local[name]
    optional = head in _OPTION_LIKE or f"{head}.{rest.partition('.')[0]}" in _OPTION_LIKE
    last = _as_declared(tracer, frame, head, last)
    if last in tracer.attributes:
        value = tracer.attributes[last]
        return value._replace(options=value.options | {last}) if optional else value
    return _setting(tracer, frame, last, depth, optional=optional, name=name)


def _as_declared(tracer: Judge, frame: Frame, head: str, last: str) -> str:
    """The setting that code reads as *last*, where the object *head* changed the case of its keys (``k.upper()``)."""
    settings = tracer.graph.settings
    if last in settings or not SEED_NAME.search(last):
        return last
    other = next((name for name in settings if name.lower() == last.lower()), last)
    scope = tracer.graph.records[frame.path].scopes.get(frame.scope)
    made = (e.args or {} for e in (scope.events if scope else ()) if e.kind == "v" and e.name == head)
    changed = any(a[0] == "!" and a.endswith((".upper", ".lower")) for args in made for a in args.get("0", ()))
    return other if changed else last


def _bare(tracer: Judge, frame: Frame, name: str, depth: int) -> Value:
    name = name.rstrip("[]()")
    if name in frame.bound:
        return frame.bound[name]
    if name in frame.local:
        return frame.local[name]
    if (frame.path, name) in tracer.globals:
        return tracer.globals[(frame.path, name)]
    record = tracer.graph.records[frame.path]
    if name in record.imports:
        place = tracer.graph.modules.find(frame.path, record.imports[name][0])
        if place and (place[0], place[1]) in tracer.globals:
            return tracer.globals[(place[0], place[1])]
    if SEED_NAME.search(name) and normal(name) in tracer.graph.settings:
        return _setting(tracer, frame, normal(name), depth, optional=False, name=name)
    return _GUESSED


def _setting(tracer: Judge, frame: Frame, dest: str, depth: int, *, optional: bool, name: str) -> Value:
    settings = tracer.graph.settings.get(dest)
    if name.startswith(("self.", "cls.")) and not optional:
        settings = [s for s in settings or () if s.kind != "attribute"]
    if not settings:
        if name.startswith("os.environ.") or (optional and not SEED_NAME.search(dest)):
            return Value(options=frozenset((dest,)), guessed=True)
        return Value(unset=dest if optional else "", guessed=True)
    here = frame.path.rpartition("/")[0]
    best = min(
        settings,
        key=lambda s: (
            s.path != frame.path,
            s.path.rpartition("/")[0] != here,
            s.kind == "file",
            s.kind == "attribute",
        ),
    )
    if best.default in (None, ("=null",)) and name.partition(".")[0] not in _COMMAND_LINE:
        best = next((s for s in settings if s.kind == "file" and s.default not in (None, ("=null",))), best)
    value = default_of(tracer, best, depth + 1)
    if best.kind == "dict" and (value.drawn or value.unstable):
        return value  # written so in the code, where nobody gives another
    return value._replace(options=value.options | {dest})


def default_of(tracer: Judge, setting: Setting, depth: int = 0) -> Value:
    """The value of a setting that nobody sets."""
    if setting.default is None:
        if setting.action in ("store_true", "flag"):
            return Value(constant=False)
        if setting.action == "store_false":
            return Value(constant=True)
        if setting.action in ("required", "positional") or setting.kind in ("class", "file", "attribute"):
            return Value()
        return Value(constant=None)
    if setting.kind == "file" or setting.path not in tracer.graph.records:
        return Value(constant=constant_of(setting.default[0]))
    return evaluate(tracer, Frame(setting.path, "", {}, {}, False), setting.default, depth + 1)


def holds(tracer: Judge, frame: Frame, conditions: list[Any]) -> tuple[bool | None, str]:
    """Whether all *conditions* hold here, and, where an option's default decides that they do not, its name."""
    outcome: bool | None = True
    for condition in conditions:
        one, reason = _one(tracer, frame, condition)
        if one is False:
            return False, reason
        if one is None:
            outcome = None
    return outcome, ""


def _one(tracer: Judge, frame: Frame, condition: list[Any]) -> tuple[bool | None, str]:
    match condition[0]:
        case "main":
            return frame.main, ""
        case "not":
            inner, reason = _one(tracer, frame, condition[1])
            if condition[1] == ["main"]:
                return not frame.main, ""
            return (None, "") if inner is None else (not inner, reason or _reason(tracer, frame, condition[1]))
        case "and":
            return holds(tracer, frame, condition[1:])
        case "or":
            parts = [_one(tracer, frame, c) for c in condition[1:]]
            if any(p[0] for p in parts):
                return True, ""
            return (None, "") if any(p[0] is None for p in parts) else (False, next((p[1] for p in parts if p[1]), ""))
        case "cmp":
            left, right = (evaluate(tracer, frame, tuple(c)) for c in condition[2:4])
            if MISSING in (left.constant, right.constant) or left.unstable or left.drawn or _to_be_given(left, right):
                return None, ""
            outcome = compare(condition[1], left.constant, right.constant)
            return outcome, _named(left, right) if left.options or right.options else _variable(
                frame, tuple(condition[2])
            )
    value = evaluate(tracer, frame, tuple(condition[1]))
    if value.constant is MISSING or value.unstable or value.drawn:
        return None, ""
    return bool(value.constant), _named(value) if value.options else _variable(frame, tuple(condition[1]))


def wants_one(conditions: list[Any]) -> bool:
    """Whether one of *conditions* asks if there is nothing yet: ``x is None``, ``not x``."""
    for condition in conditions:
        asked, none = (condition[1], "IsNot") if condition[0] == "not" else (condition, "Is")
        if asked[0] == "cmp" and asked[1] == none and list(asked[3]) == ["=null"]:
            return True
        if condition[0] == "not" and asked[0] == "v":
            return True
    return False


def _variable(frame: Frame, atoms: Atoms) -> str:
    """The name of the variable that alone decides, where it is set here, or is a seed that no caller gives."""
    name = atoms[0][1:] if len(atoms) == 1 and atoms[0][0] == "$" else ""
    given = name in frame.bound and not SEED_NAME.search(name)
    return name if name and "." not in name and not given else "a constant"


def _to_be_given(left: Value, right: Value) -> bool:
    """Whether an option without a default is compared with a word: such a mode must be chosen."""
    return left.constant is None and bool(left.options) and isinstance(right.constant, str)


def _reason(tracer: Judge, frame: Frame, condition: list[Any]) -> str:
    atoms = [a for part in condition[1:] if isinstance(part, list) for a in part if isinstance(a, str)]
    value = evaluate(tracer, frame, tuple(atoms)) if atoms else Value()
    return _named(value)


def _named(*values: Value) -> str:
    return next((name for v in values for name in sorted(v.options)), "a constant")
