"""Two runs of one seed differ: fingerprints of the parameters step by step, or of everything within a window of steps.

``steps`` mode notes a fingerprint of all parameters after sampled optimizer steps. ``window`` mode traces every
operator (inputs, output) and every line of the project (the values its names have) between two steps, then stops the
program: what comes later cannot be the first difference.
"""

import os
import sys

from . import events, hooks, prints, where
from . import trace_lines as lines
from . import trace_log as log
from . import trace_operators as operators

_last = [None]  # the optimizer of a step whose fingerprint has not been told
AHEAD = 64  # steps that loader workers may run ahead of training


def install(order):
    """*order* is ``steps:EVERY`` or ``window:FIRST:LAST``, or ``window:all`` for a program without steps."""
    parts = order.split(":")
    log.now["mode"] = parts[0]
    if parts[0] == "steps":
        log.now["every"] = int(parts[1])
    else:
        log.now["first"], log.now["last"] = (0, 1 << 60) if parts[1] == "all" else (int(parts[1]), int(parts[2]))
    os.environ["ARTIFACTPACK_CENSUS"] = "0"
    log.share()
    os.register_at_fork(after_in_parent=log.forked, after_in_child=_born)
    events.on_flush(log.write)
    hooks.after_import("torch.optim.optimizer", _patch)
    if log.now["mode"] == "window":
        hooks.around_imports(_pause, _resume)
        if not log.now["first"]:
            _open()


def _pause():
    """A library is being imported: its lines and operators are not the program's."""
    tracing = sys.gettrace() is not None
    sys.settrace(None)
    return tracing


def _resume(tracing):
    if tracing:
        operators.enter()
        sys.settrace(lines.call)


def _born():
    log.born()
    _last[0] = None
    if log.now["mode"] == "window":
        sys.settrace(lines.call)


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
    log.busy[0] = True
    try:
        return "%x" % prints.total(sys.modules["torch"], _parameters(optimizer))
    finally:
        log.busy[0] = False


def _before(optimizer, args, kwargs):
    try:
        if log.now["step"] == 0 and log.now["mode"] == "steps":
            events.emit("fp", {"step": 0, "sum": _fingerprint(optimizer)})
    except Exception:
        pass


def _after(optimizer, args, kwargs):
    try:
        log.now["step"] += 1
        step = log.now["step"]
        if log.now["mode"] == "steps":
            _last[0] = None if step <= 20 or step % log.now["every"] == 0 else optimizer
            if _last[0] is None:
                events.emit("fp", {"step": step, "sum": _fingerprint(optimizer)})
        else:
            _advance(step)
    except Exception:
        pass


def leaving():
    """At exit: the fingerprint after the last step, which need not have been a sampled one."""
    if _last[0] is not None:
        events.put({"t": "fp", "step": log.now["step"], "sum": _fingerprint(_last[0])})


def _advance(step):
    if log.flag[0] is not None and step >= log.now["first"] - AHEAD:
        log.flag[0][0] = 1
    if step >= log.now["last"]:
        _stop()
    elif step >= log.now["first"] and not log.now["open"]:
        _open()


def _stop():
    """The window is over: leave without running anything more."""
    sys.settrace(None)
    events.put({"t": "stopped", "step": log.now["step"]})
    from . import start

    start.leaving()
    os._exit(0)


# -- the window ---------------------------------------------------------------------------------------------------


def _open():
    log.now["open"] = True
    if log.flag[0] is not None:
        log.flag[0][0] = 1
    operators.enter()
    sys.settrace(lines.call)
    frame = sys._getframe(1)
    while frame is not None:
        if where._known(frame.f_code.co_filename)[0] == "project":
            frame.f_trace = lines.line
        frame = frame.f_back
