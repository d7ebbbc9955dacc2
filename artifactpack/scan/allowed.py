"""Which globals a pickle of weights may name, and how each may be called.

The names are those that torch's own ``weights_only`` unpickler accepts, plus what numpy needs for arrays; anything that
can raise the stakes by its arguments (a size, a codec, a callable) has a check of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from artifactpack.scan.symbols import Call, Global, Mapping_, Stored

_OLD_NAMES = {"__builtin__": "builtins", "copy_reg": "copyreg", "numpy.core": "numpy._core"}

DTYPES = {
    "float64": 8, "double": 8, "float32": 4, "float": 4, "float16": 2, "half": 2, "bfloat16": 2,
    "int64": 8, "long": 8, "int32": 4, "int": 4, "int16": 2, "short": 2, "int8": 1, "uint8": 1, "bool": 1,
    "uint16": 2, "uint32": 4, "uint64": 8, "complex32": 4, "chalf": 4, "complex64": 8, "cfloat": 8,
    "complex128": 16, "cdouble": 16, "quint8": 1, "qint8": 1, "qint32": 4, "quint4x2": 1, "quint2x4": 1,
    "float8_e4m3fn": 1, "float8_e5m2": 1, "float8_e4m3fnuz": 1, "float8_e5m2fnuz": 1, "float8_e8m0fnu": 1,
}  # fmt: skip
STORAGES = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
    "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8",
    "ByteStorage": "uint8", "BoolStorage": "bool", "ComplexDoubleStorage": "complex128",
    "ComplexFloatStorage": "complex64", "QUInt8Storage": "quint8", "QInt8Storage": "qint8",
    "QInt32Storage": "qint32", "QUInt4x2Storage": "quint4x2", "QUInt2x4Storage": "quint2x4",
    "UntypedStorage": "uint8",
}  # fmt: skip
_CONSTANTS = {
    *(f"torch.{name}" for name in DTYPES),
    *(f"torch.{name}" for name in STORAGES),
    *(f"torch.cuda.{name}" for name in STORAGES),
    "torch.storage.UntypedStorage",
    *(f"torch.per_{what}" for what in ("tensor_affine", "channel_affine", "tensor_symmetric", "channel_symmetric")),
    "torch.per_channel_affine_float_qparams",
    "torch.Tensor",
    "numpy.ndarray",
}

Check = Callable[[Sequence[Any]], str]


def _fine(arguments: Sequence[Any]) -> str:
    return ""


def _only(*types: type) -> Check:
    """Every argument is plainly of one of *types*."""

    def check(arguments: Sequence[Any]) -> str:
        return "" if all(isinstance(a, types) for a in arguments) else "with arguments that are not plain values"

    return check


def _bytearray(arguments: Sequence[Any]) -> str:
    if arguments and not isinstance(arguments[0], (bytes, str)):
        return "with a size instead of bytes"
    return ""


def _codec(arguments: Sequence[Any]) -> str:
    known = len(arguments) == 2 and arguments[1] in ("latin1", "latin-1", "utf-8", "ascii")
    return "" if known else "with a codec other than latin1 or utf-8"


def _hooks(index: int) -> Check:
    """Tensor rebuilders take hooks as argument *index*: they must be an empty OrderedDict."""

    def check(arguments: Sequence[Any]) -> str:
        if len(arguments) <= index or is_empty(arguments[index]):
            return ""
        return "with hooks"

    return check


def is_empty(value: Any) -> bool:
    """Whether *value* is None, an empty dict or an empty OrderedDict."""
    if isinstance(value, Call):
        return value.name == "collections.OrderedDict" and not (value.items or value.state or any(value.arguments))
    return value is None or (isinstance(value, Mapping_) and not value.pairs)


def _from_type(arguments: Sequence[Any]) -> str:
    ok = len(arguments) == 4 and all(isinstance(a, Global) for a in arguments[:2])
    if not ok:
        return "with a computed function"
    rebuilders = ("torch._utils._rebuild_", "torch.nn.parameter.")
    return "" if arguments[0].full.startswith(rebuilders) else "with a function that rebuilds no tensor"


def _sparse(arguments: Sequence[Any]) -> str:
    return "whose indices are not checked before first use"


def _numpy_new(arguments: Sequence[Any]) -> str:
    ok = len(arguments) == 3 and arguments[0] == Global("numpy.ndarray") and arguments[1] == (0,)
    return "" if ok else "for something that is not an empty array"


_UTILS = "torch._utils."
CALLABLE: dict[str, Check] = {
    "collections.OrderedDict": _fine,
    "collections.Counter": _fine,
    "builtins.set": _fine,
    "builtins.complex": _only(int, float),
    "builtins.bytearray": _bytearray,
    "_codecs.encode": _codec,
    _UTILS + "_rebuild_tensor": _fine,
    _UTILS + "_rebuild_tensor_v2": _hooks(5),
    _UTILS + "_rebuild_tensor_v3": _hooks(5),
    _UTILS + "_rebuild_parameter": _hooks(2),
    _UTILS + "_rebuild_parameter_with_state": _hooks(2),
    _UTILS + "_rebuild_qtensor": _hooks(6),
    _UTILS + "_rebuild_sparse_tensor": _sparse,
    _UTILS + "_rebuild_meta_tensor_no_storage": _fine,
    _UTILS + "_rebuild_wrapper_subclass": _fine,
    _UTILS + "_rebuild_device_tensor_from_numpy": _fine,
    _UTILS + "_rebuild_device_tensor_from_cpu_tensor": _fine,
    "torch._tensor._rebuild_from_type_v2": _from_type,
    "torch.serialization._get_layout": _only(str),
    "torch.Size": _fine,
    "torch.device": _only(str, int),
    "torch.nn.parameter.Parameter": _fine,
    "numpy.dtype": _only(str, int, bool),
    "numpy._core.multiarray._reconstruct": _numpy_new,
    "numpy._core.multiarray.scalar": _fine,
    "numpy._core.numeric._frombuffer": _fine,
}
BUILDABLE = frozenset({"collections.OrderedDict", "numpy.dtype", "numpy._core.multiarray._reconstruct"})
SETTABLE = frozenset({"collections.OrderedDict", "collections.Counter"})

# Plain containers of the standard library that checkpoints often hold. Nobody says they are safe (their state is
# set attribute by attribute), but they are no sign of an attack either.
_HARMLESS_LOOKING = frozenset(
    {
        "argparse.Namespace",
        "types.SimpleNamespace",
        "collections.defaultdict",
        "collections.deque",
        "fractions.Fraction",
    }
    | {"datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta", "datetime.timezone", "uuid.UUID"}
    | {f"pathlib.{n}" for n in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath", "Path")}
    | {
        f"builtins.{n}"
        for n in ("list", "dict", "tuple", "int", "float", "str", "bytes", "frozenset", "slice", "range")
    }
    | {"builtins.object", "builtins.bool", "copyreg._reconstructor", "decimal.Decimal"}
)
# Outside the standard library: packages that exist to load or run other code.
_RUNNERS = frozenset(
    {"pip", "setuptools", "pkg_resources", "cloudpickle", "dill", "IPython", "_pytest", "pytest", "nose", "requests"}
    | {"httpx", "urllib3", "paramiko", "fabric", "sh", "pexpect", "tkinter", "__main__", "nt", "posix", "commands"}
    | {
        "torch.hub",
        "torch.jit",
        "torch.serialization",
        "torch.storage",
        "torch.utils",
        "torch._inductor",
        "torch._dynamo",
    }
    | {"torch.distributed", "torch.fx", "torch.package", "torch.ops", "torch.multiprocessing", "torch.testing"}
    | {"numpy.testing", "numpy.f2py", "numpy.distutils", "numpy.lib", "numpy.ctypeslib", "numpy.load", "joblib.load"}
    | {"pandas.read_pickle", "pandas.io", "pandas.core", "django", "twisted", "ray", "dask", "keras", "tensorflow"}
)


def canonical(module: str, name: str) -> str:
    """``module.name`` under the name that Python 3 and today's numpy use."""
    for old, new in _OLD_NAMES.items():
        if module == old or module.startswith(old + "."):
            module = new + module[len(old) :]
    return f"{module}.{name}"


