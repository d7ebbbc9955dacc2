"""Patch a module right after it is imported, without being seen: the module keeps its own spec and loader."""

import sys

_wanted = {}


class Finder:
    """First on ``sys.meta_path``: answers only for wanted names, and only with what the others would have answered."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        if fullname not in _wanted:
            return None
        for finder in sys.meta_path:
            if finder is Finder:
                continue
            find = getattr(finder, "find_spec", None)
            spec = find(fullname, path, target) if find else None
            if spec is not None:
                _arm(fullname, spec)
                return spec
        return None


def _arm(fullname, spec):
    loader = spec.loader
    run = getattr(loader, "exec_module", None)
    if run is None:
        return

    def exec_module(module):
        try:
            del loader.exec_module
        except AttributeError:
            pass
        run(module)
        _patch(fullname, module)

    try:
        loader.exec_module = exec_module
    except AttributeError:
        pass


def _patch(fullname, module):
    for function in _wanted.pop(fullname, ()):
        try:
            function(module)
        except Exception:
            from . import events

            events.emit("unpatched", {"module": fullname, "why": repr(sys.exc_info()[1])[:200]})


def after_import(fullname, function):
    """Call ``function(module)`` once *fullname* has been imported (at once if it is there already)."""
    _wanted.setdefault(fullname, []).append(function)
    module = sys.modules.get(fullname)
    if module is not None:
        _patch(fullname, module)


def install():
    sys.meta_path.insert(0, Finder)


def wrap(owner, attribute, before=None, after=None):
    """Replace a function by one that also tells us; errors of ours never reach the caller."""
    original = getattr(owner, attribute)

    def wrapper(*args, **kwargs):
        if before is not None:
            try:
                before(args, kwargs)
            except Exception:
                pass
        result = original(*args, **kwargs)
        if after is not None:
            try:
                after(args, kwargs, result)
            except Exception:
                pass
        return result

    disguise(wrapper, original)
    setattr(owner, attribute, wrapper)
    return original


def disguise(wrapper, original):
    """Give *wrapper* the name, documentation and signature of *original*."""
    for field in ("__module__", "__name__", "__qualname__", "__doc__", "__defaults__", "__kwdefaults__"):
        if field in ("__defaults__", "__kwdefaults__"):
            continue
        try:
            setattr(wrapper, field, getattr(original, field))
        except (AttributeError, TypeError):
            pass
    try:
        wrapper.__dict__.update(getattr(original, "__dict__", {}))
        wrapper.__wrapped__ = original
    except Exception:
        pass
