"""Every seeding of random, numpy, torch, TensorFlow and JAX: value, line, and whether numbers had been drawn before."""

import sys

from . import events, hooks, settings, where

_sites = {}
_quiet = [0]
_never = {}  # generator → function that tells whether it was drawn from since the last look


def seeded(rng, call, value, drawn=None, depth=3):
    """Note that *rng* got *value*; the same line is written down at most twenty times."""
    if _quiet[0]:
        return
    path, line, how = where.caller(depth)
    if how == "import":
        return  # a library seeds a generator of its own while it is imported
    key = (rng, call, path, line)
    _sites[key] = _sites.get(key, 0) + 1
    if _sites[key] <= 20:
        fields = {"rng": rng, "call": call, "value": plain(value), "path": path, "line": line, "how": how}
        if drawn is not None:
            fields["drawn"] = drawn
        events.emit("seed", fields)


def unseeded(rng, call, depth=3):
    """Note a generator made from the system's entropy, unless the standard library or an import made it."""
    if _quiet[0]:
        return
    path, line, how = where.caller(depth)
    if how in ("stdlib", "import") or not path:
        return
    key = (rng, call, path, line)
    _sites[key] = _sites.get(key, 0) + 1
    if _sites[key] <= 3:
        events.emit("unseeded", {"rng": rng, "call": call, "path": path, "line": line, "how": how})


def plain(value):
    """A seed as JSON: whole numbers and short strings as they are, anything else by its repr."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    try:
        if hasattr(value, "__index__"):
            return int(value)
    except Exception:
        pass
    return value[:80] if isinstance(value, str) else repr(value)[:80]


class Watched:
    """A global generator: has it been drawn from since it was last seeded (or since the start)?"""

    def __init__(self, rng, state):
        self.rng, self.state, self.seeded = rng, state, False
        self.last = self._state()
        _never[rng] = self

    def _state(self):
        try:
            return self.state()
        except Exception:
            return None

    def drawn(self):
        now = self._state()
        return None if now is None or self.last is None else now != self.last

    def now_seeded(self):
        self.last, self.seeded = self._state(), True


def _before_import():
    return {rng: watched.drawn() for rng, watched in _never.items()}


def _after_import(before):
    """A library that draws while it is imported (some do) does not spoil the seed that comes later."""
    for rng, watched in _never.items():
        if before is not None and not before.get(rng) and watched.drawn():
            watched.last = watched._state()


def leaving():
    """At exit: global generators that were drawn from and never seeded, by a process that runs the project's code."""
    drawn = [rng for rng, watched in _never.items() if not watched.seeded and watched.drawn()]
    for rng in drawn if drawn and _runs_project() else ():
        events.put({"t": "unseeded", "rng": rng, "call": "global generator", "path": "", "line": 0, "how": ""})


def _runs_project():
    """A launcher like torchrun's draws names and ports for itself; what ``-c`` and stdin give is the project's."""
    if getattr(sys.modules.get("__main__"), "__file__", None) is None:
        return True
    return any(where.below(settings.file_of(module) or "<") is not None for module in list(sys.modules.values()))


def after_fork():
    for watched in _never.values():
        watched.last = None  # the standard library itself reseeds ``random`` in a forked child
    _sites.clear()


# -- random -----------------------------------------------------------------------------------------------------


def patch_random(module):
    hidden = module._inst
    watched = Watched("random", hidden.getstate)
    own = module.Random.seed

    def seed(self, a=None, *args, **kwargs):
        drawn = watched.drawn() if self is hidden else None
        result = own(self, a, *args, **kwargs)
        try:
            _random_seeded(self is hidden, a, drawn)
            if self is hidden:
                watched.now_seeded()
        except Exception:
            pass
        return result

    hooks.disguise(seed, own)
    module.Random.seed = seed
    module.seed = hidden.seed


def _random_seeded(shared, value, drawn):
    call = "random.seed" if shared else "random.Random"
    if value is None:
        unseeded("random", call, 4)
    else:
        seeded("random", call, value, drawn, 4)


# -- numpy ------------------------------------------------------------------------------------------------------

_entropy = [None, None]  # the last number taken from the system, and the line that took it


def patch_numpy(module):
    """After ``numpy.random``: its C code looks these helpers up in its modules' globals, so all makers pass here."""
    bits = sys.modules["numpy.random.bit_generator"]
    twister = sys.modules["numpy.random._mt19937"]
    watched = Watched("numpy", lambda: _legacy_state(module))
    _patch_entropy(bits)
    _patch_coerce(bits)
    twister.operator = _Operator(twister.operator)
    _patch_legacy_seed(module, watched)