def is_allowed(full: str) -> bool:
    """Whether a pickle of weights may name *full*."""
    return full in CALLABLE or full in _CONSTANTS


def is_hostile(full: str) -> bool:
    """Whether *full*, which is not allowed, can only be there to do something else than hold weights."""
    if full in _HARMLESS_LOOKING:
        return False
    parts = full.split(".")
    prefixes = {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return parts[0] in sys.stdlib_module_names or bool(prefixes & _RUNNERS)


def call_fault(function: Global, arguments: Any) -> str:
    """Why calling *function* with *arguments* is not plainly harmless, or ""."""
    check = CALLABLE.get(function.full)
    if check is None:
        return "which is not a function"
    if not isinstance(arguments, (tuple, list)):
        return "with computed arguments"
    return check(arguments)


def storage(value: Any) -> Stored | None:
    """The storage a persistent id names, or None when it does not name one."""
    if not isinstance(value, tuple) or len(value) not in (5, 6) or value[0] != "storage":
        return None
    kind, key, where, count = value[1:5]
    plain = isinstance(kind, Global) and isinstance(key, str) and isinstance(where, str) and type(count) is int
    if not plain or count < 0 or (len(value) == 6 and value[5] is not None):
        return None
    dtype = STORAGES.get(kind.full.rpartition(".")[2])
    return Stored(key, dtype, count) if dtype else None
