"""Settings that change results, read when training starts and when the process leaves; nothing is switched on."""

import os
import sys

from . import events

VARIABLES = (
    "PYTHONHASHSEED",
    "CUBLAS_WORKSPACE_CONFIG",
    "MKL_CBWR",
    "ATEN_CPU_CAPABILITY",
    "DNNL_MAX_CPU_ISA",
    "ONEDNN_MAX_CPU_ISA",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NVIDIA_TF32_OVERRIDE",
    "TF_DETERMINISTIC_OPS",
    "TF_CUDNN_DETERMINISTIC",
    "XLA_FLAGS",
)
GETTERS = (
    ("torch.use_deterministic_algorithms", lambda t: t.are_deterministic_algorithms_enabled()),
    ("torch.deterministic.warn_only", lambda t: t.is_deterministic_algorithms_warn_only_enabled()),
    ("torch.fill_uninitialized_memory", lambda t: t.utils.deterministic.fill_uninitialized_memory),
    ("torch.cudnn.enabled", lambda t: t.backends.cudnn.enabled),
    ("torch.cudnn.deterministic", lambda t: t.backends.cudnn.deterministic),
    ("torch.cudnn.benchmark", lambda t: t.backends.cudnn.benchmark),
    ("torch.cudnn.allow_tf32", lambda t: t.backends.cudnn.allow_tf32),
    ("torch.matmul.allow_tf32", lambda t: t.backends.cuda.matmul.allow_tf32),
    ("torch.float32_matmul_precision", lambda t: t.get_float32_matmul_precision()),
    ("torch.fp32_precision", lambda t: t.backends.fp32_precision),
    ("torch.matmul.fp32_precision", lambda t: t.backends.cuda.matmul.fp32_precision),
    ("torch.cudnn.conv.fp32_precision", lambda t: t.backends.cudnn.conv.fp32_precision),
    ("torch.cudnn.rnn.fp32_precision", lambda t: t.backends.cudnn.rnn.fp32_precision),
    ("torch.mkldnn.matmul.fp32_precision", lambda t: t.backends.mkldnn.matmul.fp32_precision),
    ("torch.matmul.fp16_reduction", lambda t: t.backends.cuda.matmul.allow_fp16_reduced_precision_reduction),
    ("torch.matmul.bf16_reduction", lambda t: t.backends.cuda.matmul.allow_bf16_reduced_precision_reduction),
    ("torch.flash_attention", lambda t: t.backends.cuda.flash_sdp_enabled()),
    ("torch.efficient_attention", lambda t: t.backends.cuda.mem_efficient_sdp_enabled()),
    ("torch.num_threads", lambda t: t.get_num_threads()),
    ("torch.num_interop_threads", lambda t: t.get_num_interop_threads()),
    ("torch.cpu_capability", lambda t: t.backends.cpu.get_cpu_capability()),
    ("torch.mkldnn.enabled", lambda t: t.backends.mkldnn.enabled),
    ("torch.default_dtype", lambda t: str(t.get_default_dtype())),
    ("torch.initial_seed", lambda t: t.initial_seed()),
    ("torch.autocast", lambda t: bool(t.is_autocast_enabled())),
)


def read():
    """Every setting that can be read without starting a device."""
    values = {name: os.environ.get(name) for name in VARIABLES}
    values["python.hash_randomization"] = bool(sys.flags.hash_randomization)
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "get_num_threads"):
        for name, getter in GETTERS:
            try:
                values[name] = getter(torch)
            except Exception:
                pass  # an older or newer torch without it
        _tf32(values)
    values.update(_tensorflow())
    values.update(_jax())
    return values


def _tf32(values):
    """A program that sets TF32 by ``fp32_precision`` (torch 2.9) makes the older names refuse to answer."""
    for old, new in (
        ("torch.matmul.allow_tf32", "torch.matmul.fp32_precision"),
        ("torch.cudnn.allow_tf32", "torch.cudnn.conv.fp32_precision"),
    ):
        if values.get(old) is None and values.get(new) is not None:
            values[old] = values[new] == "tf32"


