"""Trained weights: in the tree, linked, saved by the code, written by runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Defect, Fact, Finding, Observation, Source
from artifactpack.models.run import RunRecord, Weights
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._links import kind_of, links_about
from artifactpack.probes._own import code_of, own, remarks
from artifactpack.project import Project
from artifactpack.project.shell import is_script

NAME = "weights"
FACTS = {
    "available": "trained weights of the paper are in the tree or linked",
    "files": "weight files in the project",
    "unusable": "every weight file is a Git LFS pointer or empty, and nothing else gives the weights",
    "promised": "a document says that weights will come, and none are there",
    "links": "links to trained weights",
    "saved": "the code saves trained models, or a recorded run wrote weights",
    "recorded": "a recorded run wrote weights, with hashes",
    "safe": "weights are in a format that runs no code when loaded",
    "checksummed": "a hash of a weight file is given or recorded",
}
_WEIGHTS = late(
    r"\.(?:pth|pt|ckpt|safetensors|h5|hdf5|keras|onnx|tflite|mlmodel|msgpack|params|caffemodel|pdparams|gguf|weights|bin|npz"
    r"|pth\.tar|pt\.gz|pkl|pickle|joblib|orbax|chkpt|checkpoint|model|t7|mat|jit|torchscript|cptk\.index|ckpt\.index"
    r"|index|data-00000-of-00001|zip|tar|gz|json|txt|ts|eqx|pb)$",
    re.IGNORECASE,
)
_SURE = late(
    r"\.(?:pth|ckpt|safetensors|keras|tflite|caffemodel|pdparams|gguf|pth\.tar|chkpt|checkpoint|eqx|t7)$"
    r"|(?:ckpt|cptk|model)[\w.-]*\.(?:index|data-\d+-of-\d+|meta)$|saved_model\.pb$|(?:pytorch|tf|flax)_model\.(?:bin|h5|msgpack)$",
    re.IGNORECASE,
)
_LIKELY = late(
    r"\.(?:pt|h5|hdf5|pkl|pickle|joblib|onnx|npz|params|bin|weights|model|msgpack|zip|tar|gz|mat)$", re.IGNORECASE
)
_PLACE = late(
    r"(?:^|[/_-])(?:checkpoints?|ckpts?|weights?|pre-?trained(?:[_-]?models?)?|trained(?:[_-]?models?)?|saved?[_-]?models?|snapshots?"
    r"|models?[_-]?(?:released?|zoo|weights)|best[_-]?model|final[_-]?model|released?[_-]?models?|saved)(?:[/_.-]|$)",
    re.IGNORECASE,
)
_NOT_WEIGHTS = late(
    r"\b(?:optimizer|scaler|tokenizer|vocab|word2vec|glove|embedding|results?|metrics|stats|history|logs?)\b", re.I
)
_BACKBONE = late(
    r"(?:^|[/_-])(?:imagenet|vgg\d*|resnet\d+|inception|bert-base|gpt2|alexnet|lpips|dino|clip|sam|mixer|vit|deit|swin|convnext|efficientnet|mobilenet|densenet|wide_resnet|jx_|tf_|roberta|t5|llama)[\w.-]*\.(?:pth|pkl|pt|h5|bin|npz)$",
    re.IGNORECASE,
)
_ELSEWHERE = late(
    r"download\.pytorch\.org|fbaipublicfiles|torchvision|tensorflow\.org|keras|huggingface\.co/(?:google|openai|bert)"
)
_FETCHES = late(r"\bdownload\w*\(\s*[\"'][^\"']*(?:weights|checkpoint|ckpt|pre-?trained)[^\"']*[\"']", re.IGNORECASE)
_FETCHED = late(rb"\b(?:wget|curl|gdown|aria2c|gsutil[^\n]* cp|huggingface-cli +download|hf +download)\b[^\n]*")
_TELLS = late(r"weights|checkpoint|ckpt|pre-?trained|trained_?models?", re.IGNORECASE)
_SAVES = late(
    r"torch\.save$|(?:.*\.)?(?:save_pretrained|save_model|save_weights|save_checkpoint|save_state|export_savedmodel)$|.*[Ss]aver.*\.save$"
    r"|joblib\.dump$|(?:.*\.)?(?:ModelCheckpoint|CheckpointManager|PyTreeCheckpointer)$|safetensors\.\w+\.save_(?:file|model)$"
    r"|(?:.*\.)?(?:model|net|self\.model|agent)\.save$"
)
_SAVES_DATA = late(
    rb"torch\.save\(\s*(?:\(\s*\w{0,20}data\w{0,20}\s*,|(?:train(?:ing)?|test|val(?:id(?:ation)?)?)_?(?:data\w*|set)\s*,"
    rb"|[^\n]{0,200}\bprocessed_(?:path|file|dir))"
)

Written = list[tuple[RunRecord, Weights]]


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report weight files and links, saving code, and what runs wrote."""
    ours = own(project)
    files = [f for f in project.files if ours(f) and is_weights(f, project.size(f))]
    links = links_about(project, "weights")
    written = [(r, w) for r in runs.records for w in r.weights]
    present = [seen(runs.known(r), True, at(w.path, None), note="written by a recorded run") for r, w in written[:3]]
    present += [seen("static", True, at(f, 0)) for f in files[:5]]
    present += [seen("static", True, at(x.path, x.number, x.url), note=kind_of(x.url)) for x in links]
    present += [seen("static", True, source) for source in _downloads(project)]
    saved = list(_saving(project))
    facts: dict[str, Fact] = {
        "available": known(*present)
        if present
        else absent("no trained weights in the tree, and no document links any"),
        "files": known(seen("static", files[:50], *(at(f, 0) for f in files[:5]))),
        "unusable": _unusable(project, files, bool(links or written or _downloads(project))),
        "promised": _promised(project, bool(present)),
        "links": known(seen("static", [x.url for x in links], *(at(x.path, x.number) for x in links))),
        "saved": _saved(saved, written, runs),
        "recorded": known(*(seen(runs.known(r), True, at(w.path, 0)) for r, w in written[:3]))
        if written
        else absent("no recorded run wrote weights"),
        "safe": _safe(files, written, runs),
        "checksummed": _checksummed(written, runs, systems),
    }
    return Finding(facts=facts, defects=_pointers(project, files))


