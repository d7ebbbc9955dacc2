"""Say whether loading a pickle can run code, by executing its opcodes on symbols; nothing is ever imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from artifactpack.models.weights import Safety
from artifactpack.scan import allowed
from artifactpack.scan.expand import fault
from artifactpack.scan.opcodes import Blob, MalformedError, Stretch, opcodes
from artifactpack.scan.pickle_stack import DEEPEST_STACK, Stack
from artifactpack.scan.symbols import Call, Global, Mapping_, Unordered

MOST_OPCODES = 3_000_000


@dataclass(frozen=True)
class Reading:
    """One pickle: what it would build, in symbols (None when it could not be followed), and what that risks."""

    root: Any
    safety: Safety
    reasons: tuple[str, ...]
    end: int


def read_pickle(stretch: Stretch, *, torch: bool = False) -> Reading:
    """Follow one pickle; persistent ids are understood only in torch's files (*torch*). Never raises."""
    machine = _Machine(torch)
    try:
        root = machine.run(stretch)
    except MalformedError as error:
        machine.say("unknown", f"the pickle {error}")
        root = None
    return Reading(root, machine.safety, tuple(machine.reasons), stretch.position)


class _Machine(Stack):
    """The pickle virtual machine over symbols: what names, calls and changes things, and the walk over opcodes."""

    def run(self, stretch: Stretch) -> Any:
        for count, (name, value, position) in enumerate(opcodes(stretch)):
            if count >= MOST_OPCODES:
                raise MalformedError(f"has more than {MOST_OPCODES:,} opcodes")
            if len(self.stack) > DEEPEST_STACK or len(self.marks) > DEEPEST_STACK:
                raise MalformedError("piles up more than weights need")
            try:
                _STEPS[name](self, value, position)
            except (IndexError, KeyError) as error:
                raise MalformedError(f"takes what is not there at byte {position}") from error
        if len(self.stack) != 1 or self.marks:
            raise MalformedError("leaves more than its result behind")
        if complaint := fault(self.stack[0]):
            raise MalformedError(f"builds something {complaint}")
        return self.stack[0]

    # --- names and calls

    def name(self, module: str, name: str, position: int) -> None:
        full = allowed.canonical(module, name)
        if not allowed.is_allowed(full):
            hostile = allowed.is_hostile(full)
            shown = full.encode("unicode_escape", "backslashreplace").decode()[:120]
            what = "which has no place in weights" if hostile else "which is not known to be harmless"
            self.say("unsafe" if hostile else "unknown", f"names {shown}, {what} (byte {position})")
        self.stack.append(Global(full))

    def stack_global(self, value: Any, position: int) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if isinstance(module, str) and isinstance(name, str):
            self.name(module, name, position)
            return
        self.say("unsafe", f"computes the name of what it imports (byte {position})")
        self.stack.append(Global("?"))

    def call(self, function: Any, arguments: Any, position: int) -> None:
        if not isinstance(function, Global):
            self.say("unsafe", f"calls something it has computed (byte {position})")
        elif allowed.is_allowed(function.full):
            fault = allowed.call_fault(function, arguments)
            if fault:
                self.say("unknown", f"calls {function.full} {fault} (byte {position})")
        self.stack.append(Call(function, arguments))

    def reduce(self, value: Any, position: int) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        self.call(function, arguments, position)

    def new_object_keywords(self, value: Any, position: int) -> None:
        keywords, arguments, function = self.stack.pop(), self.stack.pop(), self.stack.pop()
        if not (isinstance(keywords, Mapping_) and not keywords.pairs):
            self.say("unknown", f"calls with keywords (byte {position})")
        self.call(function, arguments, position)

    def old_style(self, value: Any, position: int) -> None:
        items = self.since_mark()
        self.say("unsafe", f"makes an object the way only hand-written pickles do (byte {position})")
        self.stack.append(Call(Global("?"), tuple(items)))

    def instance(self, value: tuple[str, str], position: int) -> None:
        self.name(value[0], value[1], position)
        self.stack.pop()
        self.old_style(None, position)

    def extension(self, value: Any, position: int) -> None:
        self.say("unsafe", f"uses the extension registry (byte {position})")
        self.stack.append(Global("?"))

    def build(self, value: Any, position: int) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        if not isinstance(target, Call):
            self.say("unsafe", f"sets the state of something that is not an object (byte {position})")
            return
        target.state = state if target.state is None else (target.state, state)
        plain = target.name != "collections.OrderedDict" or isinstance(state, Mapping_)
        if target.name not in allowed.BUILDABLE or not plain:
            self.say("unknown", f"sets the state of {target.name or 'an object'} (byte {position})")

    def persistent(self, value: Any, position: int) -> None:
        stored = allowed.storage(value) if self.torch else None
        if stored is None:
            self.say("unknown", f"refers to something outside the pickle (byte {position})")
        self.stack.append(stored or Call(Global("?"), ()))

    def binary_persistent(self, value: Any, position: int) -> None:
        self.persistent(self.stack.pop(), position)

    def buffer(self, value: Any, position: int) -> None:
        self.say("unknown", f"takes a buffer from outside the pickle (byte {position})")
        self.stack.append(Blob(0, 0))

    def protocol(self, value: int, position: int) -> None:
        if value > 5:
            raise MalformedError(f"is of protocol {value}")


