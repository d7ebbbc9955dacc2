"""SPDX licences of packages that papers build on, kept as data; a package that is not here is not guessed."""

from __future__ import annotations

_GROUPS = {
    "BSD-3-Clause": "torch torchvision torchtext numpy scipy pandas scikit-learn scikit-image h5py networkx omegaconf "
    "seaborn "
    "joblib sympy statsmodels ipython jupyter notebook rdkit click jinja2 pyarrow-hotfix dask fsspec "
    "httpx uvicorn torchdiffeq "
    "flake8-pyi patsy shapely lmfit tables sphinx pyzmq psutil cloudpickle markupsafe werkzeug flask starlette",
    "BSD-2-Clause": "imageio numba torchaudio pygments sphinx-rtd-theme llvmlite",
    "Apache-2.0": "tensorflow keras jax jaxlib flax optax chex dm-haiku transformers datasets accelerate peft "
    "tokenizers "
    "safetensors huggingface-hub diffusers timm tensorboard mlflow lightning pytorch-lightning "
    "torchmetrics mujoco dm-control "
    "opencv-python nltk xgboost cvxpy ray sentencepiece openai vllm deepspeed pyro-ppl dgl visdom fire "
    "absl-py kornia requests "
    "orbax-checkpoint distrax rlax tensorflow-probability tensorflow-datasets tensorflow-hub pyarrow "
    "sentence-transformers "
    "kagglehub evaluate google-cloud-storage protobuf grpcio allennlp equinox diffrax evosax brax gymnax "
    "ortools gensim-data",
    "MIT": "pyyaml wandb tensorboardx hydra-core torch-geometric torch-scatter torch-sparse torch-cluster gym "
    "gymnasium "
    "stable-baselines3 einops spacy lightgbm optuna gpytorch botorch pot faiss-cpu ogb albumentations "
    "plotly tabulate prettytable "
    "termcolor sacred easydict rich typer six munch jsonlines anthropic tyro pettingzoo umap-learn "
    "pytest black captum lmdb-null "
    "xformers cupy beautifulsoup4 fairseq ale-py d4rl bitsandbytes geomloss hydra-submitit-launcher submitit pykeops",
    "ISC": "librosa shellingham",
    "MPL-2.0": "tqdm certifi hypothesis",
    "PSF-2.0": "matplotlib typing-extensions",
    "MIT-CMU": "pillow",
}
LICENSES = {name: spdx for spdx, names in _GROUPS.items() for name in names.split()}
