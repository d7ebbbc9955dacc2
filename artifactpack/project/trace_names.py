"""Names that say what a call does: decorators that change nothing, what fits, what starts a program."""

from __future__ import annotations

import re

from artifactpack.patterns import late
from artifactpack.project.python_interest import EVERYDAY
from artifactpack.project.words import words

HARMLESS = words(
    "property staticmethod classmethod abstractmethod no_grad inference_mode enable_grad wraps lru_cache cache "
    "contextmanager jit njit "
    "vmap pmap setter getter deleter overload dataclass dataclasses.dataclass cached_property total_ordering "
    "function fixture "
    "attrs define frozen compile script torch_script custom_vjp custom_jvp autocast record typechecked jaxtyped "
    "beartype"
)
TRAIN = frozenset(
    (
        "backward",
        "fit",
        "partial_fit",
        "fit_generator",
        "train_on_batch",
        "apply_gradients",
        "minimize",
        "fit_transform",
    )
)
PREPARES = late(
    r"(?:std|standard|normal|min_?max|robust|data|feature|^|[._])_?scal[ae]r|normali[sz]er|imputer|vectori[sz]er|tokeni[sz]er|"
    r"binari[sz]er|discreti[sz]er|label_?enc|one_?hot|dbscan",
    re.IGNORECASE,
)
"""Objects whose ``fit`` prepares or sorts data by no chance: no experiment yet."""
OPTIMISER = late(r"opt|sgd|adam|scaler|trainer|solver|accelerator", re.IGNORECASE)
TRAIN_FULL = (
    *("jax.value_and_grad", "jax.grad", "Trainer().train", "Trainer().fit"),
    *(
        "optuna.create_study().optimize",
        "study.optimize",
        "xgboost.train",
        "lightgbm.train",
        "estimator.train_and_evaluate",
        "slim.learning.train",
    ),
)
TRAINER = late(
    r"(?:transformers|trl|sentence_transformers|adapters|setfit)\.(?:\w+\.)*\w*Trainer$"
    r"|tensorflow\.(?:\w+\.)*\w*Estimator$|stable_baselines3?\.\w+|sb3_contrib\.\w+"
)
"""Objects of a library that fit when told to: ``train`` and ``learn`` then mean what they say."""
TOLD = frozenset(("train", "learn", "train_and_evaluate"))
DYNAMIC = late(r"^globals$|(?:eval|getattr)\(\)$|(?:globals|locals|vars)\(\)")
"""A class picked by its name."""
STARTED = frozenset(("main", "automain", "cell"))
"""Decorators of what runs when its own file is run, and not when that is imported."""
RUNS_MAIN = ("tensorflow.app.run", "tensorflow.compat.v1.app.run", "absl.app.run")
COMMON_METHODS = words(
    "__init__ forward step call update reset close get set load save add append run_step zero_grad state_dict "
    "load_state_dict to "
    "eval parameters render __call__"
)
_NETWORK = late(r"torch\.nn\.(?:\w+\.)*Module$")
STAR_MODULES = ("random", "numpy.random", "torch", "numpy", "fastai.vision.all")
"""Modules whose names a star import brings in."""


def called_by(bases: frozenset[str], method: str) -> bool:
    """Whether libraries that a class extends may call its *method*: torch calls none that a network adds but
    ``forward``; calls of an everyday name are not kept, and may be there."""
    alone = all(_NETWORK.match(base) for base in bases)
    return bool(bases) and (not alone or method == "forward" or method in EVERYDAY)
