"""What distributions always bring along, so that importing it without declaring it is no mistake."""

from __future__ import annotations

from collections.abc import Iterable

ANYWHERE = frozenset({"setuptools", "pip", "ipython", "typing-extensions", "google"})
_BRINGS = {
    "accelerate": "torch numpy packaging pyyaml huggingface-hub safetensors",
    "datasets": "numpy pandas requests tqdm huggingface-hub pyyaml packaging filelock fsspec aiohttp",
    "diffusers": "numpy pillow requests regex filelock huggingface-hub safetensors importlib-metadata",
    "evaluate": "datasets numpy pandas requests tqdm",
    "flax": "jax numpy optax msgpack rich pyyaml",
    "gym": "numpy cloudpickle",
    "gymnasium": "numpy cloudpickle typing-extensions farama-notifications",
    "hydra-core": "omegaconf packaging",
    "imageio": "numpy pillow",
    "jax": "jaxlib numpy scipy opt-einsum",
    "keras": "numpy h5py",
    "lightning": "torch numpy pyyaml tqdm torchmetrics packaging lightning-utilities pytorch-lightning fsspec",
    "matplotlib": "numpy pillow packaging python-dateutil",
    "omegaconf": "pyyaml",
    "optax": "jax absl-py chex",
    "pandas": "numpy python-dateutil pytz",
    "peft": "torch transformers accelerate safetensors tqdm",
    "pytorch-lightning": "torch numpy pyyaml tqdm torchmetrics packaging lightning-utilities fsspec",
    "scikit-image": "numpy scipy networkx pillow imageio packaging",
    "scikit-learn": "numpy scipy joblib threadpoolctl",
    "scipy": "numpy",
    "seaborn": "matplotlib pandas",
    "sentence-transformers": "torch transformers scikit-learn scipy tqdm pillow huggingface-hub",
    "statsmodels": "numpy scipy pandas patsy packaging",
    "tensorflow": "keras numpy protobuf tensorboard six h5py absl-py requests",
    "timm": "torch torchvision pyyaml huggingface-hub safetensors",
    "torch": "numpy tensorboard",
    "torch-geometric": "numpy tqdm requests jinja2",
    "torchvision": "torch numpy pillow",
    "transformers": "numpy requests tqdm regex filelock packaging pyyaml huggingface-hub tokenizers safetensors",
    "trl": "torch transformers accelerate datasets",
    "wandb": "requests pyyaml click",
}


def with_brought(declared: Iterable[str]) -> set[str]:
    """Return *declared* distributions with all that they bring along."""
    found: set[str] = set()
    waiting = list(declared)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _BRINGS.get(name, "").split()
    return found | ANYWHERE
