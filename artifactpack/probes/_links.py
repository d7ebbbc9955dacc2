"""What the links of documents lead to: data, weights; and what kind of place that is."""

from __future__ import annotations

import re

from artifactpack.patterns import late
from artifactpack.project import Project
from artifactpack.project.prose import Line, Link

_ARCHIVE = late(
    r"doi\.org|zenodo\.org|figshare\.com|osf\.io|dataverse|dryad|archive\.org|openml\.org|huggingface\.co.*(?:/tree/|@)"
)
_HUB = late(
    r"huggingface\.co|hf\.co|kaggle\.com|paperswithcode\.com/dataset|tensorflow\.org/datasets|wandb\.ai|modelscope"
)
_HOST = late(
    r"drive\.google|docs\.google|dropbox\.com|onedrive|1drv\.ms|box\.com|mega\.(?:nz|co)|pan\.baidu"
    r"|sharepoint|icloud\.com|wetransfer"
    r"|yadi\.sk|disk\.yandex|mediafire|owncloud|nextcloud|gdown",
    re.IGNORECASE,
)
_STORE = late(r"^(?:s3|gs)://|storage\.googleapis|amazonaws|blob\.core\.windows|\.s3\.|cloudfront", re.IGNORECASE)
_FILE = late(
    r"\.(?:zip|tar|tgz|gz|bz2|xz|7z|rar|csv|npz?|h5|hdf5|pkl|pickle|json|mat|pth?|ckpt|tfrecords?|parquet)(?:\?.*)?$",
    re.I,
)
_PAPER = late(
    r"arxiv\.org|openreview\.net|papers\.nips|neurips\.cc|proceedings|aclanthology|doi\.org/10\.(?:1109"
    r"|1145|1007|48550)|\.pdf$|semanticscholar"
    r"|youtube|youtu\.be|slideslive|shields\.io|img\.|badge|colab\.research|\.bib$|wikipedia|twitter"
    r"|medium\.com|\.ipynb$|pytorch\.org/get"
    r"|pypi\.org|anaconda|docker|(?:www|developer|docs|catalog\.ngc)\.nvidia\.com|mujoco|readthedocs|licen[cs]e",
    re.IGNORECASE,
)
_WEIGHTS = late(
    r"\b(?:pre-?trained|trained)\b[^.]{0,60}\b(?:models?|weights?|networks?|checkpoints?|classifiers?"
    r"|teachers?|agents?|polic\w+)\b"
    r"|\bcheckpoints?\b|\bmodels?[- ]?(?:zoo|weights|files?|lists?)\b|\bsnapshots?\b|\bweights\b|\bckpts?\b"
    r"|\bpre-?train(?:ed)?\b|\bmodels?\b[^.]{0,40}\b(?:trained (?:using|with|by|on)|(?:can be|are|is) "
    r"(?:(?:now|also|publicly|freely) ){0,2}"
    r"(?:found|downloaded|accessed|available|provided|released|shared))\b|^\W{0,8}models?\W{0,4}(?::|$)",
    re.IGNORECASE,
)
_LABELLED = late(r"^\W*models?\W*$", re.IGNORECASE)
"""A link that is called nothing but *model*."""
_STORES = frozenset({"archive", "hub", "file host", "store", "file"})
_SHELF = late(r"/(?:pre-?trained|checkpoints?|weights)(?:/|$)", re.IGNORECASE)
"""A folder of weights on a server of one's own."""
_OWN_SHELF = late(r"/(?:models?|checkpoints)/?$", re.IGNORECASE)
"""A page of models on the project's own site."""
_TRAINED_HERE = late(r"(?<![-\w])(?:training|trained|fine-?tun\w+|our)\b", re.IGNORECASE)
_NO_MODEL = late(r"(?:huggingface|hf)\.co/(?:datasets|spaces|papers|docs|blog)/")
_MODEL_PAGE = late(
    r"(?:huggingface|hf)\.co/(?!(?:datasets|spaces|papers|docs|blog|collections)/)[\w.-]+/[\w.-]+/?$", re.IGNORECASE
)
"""A model's own page on the hub."""
_TRACKER = late(r"weights\s*(?:&(?:amp;)?|and)\s*biases", re.IGNORECASE)
_DATA = late(
    r"\bdata(?:set|sets|base)?\b|\bcorpus\b|\bcorpora\b|\bbenchmarks?\b|\btraining set\b|\btrajector\w+|\brecordings\b",
    re.IGNORECASE,
)
_TRAINED_ON = late(
    r"\b(?:trained|models?|weights|checkpoints?|networks?|classifiers?|teachers?)\b[^.,;]{0,60}?"
    rf"\b(?:on|for|with|using|over) (?:(?!and (?:the|our)\b)[\w'/()-]{{1,40}} ){{0,6}}?(?:{_DATA.pattern})",
    re.IGNORECASE,
)
"""Data that only tell what models were trained on."""
_SHARD = late(r"\.data-\d+-of-\d+")
"""How TensorFlow calls the parts of its weights."""
_BACKBONE = late(
    r"torchvision|\bImageNet[- ]pre-?trained|\bbackbone|\bLLaMA|\bBERT\b|\bVGG|\bInception|word2vec"
    r"|\bGloVe|embeddings?\b|fasttext|\bGPT",
    re.IGNORECASE,
)


