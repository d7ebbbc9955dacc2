"""Commands that a document tells to run: in code blocks, inline, behind a prompt, in the middle of a sentence; pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from artifactpack.patterns import late
from artifactpack.project.prose_text import Line
from artifactpack.project.words import words

Form = Literal["block", "inline", "text"]


class Command(NamedTuple):
    """A command; ``script`` is the file or ``-m`` module it runs ("" if none), ``options`` its flags and overrides."""

    path: str
    number: int
    text: str
    argv: tuple[str, ...]
    program: str
    script: str
    options: tuple[str, ...]
    form: Form
    section: str = ""


class Mention(NamedTuple):
    """A file of the project that a document names."""

    path: str
    number: int
    name: str
    text: str
    section: str = ""


PROGRAMS = words("""
    python python2 python3 ipython bash sh zsh source make torchrun accelerate uv uvx pip pip3 pipx conda mamba
    micromamba docker docker-compose nvidia-docker podman apptainer singularity jupyter papermill sbatch srun mpirun
    mpiexec horovodrun deepspeed snakemake dvc nohup poetry pipenv pdm hatch rye pixi julia Rscript R matlab octave
    wget curl git cd mkdir tar unzip export sudo apt apt-get brew cmake guild ray kaggle gdown huggingface-cli hf gsutil
    aws th luajit xvfb-run time env just nox tox invoke fairseq-train fairseq-generate allennlp lightning litgpt
    composer colossalai wandb mlflow go cargo java mvn gradle stack runhaskell perl php node npm yarn xargs for parallel
    nextflow pytest tensorboard virtualenv pyenv gzip lm_eval vllm mim rm cp mv echo chmod ln""")
LAUNCHERS = words("torch.distributed.launch torch.distributed.run accelerate.commands.launch pdb")
SCRIPT = r"\.(?:py|sh|bash|ipynb|jl|R|r|m|lua|pl|slurm|sbatch|job)"
_SCRIPT = late(SCRIPT + "$")
_PROMPT = late(
    r"^\s*(?:[-*+]\s+|\d{1,2}[.)]\s+)?(?:\([\w.-]{1,30}\)\s*)?(?:[\w.~@:/-]{0,60}[$%#>]\s+|>>>\s?!|!|%run\s+)?"
)
_ASSIGNMENT = late(r"^[A-Za-z_][A-Za-z0-9_]*=")
_INLINE = late(r"`([^`\n]{3,600})`|<code>([^<]{3,600})</code>", re.IGNORECASE)
_IN_TEXT = late(
    r"(?<![\w`/])(?:(?:python[23]?|bash|sh|sbatch)\s+(?:-[um]\s+)?[\w./-]{1,200}|\./[\w./-]{1,200}\.sh)"
    r"(?:\s+-{1,2}[A-Za-z][\w-]{0,60}(?:[ =][^\s-]\S{0,100})?){0,40}"
)
_FILE = late(
    r"(?<![\w./-])((?:[\w.{}$*-]{1,80}/){0,12}[\w.*-]{1,100}\.(?:py|sh|ipynb|jl|R|m|lua|ya?ml|toml|json|slurm|gin|conf))(?![\w.]*\w)"
)
_NOTEBOOK = late(r"`([^`\n]{1,120} [^`\n/]{1,120}\.ipynb)`")
"""A notebook whose name has blanks, which only its quotes hold together."""
_NOT_SHELL = words("python py python3 bibtex bib json yaml yml toml xml html latex tex c cpp java diff")
_COMMAND_LINE = late(
    r"\s*(?:[$!]\s*)?(?:python[23]?(?:\s+-[um])?\s+[\w./-]+|(?:bash|sh)\s+[\w./-]+\.sh|torchrun\s|accelerate launch\s"
    r"|\./[\w./-]+\.sh|uv run\s|pip3? install\s)"
)
_CONTINUES = late(r"^\s*(?:--?[A-Za-z]|<|\[--|[a-z_.]+=)")


def commands(lines: Iterable[Line]) -> Iterator[Command]:
    """Yield the commands of *lines* in order; a continued one stands at its first line."""
    block: list[Line] = []
    for line in lines:
        if block and not _joins(block, line):
            yield from _block(block)
            block = []
        if line.kind == "code" and (line.language not in _NOT_SHELL or _runs(line, block)):
            block.append(line)
            continue
        if block:
            yield from _block(block)
            block = []
        if line.kind != "code":
            yield from _inline(line)
    if block:
        yield from _block(block)


def mentions(lines: Iterable[Line]) -> Iterator[Mention]:
    """Yield the files that text, tables and headings name, inside links and inline code too."""
    for line in lines:
        if line.kind == "code" or "." not in line.raw:
            continue
        for name in dict.fromkeys(m.group(1) for p in (_NOTEBOOK, _FILE) for m in p.finditer(line.raw)):
            yield Mention(line.path, line.number, name.removeprefix("./"), line.text, line.section)


def _runs(line: Line, block: list[Line]) -> bool:
    """Whether a line of a block said to be of another language is a command all the same, or goes on with one."""
    return bool(_COMMAND_LINE.match(line.raw)) or (bool(block) and block[-1].raw.rstrip().endswith("\\"))


def _joins(block: list[Line], line: Line) -> bool:
    return line.kind == "code" and line.number - block[-1].number <= 1 and line.language == block[-1].language


def _block(block: list[Line]) -> Iterator[Command]:
    whole, first = "", block[0]
    for position, line in enumerate(block):
        text = line.text.strip()
        if not whole:
            first = line
        whole = f"{whole} {text}".strip() if whole else text
        following = block[position + 1].raw if position + 1 < len(block) else ""
        if text.endswith("\\"):
            whole = whole[:-1].rstrip()
            continue
        if _CONTINUES.match(following) and _known(whole):
            continue
        if command := _command(whole, first, "block"):
            yield command
        whole = ""
    if whole and (command := _command(whole, first, "block")):
        yield command


def _inline(line: Line) -> Iterator[Command]:
    taken = False
    for m in _INLINE.finditer(line.raw):
        if line.raw.startswith("_", m.end()) and m.group().endswith(">`"):
            continue  # a link of reStructuredText
        if command := _command(m.group(1) or m.group(2), line, "inline"):
            taken = True
            yield command
    if taken:
        return
    if command := _command(line.raw, line, "text", whole=True):
        yield command
        return
    for m in _IN_TEXT.finditer(line.text):
        command = _command(m.group(), line, "text")
        if command and (command.script or command.program.endswith(".sh")):
            yield command


def _known(text: str) -> bool:
    return _command(text, Line("", 0, "code", text, text), "block") is not None


def _command(text: str, line: Line, form: Form, *, whole: bool = False) -> Command | None:
    prompt = _PROMPT.match(text)
    text = text[prompt.end() :].strip() if prompt else text.strip()
    if _plainly_none(text):
        return None
    argv = split(text)
    start = next((i for i, word in enumerate(argv) if not _ASSIGNMENT.match(word)), None)
    if start is None:
        return None
    program = argv[start]
    if not (program in PROGRAMS or (_SCRIPT.search(program) and "(" not in program and form != "text")):
        return None
    if _SCRIPT.search(program) and program not in PROGRAMS and len(argv) == 1 and not program.startswith("./"):
        return None  # a file that is only named
    if whole and not _line_of_shell(argv[start:]):
        return None
    script, options = _script(argv[start:])
    if form == "inline" and len(argv) == 1 and not script:
        return None
    if program.startswith("python") and re.match(r"[\d.]+$|[<>=]|$", argv[start + 1] if len(argv) > start + 1 else ""):
        return None  # a version, or nothing to run
    return Command(line.path, line.number, text, tuple(argv), program, script, options, form, line.section)


def _plainly_none(text: str) -> bool:
    """Whether the first word, told without splitting the rest, is no program."""
    first = text.split(None, 1)[0] if text else ""
    if _ASSIGNMENT.match(first) or any(c in first for c in "'\"\\#"):
        return False
    return first not in PROGRAMS and not _SCRIPT.search(first)


def _line_of_shell(argv: list[str]) -> bool:
    """A whole line of text counts only if its second word cannot be English."""
    if len(argv) < 2 or argv[0] in {
        "time",
        "env",
        "make",
        "source",
        "for",
        "go",
        "R",
        "just",
        "run",
        "cd",
        "echo",
        "stack",
    }:
        return False
    second = argv[1]
    return bool(
        _SCRIPT.search(second) or second.startswith("-") or argv[0] in {"pip", "pip3", "conda", "wget", "git", "curl"}
    )


def split(text: str) -> list[str]:
    """Split as a shell would; where the quoting is broken, by blanks."""
    text = text[:4000]
    if not any(c in text for c in "'\"\\#"):
        return text.split()
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return text.split()


def _script(argv: list[str]) -> tuple[str, tuple[str, ...]]:
    """Return what is run and its options, looking through launchers: ``uv run``, ``torchrun --n 2``, ``python -m``."""
    if (
        argv[0] in {"pip", "pip3", "conda", "git", "wget", "curl", "cd", "mkdir", "docker", "export"}
        and "run" not in argv[:2]
    ):
        return "", tuple(word for word in argv[1:] if word.startswith("-"))
    for i, word in enumerate(argv):
        if word == "-m" and i + 1 < len(argv) and argv[i - 1].startswith(("python", "run")):
            if argv[i + 1] in LAUNCHERS:
                continue
            return argv[i + 1], _options(argv[i + 2 :])
        if _SCRIPT.search(word) and not word.startswith("-") and "=" not in word:
            return word.removeprefix("./"), _options(argv[i + 1 :])
    return "", _options(argv[1:])


def _options(words: list[str]) -> tuple[str, ...]:
    flags = []
    for word in words:
        if word in {"|", ">", ">>", "&&", "||", ";", "&"}:
            break
        if re.match(r"--?[A-Za-z]", word) or re.match(r"\+{0,2}[A-Za-z_][\w./@-]*=", word):
            flags.append(word.split("=", 1)[0] if word.startswith("-") else word)
    return tuple(flags)