_PROMISED = late(
    r"\b(?:weights|checkpoints?|(?:pre-?)?trained models?|models?)\b[^.]{0,60}\b(?:coming soon"
    r"|will be (?:\w+ )?(?:released?|available|uploaded|provided|shared|published)|to be released|TBA|TBD)\b",
    re.IGNORECASE,
)


def _unusable(project: Project, files: list[str], elsewhere: bool) -> Fact:
    """Whether the weight files there are hold no weights: what Git LFS left in their place, or nothing."""
    if not files or elsewhere:
        return unknown("there are no weight files") if not files else absent("weights are given elsewhere, too")
    bad = [f for f in files if project.size(f) < 300 and _is_empty(project, f)]
    return known(seen("static", len(bad) == len(files), *(at(f, 1) for f in bad[:5])))


def _is_empty(project: Project, path: str) -> bool:
    head = project.read_bytes(path, 60)
    return not head.strip() or head.startswith(b"version https://git-lfs")


def _promised(project: Project, there: bool) -> Fact:
    found = [] if there else [at(x.path, x.number, x.text) for x, _ in project.prose.find(_PROMISED)]
    return known(*(seen("static", True, s) for s in found[:3])) if found else absent("no document promises weights")


def _downloads(project: Project) -> list[Source]:
    """Addresses of weight files in code, and calls in documents that fetch weights."""
    found = [
        at(path, project.index.line(path, number), text)
        for path, record in project.index.records.items()
        for number, text in record.strings
        if "://" in text
        and _SURE.search(text.split("?")[0])
        and not _ELSEWHERE.search(text)
        and not _BACKBONE.search(text)
        and _hosted_by_us(text, project.name)
    ]
    found += [
        at(*remark)
        for remark in remarks(project, _FETCHED)
        if is_script(remark.path)
        and (_TELLS.search(f"{remark.path.rpartition('/')[2]} {remark.text}") or _named(remark.text, project.name))
        and not _ELSEWHERE.search(remark.text)
        and not any(_BACKBONE.search(word) for word in remark.text.split())
    ]
    lines = (line for line in project.prose.lines if line.kind == "code" and "download" in line.raw)
    return found + [at(x.path, x.number, x.raw) for x in lines if _FETCHES.search(x.raw)]