def kind_of(url: str) -> str:
    """Return what kind of place *url* is: archive, hub, file host, store, repository, file, path, page."""
    if not re.match(r"[a-z0-9]+://", url):
        return "path"
    for kind, pattern in (("archive", _ARCHIVE), ("hub", _HUB), ("file host", _HOST), ("store", _STORE)):
        if pattern.search(url):
            return kind
    if re.search(r"(?:github|gitlab|bitbucket)\.(?:com|org)", url):
        return "file" if "/releases/" in url or "/raw/" in url else "repository"
    return "file" if _FILE.search(url) else "page"


def links_about(project: Project, subject: str) -> list[Link]:
    """Return the links that lead to trained weights or to data (*subject*: ``weights`` or ``data``)."""
    return project.once(f"links about {subject}", lambda: _links_about(project, subject))


def _links_about(project: Project, subject: str) -> list[Link]:
    lines = {(line.path, line.number): line for line in project.prose.lines}
    found = []
    for link in project.prose.links:
        bare = re.fullmatch(r"[a-z]+://[^/]+/?", link.url)
        if link.image or (bare and subject == "weights"):
            continue
        if _PAPER.search(link.url) or link.url.startswith(("#", "mailto:")):
            continue
        context = _context(lines, link)
        if subject == "weights" and not _DATA.search(context):
            context = f"{_begun(lines, link)} {context}"
        titles = " ".join(link.section.split(" / ")[-2:])
        if subject == "weights" and _TRAINED_HERE.search(titles):
            titles = _BACKBONE.sub("", titles)
        about = f"{context} {link.text} {link.used} {titles} {link.url.rsplit('/', 1)[-1]}"
        if bare and not re.search(r"\bdata", context, re.IGNORECASE):
            continue
        if _leads(link, about, subject, _bears(link.url, project.name)):
            found.append(link)
    return found


def _context(lines: dict[tuple[str, int], Line], link: Link) -> str:
    """What is said where *link* stands; of a command, in the comments right above it too."""
    line = lines.get((link.path, link.number))
    if line is None or line.kind != "code":
        return line.text if line else ""
    above = lines.get((link.path, link.number - 1))
    comment = above.raw if above and above.kind == "code" and above.raw.lstrip().startswith("#") else ""
    return f"{comment} {line.text}"


def _begun(lines: dict[tuple[str, int], Line], link: Link) -> str:
    """The sentence in which *link* stands, as far as it stands in the line above."""
    line, above = lines.get((link.path, link.number)), lines.get((link.path, link.number - 1))
    if not line or not above or {above.kind, line.kind} != {"text"} or _STARTS_ANEW.match(line.raw):
        return ""
    begun = _SENTENCE_END.split(above.text)[-1]
    return "" if begun.endswith((".", "!", "?", ":", ";")) else begun


_STARTS_ANEW = late(r"\s*(?:[-*+>|<]|\d+[.)]\s|$)")
_SENTENCE_END = late(r"(?<=[.!?])\s+(?=[A-Z])")


def _bears(url: str, name: str) -> bool:
    """Tell whether the address bears the project's own name."""
    short = re.sub(r"[^a-z0-9]", "", name.lower().split("__")[-1])
    return len(short) > 3 and short in re.sub(r"[^a-z0-9]", "", url.lower())


def _leads(link: Link, about: str, subject: str, own_name: bool) -> bool:
    kind = kind_of(link.url)
    weights = _WEIGHTS.search(_TRACKER.sub("", about)) or _LABELLED.match(link.text)
    if subject == "weights":
        shelf = _SHELF.search(link.url) or (own_name and kind == "page" and _OWN_SHELF.search(link.url))
        stored = (kind in _STORES or shelf) and not _NO_MODEL.search(link.url)
        if own_name and _MODEL_PAGE.search(link.url):
            return True
        return bool(weights and stored and (own_name or not _BACKBONE.search(about)))
    if weights:
        about = _SHARD.sub("", about.replace(link.url, " "))
        about = _TRAINED_ON.sub(lambda m: m.group() if link.text in m.group() else " ", about)
    if kind == "path":
        return False
    return bool(_DATA.search(about)) and (kind != "repository" or bool(re.search(r"\bdata(?:set)?s?\b", about, re.I)))
