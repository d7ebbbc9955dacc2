"""Warnings that speak of nondeterminism, as the program itself gets to see them."""

from . import events, hooks

_heard = {}


def install():
    hooks.after_import("warnings", _patch)


def _patch(module):
    original = module._showwarnmsg

    def _showwarnmsg(msg):
        try:
            _hear(msg)
        except Exception:
            pass
        return original(msg)

    hooks.disguise(_showwarnmsg, original)
    module._showwarnmsg = _showwarnmsg


def _hear(msg):
    text = str(msg.message)
    if "determinis" not in text.lower() or text in _heard or len(_heard) > 50:
        return
    _heard[text] = True
    events.emit("warning", {"text": text[:600], "path": msg.filename, "line": msg.lineno})
