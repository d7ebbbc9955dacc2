# ruff: noqa: E501 - a table
"""Weight files that must not be called safe, assembled opcode by opcode; nothing here is ever loaded."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle as p
import struct
import zipfile
import zlib

ECHO = "echo planted"
# (module, name, argument): what known gadgets call. None of them is imported, they are only spelt.
GADGETS = [
    ("os", "system"), ("posix", "system"), ("nt", "system"), ("subprocess", "Popen"), ("subprocess", "check_output"),
    ("builtins", "eval"), ("builtins", "exec"), ("__builtin__", "eval"), ("builtins", "compile"), ("builtins", "open"),
    ("builtins", "getattr"), ("builtins", "__import__"), ("builtins", "map"), ("builtins", "apply"), ("runpy", "run_path"),
    ("importlib", "import_module"), ("importlib.util", "spec_from_file_location"), ("pkgutil", "resolve_name"),
    ("operator", "attrgetter"), ("operator", "methodcaller"), ("functools", "partial"), ("functools", "reduce"),
    ("pip", "main"), ("pip._internal", "main"), ("ctypes", "CDLL"), ("ctypes.util", "find_library"), ("shutil", "rmtree"),
    ("socket", "create_connection"), ("urllib.request", "urlopen"), ("http.client", "HTTPSConnection"), ("pdb", "run"),
    ("bdb", "Bdb"), ("timeit", "timeit"), ("profile", "run"), ("cProfile", "run"), ("code", "InteractiveInterpreter"),
    ("codeop", "compile_command"), ("marshal", "loads"), ("types", "FunctionType"), ("types", "CodeType"),
    ("pickle", "loads"), ("_pickle", "loads"), ("cloudpickle", "loads"), ("dill", "loads"), ("joblib", "load"),
    ("shelve", "open"), ("webbrowser", "open"), ("pty", "spawn"), ("multiprocessing.util", "spawnv_passfds"),
    ("asyncio", "create_subprocess_shell"), ("logging.config", "fileConfig"), ("distutils.spawn", "spawn"),
    ("numpy.testing._private.utils", "runstring"), ("numpy.f2py.crackfortran", "getlincoef"), ("torch.hub", "load"),
    ("torch.jit", "load"), ("torch", "load"), ("torch.serialization", "load"), ("torch.utils.bottleneck.__main__", "run_cprofile"),
    ("torch._inductor.codecache", "compile_file"), ("tensorflow.io", "read_file"), ("pandas", "read_pickle"),
    ("lib2to3.pgen2.pgen", "ParserGenerator"), ("idlelib.run", "Executive"), ("venv", "create"), ("doctest", "debug_script"),
    ("ensurepip", "_run_pip"), ("uuid", "_get_command_stdout"), ("imaplib", "IMAP4_stream"), ("test.support.script_helper", "assert_python_ok"),
]  # fmt: skip


def _global(module: str, name: str) -> bytes:
    return p.GLOBAL + f"{module}\n{name}\n".encode()


def _text(text: str) -> bytes:
    return p.BINUNICODE + struct.pack("<I", len(text.encode())) + text.encode()


def _short(text: str) -> bytes:
    return p.SHORT_BINUNICODE + bytes([len(text)]) + text.encode()


def reduce(module: str, name: str, argument: str = ECHO) -> bytes:
    """``module.name(argument)`` in protocol 2."""
    return p.PROTO + b"\2" + _global(module, name) + _text(argument) + p.TUPLE1 + p.REDUCE + p.STOP


def stack_global(module: str, name: str) -> bytes:
    """The same in protocol 4."""
    return (
        p.PROTO + b"\4" + _short(module) + _short(name) + p.STACK_GLOBAL + _short(ECHO) + p.TUPLE1 + p.REDUCE + p.STOP
    )


SYSTEM = _global("os", "system")
CALL = _text(ECHO) + p.TUPLE1 + p.REDUCE
BENIGN = p.PROTO + b"\2" + p.EMPTY_DICT + p.STOP
EVIL = reduce("os", "system")


def torch_zip(pickle: bytes, *, root: str = "model", extra: dict[str, bytes] | None = None, method: int = 0) -> bytes:
    """A checkpoint's zip around *pickle*."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        members = {"data.pkl": pickle, "version": b"3\n", "byteorder": b"little", **(extra or {})}
        for name, data in members.items():
            archive.writestr(f"{root}/{name}", data)
    return out.getvalue()


