"""Which calls seed a random number generator, which draw from one, and which values differ from run to run."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from artifactpack.patterns import late
from artifactpack.project.draws import SERVICES

FRAMEWORKS = ("torch", "tensorflow", "jax", "mxnet", "paddle")
_ALL = ("random", "numpy")


class Seeds(NamedTuple):
    """What a seeding call reaches; ``scope`` is ``global`` or ``object`` (one generator, split or estimator)."""

    libraries: tuple[str, ...]
    argument: tuple[str, ...] = ("0", "seed")
    scope: str = "global"


_PY = Seeds(("random",), ("0", "a", "x", "seed"))
_NP = Seeds(("numpy",))
_NP_OBJECT = Seeds(("numpy",), ("0", "seed", "entropy"), "object")
_TORCH = Seeds(("torch",))
_CUDA = Seeds(("torch.cuda",))
_TORCH_OBJECT = Seeds(("torch",), ("0", "seed"), "object")
_TF = Seeds(("tensorflow",))
_JAX = Seeds(("jax",), ("0", "seed", "default", "params"))
_LIGHTNING = Seeds((*_ALL, "torch", "torch.cuda"))
_TRIO_TF = Seeds((*_ALL, "tensorflow"))

SEEDING: dict[str, Seeds] = {
    "random.seed": _PY,
    "random.Random": Seeds(("random",), ("0", "x", "seed"), "object"),
    "numpy.random.seed": _NP,
    "numpy.random.mtrand.seed": _NP,
    "numpy.random.default_rng": _NP_OBJECT,
    "numpy.random.RandomState": _NP_OBJECT,
    "numpy.random.mtrand.RandomState": _NP_OBJECT,
    "numpy.random.SeedSequence": _NP_OBJECT,
    "numpy.random.PCG64": _NP_OBJECT,
    "numpy.random.MT19937": _NP_OBJECT,
    "numpy.random.Philox": _NP_OBJECT,
    "torch.manual_seed": _TORCH,
    "torch.random.manual_seed": _TORCH,
    "torch.cuda.manual_seed": _CUDA,
    "torch.cuda.manual_seed_all": _CUDA,
    "torch.cuda.random.manual_seed": _CUDA,
    "torch.cuda.random.manual_seed_all": _CUDA,
    "torch.mps.manual_seed": _TORCH,
    "torch.xpu.manual_seed": _TORCH,
    "torch.Generator().manual_seed": _TORCH_OBJECT,
    "tensorflow.set_random_seed": _TF,
    "tensorflow.random.set_seed": _TF,
    "tensorflow.random.set_random_seed": _TF,
    "tensorflow.compat.v1.set_random_seed": _TF,
    "tensorflow.compat.v1.random.set_random_seed": _TF,
    "tensorflow.compat.v2.random.set_seed": _TF,
    "tensorflow.random.Generator.from_seed": Seeds(("tensorflow",), ("0", "seed"), "object"),
    "tensorflow.keras.utils.set_random_seed": _TRIO_TF,
    "keras.utils.set_random_seed": _TRIO_TF,
    "jax.random.PRNGKey": _JAX,
    "jax.random.key": _JAX,
    "jax.random.wrap_key_data": _JAX,
    "haiku.PRNGSequence": _JAX,
    "flax.nnx.Rngs": _JAX,
    "equinox.internal.GetKey": _JAX,
    "mxnet.random.seed": Seeds(("mxnet",)),
    "paddle.seed": Seeds(("paddle",)),
    "cupy.random.seed": Seeds(("cupy",)),
    "dgl.seed": Seeds(("dgl",)),
    "dgl.random.seed": Seeds(("dgl",)),
    "polars.set_random_seed": Seeds(("polars",)),
    "numba.set_random_seed": Seeds(("numba",)),
    "theano.sandbox.rng_mrg.MRG_RandomStreams": Seeds(("theano",), ("0", "seed"), "object"),
    "theano.tensor.shared_randomstreams.RandomStreams": Seeds(("theano",), ("0", "seed"), "object"),
    "lasagne.random.set_rng": Seeds(("theano",)),
    "pyro.set_rng_seed": _LIGHTNING,
    "numpyro.set_rng_seed": _JAX,
    "ignite.utils.manual_seed": _LIGHTNING,
    "accelerate.utils.set_seed": _LIGHTNING,
    "accelerate.utils.random.set_seed": _LIGHTNING,
    "accelerate.set_seed": _LIGHTNING,
    "transformers.set_seed": _LIGHTNING,
    "transformers.trainer_utils.set_seed": _LIGHTNING,
    "transformers.enable_full_determinism": _LIGHTNING,
    "transformers.trainer_utils.enable_full_determinism": _LIGHTNING,
    "diffusers.training_utils.set_seed": _LIGHTNING,
    "trl.set_seed": _LIGHTNING,
    "mmcv.runner.set_random_seed": _LIGHTNING,
    "mmengine.runner.set_random_seed": _LIGHTNING,
    "mmdet.apis.set_random_seed": _LIGHTNING,
    "mmseg.apis.set_random_seed": _LIGHTNING,
    "torch_geometric.seed_everything": _LIGHTNING,
    "torch_geometric.seed.seed_everything": _LIGHTNING,
    "monai.utils.set_determinism": _LIGHTNING,
    "monai.utils.misc.set_determinism": _LIGHTNING,
    "composer.utils.reproducibility.seed_all": _LIGHTNING,
    "composer.utils.seed_all": _LIGHTNING,
    "fastai.torch_core.set_seed": _LIGHTNING,
    "fastai.vision.all.set_seed": _LIGHTNING,
    "stable_baselines3.common.utils.set_random_seed": _LIGHTNING,
    "stable_baselines.common.set_global_seeds": _TRIO_TF,
    "baselines.common.set_global_seeds": _TRIO_TF,
    "baselines.common.misc_util.set_global_seeds": _TRIO_TF,
    "catalyst.utils.set_global_seed": _LIGHTNING,
    "recbole.utils.init_seed": _LIGHTNING,
    "delu.improve_reproducibility": _LIGHTNING,
    "delu.random.seed": _LIGHTNING,
    "zero.improve_reproducibility": _LIGHTNING,
    "zero.random.seed": _LIGHTNING,
    "nemo.utils.exp_manager.seed_everything": _LIGHTNING,
    "ray.rllib.utils.debug.update_global_seed_if_necessary": Seeds((*_ALL, "torch"), ("1", "seed")),
    "sklearn.utils.check_random_state": Seeds(("numpy",), ("0", "seed"), "object"),
    "allennlp.common.util.prepare_environment": _LIGHTNING,
}
_LIGHTNING_NAME = late(
    r"(?:pytorch_lightning|lightning(?:_fabric|_lite)?|lightning\.(?:pytorch|fabric)|pl)\b.*\.seed_everything$|"
    r"^L\.seed_everything$"
    r"|^(?:lightning|pytorch_lightning)\.Fabric\(?\)?\.seed_everything$"
)
_LIBRARY_SEEDS = late(r"megatron(?:\.\w+)*\.initialize_megatron$|(?:transformers|trl)\.(?:\w+\.)*\w*Trainer$")
"""What seeds every generator by itself, by a fixed number where nobody gives it another."""
_COMMAND_LINE = late(r"lightning(?:\.\w+)*\.LightningCLI$")
_LAST = {"manual_seed": _TORCH_OBJECT, "manual_seed_all": _CUDA, "seed_everything": _LIGHTNING}
_FOREIGN = Seeds(())
_FOREIGN_HELPER = late(
    r"(?:re)?(?:set|fix|init\w*?|setup|control|ensure|improve)_?(?:\w+_)?(?:seeds?|randomness|reproducibility|determinism)$"
    r"|seed_(?:all|rngs?|random|generators?)$",
    re.IGNORECASE,
)
_SEEDS_ALL = late(
    r"(?:transformers|trl)\.(?:\w+\.)*(?:\w*TrainingArguments|(?:SFT|DPO|PPO|GRPO|Reward|KTO|ORPO|RLOO)Config)$"
    r"|(?:stable_baselines3|sb3_contrib)\.\w+$|(?:^|\.)\w+Config\(\)(?:\.\w+\(\))*\.debugging$|lm_eval\.(?:\w+\.)*simple_evaluate$"
)
"""Objects that seed every generator when they start, by the seed they are given."""
_ENVIRONMENT = late(
    r"(?:^|\.|_)envs?(?:\(\)|\[\])?(?:\.\w+_space)?\.(?:seed|reset)$|(?:action|"
    r"observation)_space\.seed$",
    re.IGNORECASE,
)
_NOTES = late(r"(?:^|\.)(?:dict|print|format|SimpleNamespace)$")
"""What only notes the seed that it is given."""
_KEYWORDS = {"random_state": "sklearn", "random_seed": "other", "seed": "other", "sampling_seed": "other"}
_KEYWORD_OWNERS = {
    "sklearn": "sklearn",
    "tensorflow": "tensorflow",
    "keras": "tensorflow",
    "torch": "torch",
    "numpy": "numpy",
    "openai": "llm",
    "vllm": "llm",
    "anthropic": "llm",
    "gym": "gym",
    "gymnasium": "gym",
    "transformers": "torch",
    "unsloth": "torch",
    "peft": "torch",
    "trl": "torch",
    "polars": "polars",
    "jax": "jax",
    "optuna": "other",
    "xgboost": "other",
    "lightgbm": "other",
    "catboost": "other",
}


def seeding(name: str, arguments: dict[str, tuple[str, ...]] | None) -> tuple[Seeds, tuple[str, ...] | None] | None:
    """What the call *name* (resolved) seeds, and the atoms of the value it is given (None: no value); else None."""
    last = name.rpartition(".")[2]
    found = SEEDING.get(name)
    if found is None and last == "seed_everything" and _LIGHTNING_NAME.search(name):
        found = _LIGHTNING
    if found is None and "." in name:
        found = _LAST.get(last)
    if found is None and "tensorflow" in name and last in ("set_random_seed", "set_seed"):
        found = _TRIO_TF if ".keras." in name else _TF
    if found is not None:
        return found, _given(found.argument, arguments)
    if _COMMAND_LINE.search(name):  # its own option is read from the command line or a configuration file
        return _LIGHTNING, _given(("seed_everything_default",), arguments) or ("$args.seed_everything",)
    if _LIBRARY_SEEDS.match(name):
        return _LIGHTNING, ("=42",)
    if arguments and _SEEDS_ALL.search(name) and (value := _given(("seed", "torch_random_seed"), arguments)):
        return _LIGHTNING, value
    if arguments and _ENVIRONMENT.search(name):  # a wrapper that hands on whatever it is given seeds nothing
        named = {n: a for n, a in arguments.items() if n[0] != "*"}
        value = _given(("seed",) if last == "reset" else ("0", "seed"), named)
        return None if value is None or tuple(value) == ("$args",) else (Seeds(("gym",), (), "object"), value)
    return _by_keyword(name, arguments)


def foreign(name: str, arguments: dict[str, tuple[str, ...]] | None) -> tuple[Seeds, tuple[str, ...] | None] | None:
    """The seeding that the call *name* of an imported function of others does, by its name: which libraries it
    reaches (none is told) is theirs to say."""
    if name in SEEDING or not _FOREIGN_HELPER.match(name.rpartition(".")[2]):
        return None
    return _FOREIGN, _given(_FOREIGN.argument, arguments)


def by_extending(base: str) -> tuple[Seeds, tuple[str, ...]] | None:
    """What an object of a class that extends *base* (resolved) seeds when it is made, and by which value."""
    if _COMMAND_LINE.search(base):
        return _LIGHTNING, ("=0",)
    return (_LIGHTNING, ("=42",)) if _LIBRARY_SEEDS.match(base) else None


def _given(names: tuple[str, ...], arguments: dict[str, tuple[str, ...]] | None) -> tuple[str, ...] | None:
    for name in names:
        if arguments and name in arguments:
            return arguments[name]
    if arguments:
        for key in ("*", "**"):
            if key in arguments:
                return arguments[key]
    return None


def _by_keyword(name: str, arguments: dict[str, tuple[str, ...]] | None) -> tuple[Seeds, tuple[str, ...]] | None:
    """A seed handed to somebody else's function by keyword: one split, estimator or sampler."""
    if not arguments or _NOTES.search(name):
        return None
    for keyword, library in _KEYWORDS.items():
        if keyword in arguments:
            owner = "llm" if SERVICES.match(name) else _KEYWORD_OWNERS.get(name.partition(".")[0], library)
            return Seeds((owner,), (keyword,), "object"), arguments[keyword]
    return None


