"""What training does: settings at its first step, mixed precision, and a census of its first operators."""

import os

from . import events, hooks, settings, where

CENSUS_STEPS = 20
_state = {"steps": 0, "mode": None, "done": False, "compiled": False}


def install():
    hooks.after_import("torch", _patch_torch)
    hooks.after_import("torch.optim.optimizer", _patch_optimizer)
    hooks.after_import("torch.amp.autocast_mode", _patch_autocast)


def _patch_torch(torch):
    """A compiled program is left alone: an operator mode would make torch fall back from its compiled code."""

    def before(args, kwargs):
        _state["compiled"] = True
        _leave()

    if hasattr(torch, "compile"):
        hooks.wrap(torch, "compile", before)


def _patch_optimizer(module):
    register = getattr(module, "register_optimizer_step_pre_hook", None)
    if register is not None:
        register(_step)


def _step(optimizer, args, kwargs):
    """Before each optimizer step; after twenty it returns at once (it cannot go: torch is iterating over its hooks)."""
    if _state["done"]:
        return
    try:
        _state["steps"] += 1
        if _state["steps"] == 1:
            _started()
        if _state["steps"] > CENSUS_STEPS:
            _finish()
    except Exception:
        _finish()


def _started():
    settings.report("start")
    events.emit("modules", settings.modules(), now=True)
    if os.environ.get("ARTIFACTPACK_CENSUS", "1") != "0":
        _enter()


def _finish():
    _state["done"] = True
    _leave()


# -- the census ---------------------------------------------------------------------------------------------------


def _enter():
    from torch.utils import _python_dispatch as dispatch

    if _state["compiled"] or dispatch._get_current_dispatch_mode_stack():
        return
    counts = {}

    class Census(dispatch.TorchDispatchMode):
        supports_higher_order_operators = True

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            counts[func] = counts.get(func, 0) + 1
            return func(*args, **(kwargs or {}))

    mode = Census()
    mode.__enter__()
    _state["mode"], _state["counts"] = mode, counts


def _leave():
    """Leave the mode, but only if it is the innermost one: otherwise the program's own order would be broken."""
    mode = _state["mode"]
    if mode is None:
        return
    from torch.utils import _python_dispatch as dispatch

    stack = dispatch._get_current_dispatch_mode_stack()
    if not stack or stack[-1] is not mode:
        return
    _state["mode"] = None
    mode.__exit__(None, None, None)
    events.emit("census", {"ops": _plain(_state["counts"])}, now=True)


def _plain(counts):
    named = {str(operator): count for operator, count in counts.items()}
    return {name: count for name, count in named.items() if not name.startswith("profiler.")}


# -- mixed precision ----------------------------------------------------------------------------------------------


def _patch_autocast(module):
    """Note the first use of autocast, then be gone."""
    kind = module.autocast
    original = kind.__enter__

    def __enter__(self):  # noqa: N807
        kind.__enter__ = original
        try:
            path, line, _ = where.caller(2)
            if getattr(self, "_enabled", True):
                fields = {"device": str(getattr(self, "device", "")), "dtype": str(getattr(self, "fast_dtype", ""))}
                events.emit("amp", dict(fields, path=path, line=line), now=True)
        except Exception:
            pass
        return original(self)

    hooks.disguise(__enter__, original)
    kind.__enter__ = __enter__


def leaving():
    _finish()


def after_fork():
    """A worker does not train: no census there, and the parent's is the parent's."""
    _state["done"] = True