def npy(payload: bytes, descr: str = "|O", shape: str = "(1,)") -> bytes:
    """A .npy file of objects."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode("latin-1")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + payload


def zipped(members: list[tuple[str, bytes]], method: int = 0) -> bytes:
    """A plain zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def _keras(layer: dict[str, object]) -> bytes:
    config = {"module": "keras", "class_name": "Sequential", "config": {"layers": [layer]}, "registered_name": None}
    return zipped(
        [
            ("metadata.json", b"{}"),
            ("config.json", json.dumps(config).encode()),
            ("model.weights.h5", b"\x89HDF\r\n\x1a\n"),
        ]
    )


def _opcode_tricks() -> dict[str, bytes]:
    two, four = p.PROTO + b"\2", p.PROTO + b"\4"
    memo = two + _text("os") + p.BINPUT + b"\0" + p.POP + _text("system") + p.BINPUT + b"\1" + p.POP
    ordered = _global("collections", "OrderedDict")
    return {
        "inst": b"(" + _text(ECHO) + p.INST + b"os\nsystem\n" + p.STOP,
        "inst-harmless-class": b"(" + p.INST + b"collections\nOrderedDict\n" + p.STOP,
        "obj": two + p.MARK + SYSTEM + _text(ECHO) + p.OBJ + p.STOP,
        "newobj": two + SYSTEM + _text(ECHO) + p.TUPLE1 + p.NEWOBJ + p.STOP,
        "newobj-ex": four + SYSTEM + _text(ECHO) + p.TUPLE1 + p.EMPTY_DICT + p.NEWOBJ_EX + p.STOP,
        "protocol-0": b"cos\nsystem\n(V" + ECHO.encode() + b"\ntR.",
        "memo-stack-global": memo + p.BINGET + b"\0" + p.BINGET + b"\1" + p.STACK_GLOBAL + CALL + p.STOP,
        "computed-name": four + _short("os") + ordered + p.EMPTY_TUPLE + p.REDUCE + p.STACK_GLOBAL + CALL + p.STOP,
        "computed-function": two + ordered + p.EMPTY_TUPLE + p.REDUCE + CALL + p.STOP,
        "call-of-a-string": two + _text("os.system") + CALL + p.STOP,
        "call-of-a-constant": two + _global("torch", "float32") + CALL + p.STOP,
        "dotted-name": four + _short("collections") + _short("OrderedDict.fromkeys") + p.STACK_GLOBAL + CALL + p.STOP,
        "dotted-escape": four + _short("torch") + _short("serialization.os.system") + p.STACK_GLOBAL + CALL + p.STOP,
        "extension": two + p.EXT1 + b"\1" + CALL + p.STOP,
        "extension-2": two + p.EXT2 + b"\1\0" + p.STOP,
        "extension-4": two + p.EXT4 + b"\1\0\0\0" + p.STOP,
        "buffer": p.PROTO + b"\5" + p.NEXT_BUFFER + p.STOP,
        "build-on-a-class": two + ordered + p.EMPTY_DICT + p.BUILD + p.STOP,
        "build-namespace": two + _global("types", "SimpleNamespace") + p.EMPTY_TUPLE + p.REDUCE + p.EMPTY_DICT + p.BUILD + p.STOP,
        "build-slots": two + ordered + p.EMPTY_TUPLE + p.REDUCE + p.NONE + p.EMPTY_DICT + p.TUPLE2 + p.BUILD + p.STOP,
        "setitem-on-a-global": two + ordered + _text("a") + p.NONE + p.SETITEM + p.STOP,
        "append-to-an-object": two + ordered + p.EMPTY_TUPLE + p.REDUCE + p.NONE + p.APPEND + p.STOP,
        "persistent-id": two + _text("x") + p.BINPERSID + p.STOP,
        "persistent-id-text": p.PERSID + b"x\n" + p.STOP,
        "second-pickle": BENIGN + EVIL,
        "call-then-pop": two + SYSTEM + CALL + p.POP + p.EMPTY_DICT + p.STOP,
        "call-then-garbage": two + SYSTEM + CALL + b"\xff\xfe\xfd",
        "no-stop": two + SYSTEM + CALL,
        "truncated": EVIL[:-4],
        "truncated-string": two + p.BINUNICODE + b"\xff\xff\0\0abc",
        "unset-memo": two + p.BINGET + b"\7" + p.STOP,
        "empty-stack": two + p.REDUCE + p.STOP,
        "protocol-9": p.PROTO + b"\x09" + p.EMPTY_DICT + p.STOP,
        "many-lists": two + p.EMPTY_LIST * 200_000 + p.STOP,
        "deep-lists": two + p.EMPTY_LIST * 5_000 + p.APPEND * 4_999 + p.STOP,
        "doubling-lists": two + p.EMPTY_LIST + b"".join(p.BINPUT + bytes([n]) + p.EMPTY_LIST + p.MARK + p.BINGET + bytes([n]) + p.BINGET + bytes([n]) + p.APPENDS for n in range(60)) + p.STOP,
        "list-in-itself": two + p.EMPTY_LIST + p.BINPUT + b"\0" + p.BINGET + b"\0" + p.APPEND + p.STOP,
        "bytearray-of-a-size": two + _global("builtins", "bytearray") + p.LONG1 + b"\x06" + b"\0" * 5 + b"\1" + p.TUPLE1 + p.REDUCE + p.STOP,
        "codec": two + _global("_codecs", "encode") + _text("x") + _text("zlib") + p.TUPLE2 + p.REDUCE + p.STOP,
        "defaultdict": two + _global("collections", "defaultdict") + SYSTEM + p.TUPLE1 + p.REDUCE + p.STOP,
        "rebuild-computed": two + _global("torch._tensor", "_rebuild_from_type_v2") + p.MARK + ordered + ordered + p.EMPTY_TUPLE + p.NONE + p.TUPLE + p.REDUCE + p.STOP,
        "sparse": two + _global("torch._utils", "_rebuild_sparse_tensor") + p.EMPTY_TUPLE + p.REDUCE + p.STOP,
        "hooks": two + _global("torch._utils", "_rebuild_tensor_v2") + p.MARK + p.NONE * 5 + p.EMPTY_LIST + p.TUPLE + p.REDUCE + p.STOP,
        "numpy-reconstruct-of-a-list": two + _global("numpy.core.multiarray", "_reconstruct") + p.EMPTY_LIST + p.EMPTY_TUPLE + p.NONE + p.TUPLE3 + p.REDUCE + p.STOP,
        "long-integer": two + p.LONG4 + b"\0\0\x10\0" + b"\1" * 0x100000 + p.STOP,
        "integer-text": p.INT + b"9" * 5_000 + b"\n" + p.STOP,
        "huge-length": two + p.PROTO + b"\4" + p.BINBYTES8 + b"\xff" * 8 + p.STOP,
    }  # fmt: skip


