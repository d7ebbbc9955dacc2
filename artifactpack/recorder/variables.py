"""Environment variables: which are handed to a run, which are written down, and what must never be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from artifactpack.patterns import late

SECRET_NAME = late(
    r"(?i)(secret|token|passw|passphrase|credential|api_?key|access_?key|private_?key|_key$|^key$|auth(?!or)|cookie|_pat$"
    r"|session_?id|netrc|_dsn$|database_url|connection_string|webhook)"
)
SECRET_VALUE = late(
    r"(?:ghp|gho|ghs|github_pat|glpat|hf|sk|pk|xox[abp]|AKIA|ASIA|ya29|eyJ)[-_A-Za-z0-9.]{16,}"
    r"|://[^/\s:@]+:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY"
)
RECORDED = late(
    r"PYTHONHASHSEED|PYTHONOPTIMIZE|CUBLAS_WORKSPACE_CONFIG|CUDA_(?:VISIBLE_DEVICES|LAUNCH_BLOCKING)"
    r"|NVIDIA_TF32_OVERRIDE|ATEN_CPU_CAPABILITY|(?:DNNL|ONEDNN)_\w+|MKL_\w+|OMP_\w+|OPENBLAS_\w+|KMP_\w+|GOMP_\w+"
    r"|TF_(?:DETERMINISTIC_OPS|CUDNN_DETERMINISTIC|ENABLE_ONEDNN_OPTS)|XLA_FLAGS|JAX_\w+|TORCH(?:INDUCTOR|DYNAMO|_\w+)\w*"
    r"|NCCL_\w+|PYTORCH_\w+|HF_(?:HUB_OFFLINE|DATASETS_OFFLINE)|TRANSFORMERS_OFFLINE|WANDB_MODE|LC_ALL|LANG|TZ"
    r"|WORLD_SIZE|RANK|LOCAL_RANK|LD_PRELOAD"
)
HIDDEN = "(not recorded)"


def is_secret(name: str, value: str = "") -> bool:
    """Whether a variable looks like a credential, by its name or its value."""
    return bool(SECRET_NAME.search(name) or SECRET_VALUE.search(value))


def handed_on(environ: Mapping[str, str], passed: Iterable[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The variables a run gets, and the names held back: those that look secret, unless *passed* names them."""
    wanted = set(passed)
    given = {k: v for k, v in environ.items() if k in wanted or not is_secret(k, v)}
    given = {k: v for k, v in given.items() if not k.startswith("ARTIFACTPACK_")}
    return given, tuple(sorted(set(environ) - set(given) - {k for k in environ if k.startswith("ARTIFACTPACK_")}))


def written_down(given: Mapping[str, str], named: Iterable[str]) -> dict[str, str]:
    """What the record says: allow-listed variables and those that the configuration *named*; never a secret."""
    wanted = set(named)
    shown = {k: v for k, v in given.items() if k in wanted or RECORDED.fullmatch(k)}
    return {k: HIDDEN if is_secret(k, v) else v for k, v in sorted(shown.items())}


def secrets_of(given: Mapping[str, str]) -> tuple[bytes, ...]:
    """The values that must not appear in a log: of variables that look secret, eight characters or more."""
    values = {v.encode() for k, v in given.items() if len(v) >= 8 and is_secret(k, v)}
    return tuple(sorted(values, key=len, reverse=True))