def _tensorflow():
    config = sys.modules.get("tensorflow.python.framework.config")
    found = {}
    for name, ask in (
        ("op_determinism", "is_op_determinism_enabled"),
        ("tf32", "tensor_float_32_execution_enabled"),
    ):
        if hasattr(config, ask):
            found["tensorflow." + name] = bool(getattr(config, ask)())
    return found


JAX = ("jax_enable_x64", "jax_default_matmul_precision", "jax_default_prng_impl", "jax_threefry_partitionable")


def _jax():
    config = getattr(sys.modules.get("jax"), "config", None)
    return {"jax." + name[4:]: getattr(config, name) for name in JAX if hasattr(config, name)}


def report(when):
    """Write the settings down; *when* is ``start`` (of training) or ``exit``."""
    events.emit("settings", {"when": when, "values": read()}, now=True)


def devices():
    """What CUDA says of itself, if the program started it; it is never started by us."""
    torch = sys.modules.get("torch")
    try:
        if torch is None or not torch.cuda.is_initialized():
            return None
        found = []
        for index in range(torch.cuda.device_count()):
            about = torch.cuda.get_device_properties(index)
            peak = torch.cuda.max_memory_allocated(index)
            found.append({"name": about.name, "memory": about.total_memory, "peak": peak, "index": index})
        return {
            "gpus": found,
            "cuda": torch.version.cuda or torch.version.hip or "",
            "cudnn": str(torch.backends.cudnn.version() or ""),
        }
    except Exception:
        return None


_early = {}  # what site.py imported for `.pth` files before the program: name -> module
_parts = frozenset(sys.modules)


def install():
    """Remember which packages are there before the program's first line."""
    there = list(sys.modules.items())
    _early.update({n: m for n, m in there if "." not in n and "-packages/" in (getattr(m, "__file__", None) or "")})


def _unused():
    """Of the early packages, those that nothing imported since then refers to: no module, function or class of them."""
    left = {name for name in _early if not name.startswith("_")}
    left -= {name.partition(".")[0] for name in sys.modules if "." in name and name not in _parts}
    if left:
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] not in _early and not name.startswith("_artifactpack_inside"):
                left -= _homes_of(list(getattr(module, "__dict__", {}).values()))
    return left | {name for name in _early if name.startswith("_")}


def _homes_of(values):
    """The top-level packages of the modules, functions and classes among *values*."""
    names = [v.__name__ for v in values if v.__class__ is _MODULE]
    names += [v.__module__ for v in values if v.__class__ in (_FUNCTION, type)]
    return {name.partition(".")[0] for name in names if isinstance(name, str)}


_MODULE, _FUNCTION = type(sys), type(_homes_of)


def _owned(name):
    """Whether one distribution owns the module *name*: a top-level one, or one right below namespaces without a file
    (``google.protobuf``, ``opentelemetry.sdk.trace``), which several distributions share."""
    top, dot, _ = name.partition(".")
    if not dot:
        return True
    if getattr(sys.modules.get(top), "__file__", "") is not None:
        return False  # nearly all: a part of a package that has an owner
    parts = name.split(".")
    above = (".".join(parts[:depth]) for depth in range(1, len(parts)))
    return len(parts) <= 3 and all(getattr(sys.modules.get(parent), "__file__", "") is None for parent in above)


def file_of(module):
    """A module's file, "" for one without, and for those that only say a name (``torch.ops``: ``_ops.py``)."""
    path = getattr(module, "__file__", None)
    return path if isinstance(path, str) and (path[:1] == "/" or os.path.isfile(path)) else ""


def modules():
    """The project's modules by file, and the top-level packages from elsewhere with the folder they came from."""
    own, packages = [], {}
    unused = _unused()
    from . import where

    for name, module in list(sys.modules.items()):
        path = file_of(module)
        if not path or name.startswith("_artifactpack_inside"):
            continue
        relative = where.below(path)
        if relative is not None:
            own.append(relative)
        elif _owned(name) and "-packages/" in path and name not in unused:
            version = getattr(module, "__dict__", {}).get("__version__", "")
            packages[name] = [path, version if isinstance(version, str) else ""]
    return {"own": own, "packages": packages}