def _containers() -> dict[str, bytes]:
    lied = bytearray(torch_zip(BENIGN))
    at = lied.find(b"model/data.pkl")
    lied[at : at + 14] = b"model/evil.pkl"
    good = torch_zip(BENIGN)
    tensors = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x64tQK\0K\x64\x85K\1\x85\x89ccollections\nOrderedDict\n)RtR."
    return {
        "torch.pt": torch_zip(EVIL),
        "torch-deflated.pt": torch_zip(EVIL, method=zipfile.ZIP_DEFLATED),
        "torch-two-pickles.pt": torch_zip(BENIGN + EVIL),
        "torch-more-members.pt": torch_zip(BENIGN, extra={"evil.pkl": EVIL}),
        "torch-code.pt": torch_zip(BENIGN, extra={"code/__torch__.py": b"x", "constants.pkl": BENIGN}),
        "torch-local-name.pt": bytes(lied),
        "torch-prefix.pt": b"MZ" + good,
        "torch-prefixed-pickle.pt": EVIL + good,
        "torch-suffix.pt": good + b"x",
        "torch-stacked.pt": good + torch_zip(EVIL),
        "torch-comment.pt": good[:-2] + struct.pack("<H", len(EVIL)) + EVIL,
        "torch-twice.pt": _twice(),
        "torch-storage-too-short.pt": torch_zip(tensors, extra={"data/0": b"1234"}),
        "torch-no-pickle.pt": zipped([("model/version", b"3")]),
        "gzip.pkl": gzip.compress(EVIL, mtime=0),
        "bz2.pkl": bz2.compress(EVIL),
        "xz.pkl": lzma.compress(EVIL),
        "zlib.joblib": zlib.compress(EVIL),
        "zip-in-zip.pt": zipped([("a.pt", torch_zip(EVIL))]),
        "joblib.joblib": reduce("joblib.numpy_pickle", "NumpyArrayWrapper"),
        "object.npy": npy(EVIL),
        "structured.npy": npy(EVIL, descr="|V8").replace(b"'|V8'", b"[('a', '|O')]"),
        "too-short.npy": npy(b"", descr="<f8", shape="(1000000,)"),
        "header-code.npy": npy(b"", descr="'+__import__('os').name+'"),
        "object.npz": zipped([("a.npy", npy(EVIL))]),
        "object-deflated.npz": zipped([("a.npy", npy(EVIL))], zipfile.ZIP_DEFLATED),
        "more.npz": zipped([("a.npy", npy(b"12345678", "<f8")), ("b.pkl", EVIL)]),
        "lambda.keras": _keras({"module": "keras.layers", "class_name": "Lambda", "config": {}}),
        "lambda-function.keras": _keras({"class_name": "__lambda__", "config": {"value": "4wE="}}),
        "own-class.keras": _keras({"module": "my_layers", "class_name": "Mine", "registered_name": "pkg>Mine"}),
        "function.keras": _keras(
            {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}
        ),
        "more.keras": zipped([("config.json", b"{}"), ("evil.pkl", EVIL)]),
        "lambda.h5": b"\x89HDF\r\n\x1a\n" + b'..{"class_name": "Lambda"}..',
        "model.h5": b"\x89HDF\r\n\x1a\n" + b"model_config" + bytes(50),
        "unknown.bin": b"\0" * 64,
        "empty.pt": b"",
        "pickle.safetensors": EVIL,
        "pickle.npy": EVIL,
        "legacy-magic.pt": p.dumps(0x1950A86A20F9469CFC6C, 2) + EVIL,
        "legacy-storages.pt": b"".join(p.dumps(x, 2) for x in (0x1950A86A20F9469CFC6C, 1001, {}, {}, ["0"])) + bytes(8),
    }