def _ignore(machine: _Machine, value: Any, position: int) -> None:
    """Nothing to do for this opcode."""


def _constant(constant: Any) -> Callable[[_Machine, Any, int], None]:
    return lambda machine, value, position: machine.stack.append(constant)


def _fresh(make: Callable[[], Any]) -> Callable[[_Machine, Any, int], None]:
    return lambda machine, value, position: machine.stack.append(make())


def _tuple(count: int) -> Callable[[_Machine, Any, int], None]:
    return lambda machine, value, position: machine.tuple_of(count)


def _gather(make: Callable[[list[Any]], Any]) -> Callable[[_Machine, Any, int], None]:
    return lambda machine, value, position: machine.push(make(machine.since_mark()))


_PUSHED = (
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
)
_STEPS: dict[str, Callable[[_Machine, Any, int], None]] = {
    **dict.fromkeys(_PUSHED, _Machine.push),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _Machine.put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.get),
    **dict.fromkeys(("EXT1", "EXT2", "EXT4"), _Machine.extension),
    **dict.fromkeys(("FRAME", "STOP"), _ignore),
    "NONE": _constant(None),
    "NEWTRUE": _constant(True),
    "NEWFALSE": _constant(False),
    "EMPTY_LIST": _fresh(list),
    "EMPTY_DICT": _fresh(Mapping_),
    "EMPTY_SET": _fresh(Unordered),
    "EMPTY_TUPLE": _constant(()),
    "TUPLE": _gather(tuple),
    "LIST": _gather(list),
    "FROZENSET": _gather(Unordered),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "DICT": _Machine.dict_,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": lambda machine, value, position: machine.set_items(machine.since_mark(), position),
    "ADDITEMS": _Machine.add_items,
    "MARK": _Machine.mark,
    "POP": _Machine.pop,
    "POP_MARK": _Machine.pop_mark,
    "DUP": lambda machine, value, position: machine.stack.append(machine.stack[-1]),
    "GLOBAL": lambda machine, value, position: machine.name(value[0], value[1], position),
    "STACK_GLOBAL": _Machine.stack_global,
    "REDUCE": _Machine.reduce,
    "NEWOBJ": _Machine.reduce,
    "NEWOBJ_EX": _Machine.new_object_keywords,
    "INST": _Machine.instance,
    "OBJ": _Machine.old_style,
    "BUILD": _Machine.build,
    "PERSID": _Machine.persistent,
    "BINPERSID": _Machine.binary_persistent,
    "PROTO": _Machine.protocol,
    "NEXT_BUFFER": _Machine.buffer,
    "READONLY_BUFFER": _ignore,
}
