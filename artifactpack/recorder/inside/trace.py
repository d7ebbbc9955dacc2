"""Two runs of one seed differ: fingerprints of the parameters step by step, or of everything within a window of steps.

``steps`` mode notes a fingerprint of all parameters after sampled optimizer steps. ``window`` mode traces every
operator (inputs, output) and every line of the project (the values its names have) between two steps, then stops the
program: what comes later cannot be the first difference.
"""

import mmap
import os
import re
import sys
import threading

from . import events, hooks, prints, where

NAME = re.compile(r"(?<![\w.\"'])(?:self\.)?[A-Za-z_]\w*")
UNINITIALISED = ("aten.empty", "aten.new_empty", "aten.resize", "aten.set_", "profiler.", "prim.")
LIMIT = 400000
_now = {"mode": "", "step": 0, "every": 1, "first": 0, "last": 0, "open": False, "serial": "0", "children": 0}
_entries = []
_count = [0]
_busy = [False]
_sources = {}
_views = {}
_state = {}
_flag = [None]


def install(order):
    """*order* is ``steps:EVERY`` or ``window:FIRST:LAST``, or ``window:all`` for a program without steps."""
    parts = order.split(":")
    _now["mode"] = parts[0]
    if parts[0] == "steps":
        _now["every"] = int(parts[1])
    else:
        _now["first"], _now["last"] = (0, 1 << 60) if parts[1] == "all" else (int(parts[1]), int(parts[2]))
    os.environ["ARTIFACTPACK_CENSUS"] = "0"
    _share()
    os.register_at_fork(after_in_parent=_forked, after_in_child=_born)
    events.on_flush(_write)
    hooks.after_import("torch.optim.optimizer", _patch)
    if _now["mode"] == "window":
        hooks.around_imports(_pause, _resume)
        if not _now["first"]:
            _open()


def _pause():
    """A library is being imported: its lines and operators are not the program's."""
    tracing = sys.gettrace() is not None
    sys.settrace(None)
    return tracing


def _resume(tracing):
    if tracing:
        _enter()
        sys.settrace(_call)


def _share():
    """One byte that all processes see: whether the window is open. Workers work ahead of the step they serve."""
    path = os.path.join(events.folder, "window")
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if os.fstat(fd).st_size == 0:
        os.write(fd, b"\0")
    _flag[0] = mmap.mmap(fd, 1)
    os.close(fd)


def _forked():
    _now["children"] += 1


def _born():
    _now["serial"] = "%s.%d" % (_now["serial"], _now["children"])
    _now["children"] = 0
    del _entries[:]
    _count[0] = 0
    mode = _state.get("mode")
    _state.clear()
    if mode is not None:
        _state["mode"] = mode  # the forking thread's operator mode is this one's too
    if _now["mode"] == "window":
        sys.settrace(_call)


# -- steps --------------------------------------------------------------------------------------------------------


def _patch(module):
    before = getattr(module, "register_optimizer_step_pre_hook", None)
    after = getattr(module, "register_optimizer_step_post_hook", None)
    if before is None or after is None:
        return
    before(_before)
    after(_after)


def _parameters(optimizer):
    return [p for group in optimizer.param_groups for p in group["params"]]


def _fingerprint(optimizer):
    _busy[0] = True
    try:
        return "%x" % prints.total(sys.modules["torch"], _parameters(optimizer))
    finally:
        _busy[0] = False


def _before(optimizer, args, kwargs):
    try:
        if _now["step"] == 0 and _now["mode"] == "steps":
            events.emit("fp", {"step": 0, "sum": _fingerprint(optimizer)})
    except Exception:
        pass


def _after(optimizer, args, kwargs):
    try:
        _now["step"] += 1
        step = _now["step"]
        if _now["mode"] == "steps":
            if step <= 20 or step % _now["every"] == 0:
                events.emit("fp", {"step": step, "sum": _fingerprint(optimizer)})
        else:
            _advance(step)
    except Exception:
        pass


AHEAD = 64  # steps that loader workers may run ahead of training


def _advance(step):
    if _flag[0] is not None and step >= _now["first"] - AHEAD:
        _flag[0][0] = 1
    if step >= _now["last"]:
        _stop()
    elif step >= _now["first"] and not _now["open"]:
        _open()


def _stop():
    """The window is over: leave without running anything more."""
    sys.settrace(None)
    events.put({"t": "stopped", "step": _now["step"]})
    from . import start

    start.leaving()
    os._exit(0)


