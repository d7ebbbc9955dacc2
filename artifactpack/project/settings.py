"""Everything a user can set: command-line options, configuration classes and the keys of configuration files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from artifactpack.patterns import late
from artifactpack.project.python_record import Atoms, FileRecord
from artifactpack.project.words import words

CONFIG_FILES = (".yaml", ".yml", ".json", ".toml", ".cfg", ".ini", ".gin", ".conf", ".args", ".hocon", ".jsonnet")
_KEY = late(
    r"^[ \t]*(?:-[ \t]+)?[\"']?(?P<key>[\w./@-]{0,100}?"
    r"(?:seed|random_state|rng|deterministic|benchmark)\w{0,100}+)[\"']?[ \t]*[:=][ \t]*(?P<value>[^\n#]*)",
    re.IGNORECASE | re.MULTILINE,
)
_INLINE_KEY = late(
    r"[\"'](?P<key>\w{0,100}(?:seed|random_state)\w{0,100}+)[\"'][ \t]*:[ \t]*(?P<value>[^,}\n]*)", re.IGNORECASE
)
SEED_NAME = late(r"(?:^|_)(?:seeds?|random_?state|rng_?seed|manual_?seed|rand(?:om)?_?seed)(?:_|$)", re.IGNORECASE)


class Setting(NamedTuple):
    """One thing that can be set; ``default`` None where it has none; ``kind`` its maker, or ``file``."""

    dest: str
    path: str
    line: int
    kind: str
    default: Atoms | None
    action: str = ""
    flag: str = ""


def normal(name: str) -> str:
    """``--manual-seed`` and ``manualSeed`` keep their own spelling but for hyphens."""
    return name.replace("-", "_")


def from_code(records: Iterable[FileRecord]) -> list[Setting]:
    """Options and configuration fields that own code declares."""
    found: list[Setting] = []
    for record in records:
        found += _of_libraries(record)
        found += [
            Setting(normal(o.dest), record.path, o.line, o.maker, o.default, o.action, o.flag) for o in record.options
        ]
        for scope in record.scopes.values():
            found += [
                Setting(normal(last), record.path, e.line, "attribute", (e.args or {}).get("0"))
                for e in scope.events
                if e.kind == "s" and SEED_NAME.search(last := e.name.rpartition(".")[2])
            ]
            if any(d.rpartition(".")[2] in ("config", "named_config", "capture") for d in scope.decorators):
                found += _sacred(record, scope)
    return found


_ARGUMENTS = late(r"(?:transformers|trl)\.(?:\w+\.)*(?:\w*TrainingArguments|(?:SFT|DPO|PPO|GRPO|Reward)Config)$")


def _of_libraries(record: FileRecord) -> list[Setting]:
    """The options that a library's own settings class brings: ``seed``, 42 where nobody sets it."""
    lines = [line for target, line in record.modules if _ARGUMENTS.match(target)]
    return [Setting("seed", record.path, lines[0], "class", ("=42",))] if lines else []


def _sacred(record: FileRecord, scope) -> list[Setting]:  # type: ignore[no-untyped-def]
    return [
        Setting(normal(e.name), record.path, e.line, "sacred", (e.args or {}).get("0"))
        for e in scope.events
        if e.kind == "v"
    ]


def is_config(path: str) -> bool:
    """Whether *path* may be a configuration file of experiments (and not of a tool)."""
    name = path.rpartition("/")[2]
    if path.startswith(".") or "/." in path or name in _NOT_EXPERIMENTS:
        return False
    return path.endswith(CONFIG_FILES)


_NOT_EXPERIMENTS = words(
    "package.json package-lock.json tsconfig.json environment.yml environment.yaml conda.yml conda.yaml "
    "mkdocs.yml setup.cfg "
    "tox.ini pytest.ini mypy.ini codecov.yml _config.yml docker-compose.yml docker-compose.yaml pyproject.toml "
    "poetry.lock "
    "pdm.toml Pipfile.lock uv.lock vercel.json composer.json bower.json CITATION.json codemeta.json .zenodo.json "
    "artifactpack.toml pixi.toml Cargo.toml environment-dev.yml meta.yaml requirements.yml requirements.yaml"
)


def from_files(path: str, text: str) -> list[Setting]:
    """Keys about chance in the configuration file *path*; the lines decide, no parser runs over a stranger's YAML."""
    found = []
    if "seed" not in text and "andom_state" not in text and "eterministic" not in text and "Seed" not in text:
        return []
    if is_outcome(text):
        return []
    for pattern in (_KEY, _INLINE_KEY) if path.endswith(".json") else (_KEY,):
        for match in pattern.finditer(text):
            key = match["key"].strip("./@-").rpartition(".")[2]
            if not key:
                continue
            line = text.count("\n", 0, match.start("key")) + 1
            found.append(Setting(normal(key), path, line, "file", _constant(match["value"])))
    return found


_MEASURE = late(
    r"(?:^|[\"'_\s])(?:acc(?:uracy)?|metrics?|scores?|f1|auc|auroc|loss|error|rmse|mae|mse|reward|returns?)"
    r"\w*[\"']?[ \t]*:",
    re.IGNORECASE,
)
_COMPUTED = late(r"\.(?<=\d\.)\d{9}")


def is_outcome(text: str) -> bool:
    """Whether *text* is what an experiment wrote: a measure is named, and a number is as long as nobody types it."""
    return bool(_COMPUTED.search(text) and _MEASURE.search(text))


def _constant(text: str) -> Atoms | None:
    value = text.strip().rstrip(",").strip("\"' \t")
    if value.lower() in ("", "null", "none", "~"):
        return ("=null",) if value else None
    if re.fullmatch(r"-?\d{1,19}", value):
        return (f"={int(value)}",)
    if value.lower() in ("true", "false"):
        return (f"={value.lower()}",)
    return ("=" + '"' + value[:40].replace("\\", "").replace('"', "") + '"',)