def _legacy_state(module):
    state = module.get_state(legacy=False)
    inner = state["state"]
    return (inner["key"].tobytes(), inner["pos"], state["has_gauss"])


def _patch_entropy(bits):
    original = bits.randbits

    def randbits(*args):
        value = original(*args)
        try:
            _settle()
            if not _quiet[0]:
                path, line, how = where.caller(2)
                _entropy[0], _entropy[1] = value, (path, line, how)
        except Exception:
            pass
        return value

    bits.randbits = hooks_disguised(randbits, original)


def hooks_disguised(wrapper, original):
    hooks.disguise(wrapper, original)
    return wrapper


def _settle():
    """The last generator that drew from the system's entropy got no seed afterwards: it is an unseeded one."""
    site, _entropy[0], _entropy[1] = _entropy[1], None, None
    if site is None or site[2] in ("stdlib", "import") or not site[0]:
        return
    key = ("numpy.Generator", "unseeded", site[0], site[1])
    _sites[key] = _sites.get(key, 0) + 1
    if _sites[key] <= 3:
        fields = {"rng": "numpy.Generator", "call": "no seed given", "path": site[0], "line": site[1], "how": site[2]}
        events.emit("unseeded", fields)


def _patch_coerce(bits):
    original = bits._coerce_to_uint32_array
    inside = [0]

    def _coerce_to_uint32_array(x):
        if inside[0] or _quiet[0] or x is _entropy[0] or x.__class__ is tuple:
            return original(x)
        inside[0] = 1
        try:
            seeded("numpy.Generator", "numpy.random.SeedSequence", x, None, 3)
        except Exception:
            pass
        try:
            return original(x)
        finally:
            inside[0] = 0

    bits._coerce_to_uint32_array = hooks_disguised(_coerce_to_uint32_array, original)


class _Operator:
    """Stands for the ``operator`` module in numpy's Mersenne twister, which asks it for every legacy seed."""

    def __init__(self, original):
        self._original = original

    def index(self, value):
        try:
            _legacy_seeded(value)
        except Exception:
            pass
        return self._original.index(value)

    def __getattr__(self, name):
        return getattr(self._original, name)


def _legacy_seeded(value):
    if _entropy[1] is not None and _entropy[1][:2] == where.caller(3)[:2]:
        _entropy[0] = _entropy[1] = None  # RandomState(seed) first makes an unseeded twister
    seeded("numpy", "numpy.random.RandomState", value, None, 4)


def _patch_legacy_seed(module, watched):
    original = module.seed

    def seed(*args, **kwargs):
        drawn = watched.drawn()
        _quiet[0] += 1
        try:
            result = original(*args, **kwargs)
        finally:
            _quiet[0] -= 1
        try:
            watched.now_seeded()
            value = args[0] if args else kwargs.get("seed")
            if value is None:
                unseeded("numpy", "numpy.random.seed")
            else:
                seeded("numpy", "numpy.random.seed", value, drawn)
        except Exception:
            pass
        return result

    hooks.disguise(seed, original)
    module.seed = seed
    mtrand = sys.modules.get("numpy.random.mtrand")
    if mtrand is not None:
        mtrand.seed = seed


# -- TensorFlow and JAX -----------------------------------------------------------------------------------------


def patch_tensorflow(module):
    """The one function behind ``tf.random.set_seed`` and Keras's ``set_random_seed``, whichever way they get to it.

    Nothing of ``tf.keras`` is touched: looking at it would load Keras.
    """
    _note_first(module, "set_seed", "tensorflow", "tf.random.set_seed")


def patch_jax(module):
    for name in ("PRNGKey", "key"):
        if hasattr(module, name):
            _note_first(module, name, "jax", "jax.random." + name)


def _note_first(owner, name, rng, call):
    def before(args, kwargs):
        value = args[0] if args else kwargs.get("seed")
        seeded(rng, call, value, None, 4)

    hooks.wrap(owner, name, before)


def install():
    hooks.after_import("random", patch_random)
    hooks.after_import("numpy.random", patch_numpy)
    hooks.after_import("tensorflow.python.framework.random_seed", patch_tensorflow)
    hooks.after_import("jax.random", patch_jax)
    hooks.around_imports(_before_import, _after_import)
    events.on_flush(_settle)