def _twice() -> bytes:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return zipped([("m/data.pkl", EVIL), ("m/data.pkl", BENIGN)])


def corpus() -> dict[str, bytes]:
    """File name → bytes; every one must be called unsafe or unknown."""
    cases = {f"gadget-{n:02}-{m}.{a}.pkl": reduce(m, a) for n, (m, a) in enumerate(GADGETS)}
    cases |= {f"stack-{n:02}-{m}.{a}.pt": torch_zip(stack_global(m, a)) for n, (m, a) in enumerate(GADGETS[::6])}
    cases |= {f"trick-{name}.pkl": data for name, data in _opcode_tricks().items()}
    return cases | _containers()


SAFETENSORS = {
    "header-too-long": struct.pack("<Q", 1 << 40) + b"{}",
    "header-beyond-limit": struct.pack("<Q", 100_000_001) + b"{}",
    "no-brace": struct.pack("<Q", 3) + b" {}",
    "not-json": struct.pack("<Q", 4) + b"{'a}",
    "array": struct.pack("<Q", 2) + b"[]",
    "nested": struct.pack("<Q", 200_001) + b"{" + b"[" * 200_000,
    "short": b"\1\0\0",
    "trailing": struct.pack("<Q", 2) + b"{}x",
}  # fmt: skip


def safetensors(header: str, data: bytes = b"\0" * 8) -> bytes:
    """A file around *header*."""
    return struct.pack("<Q", len(header)) + header.encode() + data


BAD_HEADERS = {
    "twice": '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
    "hole": '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
    "overlap": '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
    "too-short": '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    "too-long": '{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}',
    "shape-lie": '{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}',
    "overflow": '{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,8]}}',
    "negative": '{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}',
    "bool-shape": '{"a":{"dtype":"F64","shape":[true],"data_offsets":[0,8]}}',
    "dtype": '{"a":{"dtype":"F128","shape":[1],"data_offsets":[0,8]}}',
    "more-keys": '{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8],"x":1}}',
    "metadata": '{"__metadata__":{"a":1},"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}',
    "nan": '{"__metadata__":{},"a":{"dtype":"F64","shape":[NaN],"data_offsets":[0,8]}}',
}
