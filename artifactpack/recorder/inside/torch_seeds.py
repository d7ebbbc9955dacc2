"""Seeding of torch: the global CPU generator, CUDA's, and generators of one's own."""

import sys

from . import events, hooks, seeds


def install():
    hooks.after_import("torch", patch)


def patch(torch):
    watched = seeds.Watched("torch", lambda: torch.default_generator.get_state().numpy().tobytes())
    _patch_global(torch, watched)
    _patch_cuda(torch)
    _patch_generator(torch)


def _patch_global(torch, watched):
    for name in ("manual_seed", "seed"):
        wrapper = _quiet_call(getattr(torch, name), name, watched)
        setattr(torch, name, wrapper)
        setattr(torch.random, name, wrapper)


def _quiet_call(original, name, watched):
    def wrapper(*args, **kwargs):
        drawn = watched.drawn()
        seeds._quiet[0] += 1
        try:
            result = original(*args, **kwargs)
        finally:
            seeds._quiet[0] -= 1
        try:
            watched.now_seeded()
            if name == "seed":
                seeds.unseeded("torch", "torch.seed")
            else:
                seeds.seeded("torch", "torch.manual_seed", args[0] if args else kwargs.get("seed"), drawn)
        except Exception:
            pass
        return result

    hooks.disguise(wrapper, original)
    return wrapper


def _patch_cuda(torch):
    """``torch.manual_seed`` seeds CUDA too; only calls of one's own are noted."""
    for name in ("manual_seed", "manual_seed_all"):
        _cuda_call(torch, name)


def _cuda_call(torch, name):
    original = getattr(torch.cuda, name)

    def wrapper(seed, *args, **kwargs):
        try:
            drawn = _cuda_drawn(torch)
            seeds.seeded("torch.cuda", "torch.cuda." + name, seed, drawn)
        except Exception:
            pass
        return original(seed, *args, **kwargs)

    hooks.disguise(wrapper, original)
    setattr(torch.cuda, name, wrapper)
    setattr(torch.cuda.random, name, wrapper)


def _cuda_drawn(torch):
    """The philox offset of a CUDA generator is zero until numbers are drawn; CUDA is never started by us."""
    if not torch.cuda.is_initialized():
        return False
    offset = getattr(torch.cuda.default_generators[torch.cuda.current_device()], "get_offset", None)
    return None if offset is None else bool(offset())


def _patch_generator(torch):
    """``torch.Generator`` is a C type whose methods can only be replaced in its dictionary; nothing else changes."""
    import ctypes
    import gc

    kind = torch._C.Generator
    table = gc.get_referents(kind.__dict__)[0]
    if type(table) is not dict or "manual_seed" not in table:
        raise LookupError("torch.Generator has no method table")
    original, entropy = table["manual_seed"], table["seed"]

    def manual_seed(self, seed):
        if not seeds._quiet[0]:
            seeds.seeded("torch.Generator", "torch.Generator.manual_seed", seed)
        return original(self, seed)

    def seed(self):
        if not seeds._quiet[0]:
            seeds.unseeded("torch.Generator", "torch.Generator.seed")
        return entropy(self)

    hooks.disguise(manual_seed, original)
    hooks.disguise(seed, entropy)
    table["manual_seed"], table["seed"] = manual_seed, seed
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
    _prove(torch, table, original, entropy)


def _prove(torch, table, original, entropy):
    """If a patched generator does not seed as before, put everything back."""
    seeds._quiet[0] += 1
    try:
        ok = torch.Generator().manual_seed(11).initial_seed() == 11
    except Exception:
        ok = False
    finally:
        seeds._quiet[0] -= 1
    if not ok:
        table["manual_seed"], table["seed"] = original, entropy
        events.emit("unpatched", {"module": "torch.Generator", "why": repr(sys.exc_info()[1])})
