"""Every operator within the window: its inputs, its output, and the project's line that called it."""

import sys
import threading

from . import hooks, prints, where
from . import trace_log as log

UNINITIALISED = ("aten.empty", "aten.new_empty", "aten.resize", "aten.set_", "profiler.", "prim.")
ON_ITS_WAY = ("c10d.", "_c10d_functional.all", "_c10d_functional.reduce", "_c10d_functional.broadcast")  # from ranks
_views = {}


def enter():
    """From here on every operator of the main thread passes through us, once torch is there."""
    torch = sys.modules.get("torch")
    if (
        "mode" in log.state
        or not log.now["open"]
        or torch is None
        or threading.current_thread() is not threading.main_thread()
    ):
        return
    from torch.utils import _python_dispatch as dispatch

    class Tracer(dispatch.TorchDispatchMode):
        supports_higher_order_operators = True

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            return _operator(torch, func, args, kwargs or {})

    log.state["mode"] = Tracer()
    log.state["mode"].__enter__()


def _operator(torch, func, args, kwargs):
    if log.busy[0]:
        return func(*args, **kwargs)
    name = str(func)
    if hooks._depth[0] or name.startswith(UNINITIALISED + ON_ITS_WAY) or _is_view(func):
        return func(*args, **kwargs)
    before = _arguments(torch, args, kwargs)
    result = func(*args, **kwargs)
    try:
        outputs = result if isinstance(result, (tuple, list)) else (result,)
        after = [log.fingerprint(item) for item in outputs if isinstance(item, torch.Tensor)] or [prints.of(result, 1)]
        path, line, _ = where.caller(2)
        log.note(["o", name, path, line, after, before, torch.get_num_threads()])
    except Exception:
        pass
    return result


def _is_view(func):
    """Whether an operator only looks at its input in another shape: it computes nothing that could differ."""
    known = _views.get(func)
    if known is None:
        try:
            infos = [returned.alias_info for returned in func._schema.returns]
            known = any(info is not None and not info.is_write for info in infos)
        except Exception:
            known = False
        _views[func] = known
    return known


def _arguments(torch, args, kwargs):
    try:
        told = []
        for item in list(args) + list(kwargs.values()):
            if isinstance(item, torch.Tensor):
                told.append(log.fingerprint(item))
            elif isinstance(item, (list, tuple)):
                told += [log.fingerprint(part) for part in item[:16]]
            else:
                told.append(log.fingerprint(item))
        return told[:24]
    except Exception:
        return []