_UNSTABLE = late(
    r"(?:.*\.)?(?:time\.(?:time\w*|perf_counter\w*|monotonic\w*|clock|process_time\w*)|datetime\.(?:now|utcnow|"
    r"today)|datetime\.datetime\.\w*now|"
    r"os\.(?:urandom|getpid|getrandom)|uuid\.uuid[14]|secrets\.\w+|SystemRandom\(\)\.\w+|random\.SystemRandom|"
    r"torch\.seed|torch\.random\.seed|id|getpid|get_process_time)$"
)
_DRAWN = late(
    r"(?:random|numpy\.random|torch)\.(?:random|rand\w*|choice|sample|getrandbits|uniform|integers)(?:\(\)\.\w+)*$"
    r"|ray\.tune\.(?:sample_from|choice|q?(?:log)?(?:uniform|randint|randn))$"
)


@lru_cache(4096)
def unstable(name: str) -> str:
    """Why the result of the call *name* (resolved) differs from run to run: a word, or ""."""
    if name == "hash":
        return "hash() of text differs in every process"
    if _UNSTABLE.match(name):
        return f"{name}() differs from run to run"
    return ""


@lru_cache(4096)
def drawn_from(name: str) -> str:
    """The library from which the call *name* (resolved) draws a number that then serves as a seed, or ""."""
    if not _DRAWN.match(name):
        return ""
    return "numpy" if name.startswith("numpy") else name.partition(".")[0]


DETERMINISM_CALLS = {
    "torch.use_deterministic_algorithms": "0 mode",
    "torch.set_deterministic": "0 d",
    "tensorflow.config.experimental.enable_op_determinism": "",
    "transformers.enable_full_determinism": "",
    "transformers.trainer_utils.enable_full_determinism": "",
    "monai.utils.set_determinism": "",
    "torch.set_deterministic_debug_mode": "0",
    "fwd9m.tensorflow.enable_determinism": "",
    "tfdeterminism.patch": "",
}
DETERMINISM_VARIABLES = (
    "TF_DETERMINISTIC_OPS",
    "TF_CUDNN_DETERMINISTIC",
    "CUBLAS_WORKSPACE_CONFIG",
    "HOROVOD_FUSION_THRESHOLD",
)
