"""What a parameter's name says: that it is a seed, or only the name of a run or place."""

from __future__ import annotations

from artifactpack.patterns import late

_SEED = late(r"(?:random_?|global_?|rng_?|manual_?|np_?|numpy_?|torch_?|base_?)?(?:seed|random_state|seed_everything)")
_PART = late(r"[./|]|__")
_NOISE = late(
    r"(?:run|exp(?:eriment)?|job)_?(?:name|id|num)|(?:out|output|save|log|work|work_?ing|checkpoint|ckpt|result)s?_?"
    r"(?:dir|path|folder|root|file)?|time_?stamp|date|host(?:name)?|user(?:name)?|device|gpu(?:_?ids?)?|resume|notes?|tags?"
)


def last_part(name: str) -> str:
    """``model.optimizer/lr`` → ``lr``."""
    return _PART.split(name.lower())[-1].replace("-", "_")


def is_seed(name: str) -> bool:
    """Whether a parameter's name says that it is a seed."""
    return _SEED.fullmatch(last_part(name)) is not None


def is_noise(name: str) -> bool:
    """Whether a parameter only names a run or a place, and so does not change its result."""
    return _NOISE.fullmatch(last_part(name)) is not None
