"""Find the tensors in what a torch pickle would build."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from artifactpack.scan.allowed import DTYPES
from artifactpack.scan.symbols import Call, Global, Mapping_, Stored

_MODEL_KEYS = ("state_dict", "model_state_dict", "model", "module", "net", "network", "params", "weights", "ema")
_REBUILD = "torch._utils._rebuild_"
MOST_TENSORS = 500_000


@dataclass(frozen=True, slots=True)
class View:
    """A tensor as a view of a storage: ``offset`` and ``stride`` in elements; no storage for what is only named."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    storage: Stored | None = None
    offset: int = 0
    stride: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    @property
    def contiguous(self) -> bool:
        """Whether its elements lie in the file in row-major order."""
        expected = 1
        for length, step in zip(reversed(self.shape), reversed(self.stride), strict=True):
            if length != 1 and step != expected:
                return False
            expected *= length
        return True

    @property
    def reach(self) -> int:
        """The last element of the storage that it uses, plus one."""
        if not self.count:
            return self.offset
        return self.offset + 1 + sum((n - 1) * step for n, step in zip(self.shape, self.stride, strict=True))


def views(root: Any) -> Iterator[View]:
    """Every tensor below *root* with its dotted name; each object once."""
    seen: set[int] = set()
    todo: list[tuple[str, Any]] = [("", root)]
    found = 0
    while todo and found < MOST_TENSORS:
        name, value = todo.pop()
        tensor = tensor_of(value, name)
        if tensor is not None:
            found += 1
            yield tensor
        elif id(value) not in seen:
            seen.add(id(value))
            todo.extend(reversed(list(_named_parts(name, value))))


def _named_parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    prefix = f"{name}." if name else ""
    if isinstance(value, (list, tuple)):
        yield from ((f"{prefix}{index}", part) for index, part in enumerate(value))
    elif isinstance(value, Mapping_):
        yield from ((f"{prefix}{_key(key)}", part) for key, part in value.pairs)
    elif isinstance(value, Call):
        yield from ((f"{prefix}{_key(key)}", part) for key, part in value.items)
        if value.name != "collections.OrderedDict":  # whose state is metadata
            yield from _named_parts(name, value.arguments)
            yield from _named_parts(name, value.state)


def _key(key: Any) -> str:
    return str(key) if isinstance(key, (str, int, float, bool)) else "?"


def tensor_of(value: Any, name: str) -> View | None:
    """*value* as a tensor, when it is a call that rebuilds one with plain arguments."""
    if not isinstance(value, Call) or not isinstance(value.arguments, tuple):
        return None
    called, arguments = value.name, value.arguments
    if called in (_REBUILD + "parameter", _REBUILD + "parameter_with_state", "torch.nn.parameter.Parameter"):
        return tensor_of(arguments[0], name) if arguments else None
    if called == "torch._tensor._rebuild_from_type_v2" and len(arguments) == 4:
        return tensor_of(Call(arguments[0], arguments[2]), name)
    if called == _REBUILD + "meta_tensor_no_storage" and len(arguments) >= 2:
        return _meta(name, arguments)
    if called in (_REBUILD + "tensor", _REBUILD + "tensor_v2", _REBUILD + "tensor_v3", _REBUILD + "qtensor"):
        return _strided(name, called, arguments)
    return None


def _meta(name: str, arguments: tuple[Any, ...]) -> View | None:
    dtype, shape = arguments[:2]
    if not isinstance(dtype, Global) or (sizes := _sizes(shape)) is None:
        return None
    return View(name, sizes, dtype.full.removeprefix("torch."))


def _sizes(value: Any) -> tuple[int, ...] | None:
    if isinstance(value, Call) and value.name == "torch.Size" and isinstance(value.arguments, tuple):
        value = value.arguments[0] if len(value.arguments) == 1 else None
    if not isinstance(value, (tuple, list)) or not all(type(part) is int and 0 <= part < 1 << 62 for part in value):
        return None
    return tuple(value)


def _strided(name: str, called: str, arguments: tuple[Any, ...]) -> View | None:
    if len(arguments) < 4 or not isinstance(arguments[0], Stored) or type(arguments[1]) is not int:
        return None
    shape, stride = _sizes(arguments[2]), _sizes(arguments[3])
    if shape is None or stride is None or len(shape) != len(stride) or arguments[1] < 0:
        return None
    dtype = arguments[0].dtype
    if called.endswith("_v3"):
        if len(arguments) < 7 or not isinstance(arguments[6], Global):
            return None
        dtype = arguments[6].full.removeprefix("torch.")
    return View(name, shape, dtype, arguments[0], arguments[1], stride) if dtype in DTYPES else None


def parameter_count(found: list[View]) -> int:
    """Elements of the distinct tensors of the model part (buffers included: a file does not tell them apart)."""
    for key in _MODEL_KEYS:
        part = [view for view in found if view.name.startswith(key + ".")]
        if part:
            found = part
            break
    distinct = {(v.storage.key if v.storage else v.name, v.offset, v.shape): v.count for v in found}
    return sum(distinct.values())