def _named(command: str, name: str) -> bool:
    """Whether *command* fetches an address that ends like weights, from no other project's repository."""
    addresses = (word.strip("\"'").split("?")[0] for word in command.split() if "://" in word)
    return any(_SURE.search(address) and _hosted_by_us(address, name) for address in addresses)


def _hosted_by_us(url: str, name: str) -> bool:
    """A release of another repository is another project's weights."""
    repository = re.search(r"github(?:usercontent)?\.com/[\w.-]+/([\w.-]+)/", url)
    return repository is None or repository.group(1).lower() in name.lower()


def is_weights(path: str, size: int) -> bool:
    """Tell whether *path* names trained weights: by its ending, or by a likely ending in a telling place."""
    named = size != 0 if _SURE.search(path) else size > 200 and bool(_LIKELY.search(path) and _PLACE.search(path))
    return named and not (_NOT_WEIGHTS.search(path.rsplit("/", 1)[-1].replace("_", " ")) or _BACKBONE.search(path))


def _saving(project: Project) -> Iterator[Source]:
    """Calls that save a model, those left out that as written save data."""
    for path, name, event, _ in project.index.calls(_SAVES):
        lines = code_of(project, path).split(b"\n", event.line)[: event.line]
        if len(lines) < event.line or not _SAVES_DATA.search(lines[-1]):
            yield at(path, project.index.line(path, event.line), name)


def _saved(calls: list[Source], written: Written, runs: RunEvidence) -> Fact:
    observations: list[Observation] = [seen(runs.known(r), True) for r, _ in written[:2]]
    observations += [seen("static", True, source) for source in calls[:5]]
    return (
        known(*observations) if observations else absent("no call in the code saves a model, and no run wrote weights")
    )


def _safe(files: list[str], written: Written, runs: RunEvidence) -> Fact:
    safe_endings = (".safetensors", ".npz", ".onnx", ".gguf", ".tflite", ".msgpack")
    bad = [f for f in files if not f.endswith(safe_endings)]
    if written:
        unsafe = [(r, w) for r, w in written if w.safety != "safe"]
        if bad and not unsafe:
            return known(seen("static", False, *(at(f, 0) for f in bad[:5])))
        return known(*(seen(runs.known(r), not unsafe, at(w.path, 0)) for r, w in (unsafe or written)[:5]))
    if files:
        return known(seen("static", not bad, *(at(f, 0) for f in bad[:5])))
    return unknown("there are no weight files")


def _checksummed(written: Written, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Fact:
    found = [seen(runs.known(r), True, at(w.path, 0)) for r, w in written if w.sha256]
    found += [seen("system", True, at(d.path, 0)) for s in systems for d in s.data if d.hash and is_weights(d.path, 1)]
    return known(*found[:5]) if found else absent("no hash of weights is recorded")


def _pointers(project: Project, files: list[str]) -> tuple[Defect, ...]:
    small = [f for f in files if 80 < project.size(f) < 300]
    left = [f for f in small if project.read_bytes(f, 60).startswith(b"version https://git-lfs")]
    return tuple(
        Defect(
            id="weights.lfs_pointer",
            fact="weights.files",
            message=f"{path} is a Git LFS pointer, not the weights",
            sources=(at(path, 1),),
            fix="Run `git lfs pull`, or give a link with a hash instead.",
        )
        for path in left[:10]
    )
