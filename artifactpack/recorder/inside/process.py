"""Other processes: forks get a file of their own, children that we cannot follow are named."""

import os

from . import events, files, where

ISOLATING = "IES"


def install():
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)
    files.OTHERS.update({"subprocess.Popen": _popen, "os.exec": _exec, "os.posix_spawn": _spawn, "os.system": _system})
    _patch_exit()


def _after_fork():
    try:
        events.after_fork()
        from . import seeds, training

        for module in (files, seeds, training):
            module.after_fork()
    except Exception:
        pass


def _patch_exit():
    """``os._exit`` skips everything (multiprocessing's workers end so): write down what is left first."""
    original = os._exit

    def _exit(status):
        try:
            from . import start

            start.leaving()
        except Exception:
            pass
        original(status)

    from . import hooks

    hooks.disguise(_exit, original)
    os._exit = _exit


def _popen(args):
    _child(args[0], args[1], args[3], args[2])


def _exec(args):
    _child(args[0], args[1], args[2])
    events.flush()


def _spawn(args):
    _child(args[0], args[1], args[2])


def _system(args):
    _child("sh", ["sh", "-c", args[0]], None)


def _child(executable, argv, environ, cwd=None):
    try:
        argv = [os.fsdecode(part) for part in ([argv] if isinstance(argv, (str, bytes)) else list(argv or []))]
        program = os.path.basename(os.fsdecode(executable or (argv or [""])[0]))
        fields = {"program": program, "argv": [part[:200] for part in argv[:12]]}
        fields["why"] = _lost(program, argv, environ)
        fields["direct"] = where.is_direct()
        fields["cwd"] = os.path.join(os.getcwd(), os.fsdecode(cwd or ""))
        events.emit("child", fields)
    except Exception:
        pass


def _lost(program, argv, environ):
    """Why a child will not be observed, or ''."""
    if environ is not None and "ARTIFACTPACK_EVENTS" not in {os.fsdecode(key) for key in environ}:
        return "started with an environment of its own"
    if not program.startswith(("python", "pypy")):
        return ""
    for part in argv[1:]:
        if part[:1] != "-" or part[:2] in ("--", "-c", "-m"):
            break
        if any(letter in part for letter in ISOLATING):
            return "started with " + part
    return ""