# -- the window ---------------------------------------------------------------------------------------------------


def _open():
    _now["open"] = True
    if _flag[0] is not None:
        _flag[0][0] = 1
    _enter()
    sys.settrace(_call)
    frame = sys._getframe(1)
    while frame is not None:
        if where._known(frame.f_code.co_filename)[0] == "project":
            frame.f_trace = _line
        frame = frame.f_back


def _enter():
    torch = sys.modules.get("torch")
    if (
        "mode" in _state
        or not _now["open"]
        or torch is None
        or threading.current_thread() is not threading.main_thread()
    ):
        return
    from torch.utils import _python_dispatch as dispatch

    class Tracer(dispatch.TorchDispatchMode):
        supports_higher_order_operators = True

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            return _operator(torch, func, args, kwargs or {})

    _state["mode"] = Tracer()
    _state["mode"].__enter__()


def _operator(torch, func, args, kwargs):
    if _busy[0]:
        return func(*args, **kwargs)
    name = str(func)
    if hooks._depth[0] or name.startswith(UNINITIALISED) or _is_view(func):
        return func(*args, **kwargs)
    before = _arguments(torch, args, kwargs)
    result = func(*args, **kwargs)
    try:
        outputs = result if isinstance(result, (tuple, list)) else (result,)
        after = [_print(item) for item in outputs if isinstance(item, torch.Tensor)] or [prints.of(result, 1)]
        path, line, _ = where.caller(2)
        _note(["o", name, path, line, after, before, torch.get_num_threads()])
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
                told.append(_print(item))
            elif isinstance(item, (list, tuple)):
                told += [_print(part) for part in item[:16]]
            else:
                told.append(_print(item))
        return told[:24]
    except Exception:
        return []


def _print(value):
    _busy[0] = True
    try:
        return prints.of(value, 1)
    finally:
        _busy[0] = False


def _note(entry):
    if _count[0] >= LIMIT:
        return
    _count[0] += 1
    _entries.append(entry)
    if len(_entries) >= 2000 or _now["serial"] != "0":  # a worker is ended without warning
        events.flush()


def _write():
    if _entries:
        batch = _entries[:]
        del _entries[: len(batch)]
        events.put({"t": "trace", "serial": _now["serial"], "e": batch})


# -- lines --------------------------------------------------------------------------------------------------------


def _call(frame, event, arg):
    if not _flag[0][0]:
        return None
    kind = _known(frame.f_code.co_filename)
    if kind[0] != "project":
        return None
    try:
        if "mode" not in _state and not _now["open"]:
            _now["open"] = True
            _enter()
        code = frame.f_code
        if code.co_name[:1] != "<":
            names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            _log(frame, kind[1], code.co_firstlineno, [n for n in names if n != "self"], "c")
        _state[id(frame)] = frame.f_lineno
    except Exception:
        pass
    return _line


_known = where._known


def _line(frame, event, arg):
    try:
        key = id(frame)
        if event == "exception":
            return _line
        previous = _state.get(key)
        path = _known(frame.f_code.co_filename)[1]
        if previous is not None:
            _log(frame, path, previous, _names(frame.f_code.co_filename, previous), "l")
        if event == "return":
            _state.pop(key, None)
            _note(["r", path, frame.f_lineno, {"return": _print(arg)}])
        else:
            _state[key] = frame.f_lineno
    except Exception:
        pass
    return _line


def _log(frame, path, line, names, kind):
    local = frame.f_locals
    told = {}
    for name in names:
        if name[:5] == "self.":
            inner = getattr(local.get("self"), "__dict__", {})
            if name[5:] in inner:
                told[name] = _print(inner[name[5:]])
        elif name in local:
            told[name] = _print(local[name])
    told = {name: value for name, value in told.items() if value[:1] != "?"}
    _note([kind, path, line, told])


def _names(filename, line):
    """The names that a line of source mentions, each once."""
    if filename not in _sources:
        try:
            path = filename if filename[:1] == "/" else os.path.join(events.first_cwd, filename)
            with open(path, "rb") as file:
                _sources[filename] = file.read().decode("utf-8", "replace").split("\n")
        except Exception:
            _sources[filename] = []
    lines = _sources[filename]
    key = (filename, line)
    if key not in _sources:
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        _sources[key] = list(dict.fromkeys(NAME.findall(text)))[:24]
    return _sources[key]
