"""Patch a module right after it is imported, without being seen: the module keeps its own spec and loader."""

import sys

from . import where

_wanted = {}
_absent = set()  # asked for in vain: programs ask again at every step, and each search goes through all folders

_depth = [0]
_around = []  # (before, after): called around each import of a library by the project's own code


class Finder:
    """First on ``sys.meta_path``: answers only with what the others would have answered."""

    @staticmethod
    def find_spec(fullname, path=None, target=None):
        if (fullname, len(sys.path)) in _absent or (_depth[0] and fullname not in _wanted):
            return None
        for finder in sys.meta_path:
            if finder is Finder:
                continue
            find = getattr(finder, "find_spec", None)
            spec = find(fullname, path, target) if find else None
            if spec is not None:
                _arm(fullname, spec)
                return spec
        if fullname not in _wanted:
            _absent.add((fullname, len(sys.path)))  # a longer path may have it
        return None


def _arm(fullname, spec):
    """Wrap this one import of *fullname*: its patch runs right after it, and draws during it are not the project's."""
    loader = spec.loader
    run = getattr(loader, "exec_module", None)
    if run is None or isinstance(loader, type):
        return
    library = where.below(spec.origin or "<") is None
    if not library and fullname not in _wanted:
        return

    def exec_module(module):
        try:
            del loader.exec_module
        except AttributeError:
            pass
        outer = library and not _depth[0]
        before = [_call(pair[0]) for pair in _around] if outer else ()
        _depth[0] += library
        try:
            run(module)
        finally:
            _depth[0] -= library
            _patch(fullname, module)
            for pair, told in zip(_around, before):
                _call(pair[1], told)

    try:
        loader.exec_module = exec_module
    except AttributeError:
        pass


def _call(function, *args):
    try:
        return function(*args)
    except Exception:
        return None


def around_imports(before, after):
    """Call ``before()`` and ``after(its result)`` around each import of a library by the project."""
    _around.append((before, after))


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
    for field in ("__module__", "__name__", "__qualname__", "__doc__"):
        try:
            setattr(wrapper, field, getattr(original, field))
        except (AttributeError, TypeError):
            pass
    try:
        wrapper.__dict__.update(getattr(original, "__dict__", {}))
        wrapper.__wrapped__ = original
    except Exception:
        pass
