"""Numbers that are results: tables, text blocks and pictures of documents, result files, notebook outputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, pairwise

from artifactpack.core.facts import at
from artifactpack.models.fact import Source
from artifactpack.patterns import late
from artifactpack.probes._own import own
from artifactpack.project import Project
from artifactpack.project.prose import Line, Link, Table

_MEASURE = late(
    r"\b(?:acc(?:uracy)?|errors?|loss|F1|precision|recall|AUC|AUROC|AUPR|mAP|AP|BLEU|ROUGE|perplexity|PPL"
    r"|FID|IS|PSNR|SSIM|RMSE|MSE|MAE|NLL"
    r"|ELBO|bits|score|avg|average|spearman|pearson|correlations?|NDCG|MRR|hits@?\d*|EM|LPIPS|EPE|CIDEr"
    r"|METEOR|pass@\d+|win rate|STS|top-?[15]|success(?: rate)?|reward|return|regret|WER|CER|IoU|mIoU|dice"
    r"|R2|speed-?up|(?:variance )?explained|recovered"
    r"|results?|performance|baseline|ours"
    r"|test|val(?:idation)?|imagenet|cifar|mnist|correct|robust\w*|bits/dim|likelihood)\b",
    re.IGNORECASE,
)
_VALUE = late(r"(?<![\w.])-?\d{1,6}\.\d{1,4}\b|\b\d{1,3}(?:\.\d+)?\s?%|±|\b\d\.\d+e-?\d+")
_SETTING = late(
    r"\b(?:argument|default|description|option|flag|parameter|hyper-?param\w*|type|version|size|#\s?params"
    r"|download|link|url|file|folder|"
    r"learning rate|batch|python|library|package|gpu)\b",
    re.IGNORECASE,
)
_TITLE = late(
    r"\bresults?\b|\bperformance\b|\bbenchmarks?\b|\baccurac\w+|\bevaluation\b|\bleaderboard\b|\bscores?\b"
    r"|\blearning curves?\b|\bfindings?\b|\bwe f(?:ound|ind)\b",
    re.I,
)
_PLOT = late(
    r"result|accurac|curve|perform|table|plot|score|loss|error|benchmark|eval|metric|roc|ablation|speed|learning|"
    r"rewards?|returns?|perplexity|bleu|fid|histogram|gain",
    re.IGNORECASE,
)
_QUALITY = late(
    r"qualitative|samples?|examples?|demos?|visuali[sz]ation|animation|video|overview|pipeline|how it works", re.I
)
_CAPTION = late(  # read in short lines only
    r"\bresults? (?:on|of|for|with)\b|\baccurac(?:y|ies)\b"
    r"|\bstate[- ]of[- ]the[- ]art\b|\b(?:Fig(?:ure)?|Table)\.? ?\d+:?"
    r"[^.]{0,60}\b(?:results?|performance|error|rewards?)\b",
    re.IGNORECASE,
)
_NOT_A_PLOT = late(
    r"badge|shields|logo|architecture|overview|teaser|pipeline|framework|model(?:\.|_arch)|demo|sample"
    r"|example|illustration|diagram|icon"
    r"|travis|circleci|colab|\.svg\?|animation|banner|schematic|intro|method|concept|workflow|\.gif$|surface"
    r"|landscape|latex\\.codecogs",
    re.IGNORECASE,
)
_RESULT_FILE = late(
    r"(?:^|/)[\w .-]*(?:results?|scores?|metrics|accurac\w*|evaluation|returns|errors?|perform\w*"
    r"|benchmark\w*|test_log)[\w .-]*"
    r"\.(?:csv|tsv|json|jsonl|npy|npz|pkl|pickle|txt|xlsx?|mat|h5|log|tex|pdf|html|md|out|yaml|dat)$"
    r"|(?:^|/)(?:[\w.-]*results?|outputs?|(?:learning|training)[_-]?curves?|final_returns|evals?|logs?|runs"
    r"|final_results)/(?:[^/]+/){0,5}[^/]+\.(?:csv|tsv|json|jsonl|npy|npz|pkl|pickle"
    r"|txt|log|out|xlsx?|mat|h5|dat)$",
    re.IGNORECASE,
)
_FIGURE_FILE = late(
    r"(?:^|/)(?:figures?|figs?|plots?|results?|imgs?|images)/(?:[^/]+/){0,4}[^/]+\.(?:pdf|png|svg|eps|jpe?g)$", re.I
)
_REPORT_FILE = late(r"(?:^|/)(?:report|summary|stats|statistics)\.(?:json|ya?ml)$", re.IGNORECASE)
_KEYED = late(rb"(?<!\w)(?=\w*?(?:acc|rmse|score|auc|f1|error|loss))\w+[\"']?\s*:\s*-?\d*\.\d{2}", re.IGNORECASE)
_LOG_FILE = late(r"(?:^|/)[\w.-]*log[\w.-]*\.(?:txt|log|out|csv)$|\.(?:log|out)$", re.IGNORECASE)
_LOGGED = late(
    r"\b(?:test|val\w*|eval\w*)[\w ]{0,20}(?:acc\w*|error|auc|f1|score|loss|reward|return|nll|bleu)?\W{1,5}\d*\.\d+",
    re.IGNORECASE,
)
_CONFIGURATION = late(
    r"(?:^|/)(?:configs?|conf|settings?|package\w*|requirements?|tests?)(?:/|\.|$)|config|splits?/|vocab|label"
    r"|(?:^|/)docs?/(?:[^/]+/){0,6}[^/]+\.html$",
    re.I,
)
"""Files named like results that are settings, labels, or a manual's pages."""


def result_tables(project: Project) -> list[Table]:
    """Return the tables of documents whose cells are measured numbers rather than settings or links."""
    return [t for t in project.prose.tables if is_results(t)]


def is_results(table: Table) -> bool:
    """Tell whether *table* holds results: at least two measured values and a header or title that names a measure."""
    head = " ".join((*table.rows[0], table.section.rsplit(" / ", 1)[-1], *(r[0] for r in table.rows[1:] if r)))
    values = sum(bool(_VALUE.search(cell)) for row in table.rows[1:] for cell in row)
    cells = sum(len(row) for row in table.rows[1:]) or 1
    if values < 2 and "±" not in " ".join(cell for row in table.rows for cell in row):
        return False
    if _SETTING.search(" ".join(table.rows[0])) and not _MEASURE.search(" ".join(table.rows[0])):
        return False
    return bool(_MEASURE.search(head) or _TITLE.search(table.section)) and values / cells > 0.15


def result_text(project: Project) -> Iterator[Source]:
    """Yield blocks of numbers in documents: measured values after a measure's name, at least two within three lines."""
    lines = [x for x in project.prose.lines if x.kind in {"text", "code"} and not x.path.endswith(".ipynb")]
    last_hit = None
    tested: list[Line] = []
    for line in lines:
        if not _DIGIT.search(line.text):
            continue
        shell = line.kind == "code" and _SHELL.search(line.raw)
        named = (_MEASURED.search(line.text) or _SAID.search(line.text)) if not shell else None
        if not named:
            continue
        if last_hit and last_hit.path == line.path and line.number - last_hit.number <= 3:
            yield at(last_hit.path, last_hit.number, last_hit.text)
            return
        if _SAID.search(line.text) or len(_MEASURED.findall(line.text)) > 1:
            yield at(line.path, line.number, line.text)
            return
        if "test" in line.text.lower():
            tested.append(line)
            if len(tested) == _SCATTERED:
                yield at(tested[0].path, tested[0].number, tested[0].text)
                return
        last_hit = line


_SCATTERED = 3
"""Test results that lie far apart, each beside its command, are results where there are so many."""
_DIGIT = late(r"\d")
_SHELL = late(r"^\s*+(?:\$\s*+)?(?:python|bash|sh|pip|\w+=|--)|--\w")
_MEASURED = late(
    r"\b(?:acc(?:uracy|uracies)?|errors?(?: rate)?|F1|precision|recall|AUC|AUROC|mAP|BLEU|perplexit(?:y|ies)|PPL|FID"
    r"|PSNR|RMSE|MSE|MAE|NLL|ELBO|bits/dim|top-?[15]|WER|mIoU)"
    r"\W{1,4}(?:\w+\W{1,3}){0,4}?(\d{1,3}\.\d{1,4}|\d{1,3}(?:\.\d+)?\s?%)",
    re.IGNORECASE,
)
_SAID = late(
    r"\b(?:get|gets|got|achiev(?:es?|ed|ing)|reach(?:es|ed)?|obtain(?:s|ed)?|yields?|gives?|produces?|report(?:s"
    r"|ed)?|results? in|improves?d?)\b"
    r"[^.]{0,80}\d{1,3}(?:\.\d+)?\s?%[^.]{0,60}\b(?:accuracy|error|test|F1|AUC|top)\b"
    r"|\b(?:should|will|can) (?:see|get|obtain|reach|observe)\b[^.]{0,60}\d{1,3}\.\d{1,4}\W{1,4}(?:\w+ )?"
    r"(?:accuracy|error|F1|AUC|perplexity|BLEU|WER)\b"
    r"|\b(?:accuracy|error|F1|AUC)\b[^.]{0,40}\b(?:of|is|was|about|around)\s\d{1,3}(?:\.\d+)?\s?%",
    re.IGNORECASE,
)


def result_images(project: Project) -> list[Link]:
    """Return pictures in documents that show results: by their name, label, or the title they stand under."""
    texts = {(line.path, line.number): line.text for line in project.prose.lines if len(line.text) < 160}
    texts |= _captions(project.prose.lines)
    found = []
    for image in project.prose.images:
        nearby = " ".join(texts.get((image.path, image.number + step), "") for step in (-2, -1, 0, 1, 2))
        if not image.path.endswith(".ipynb") and _shows_results(image, nearby):
            found.append(image)
    return found


_OPENS_CAPTION = late(r"\s*<(?:em|i|small|figcaption)>\s*$", re.IGNORECASE)


def _captions(lines: Iterable[Line]) -> dict[tuple[str, int], str]:
    """Lines of any length right behind a mark that opens a caption."""
    return {
        (line.path, line.number): line.text
        for before, line in pairwise(lines)
        if _OPENS_CAPTION.match(before.raw) and before.path == line.path
    }


def _shows_results(image: Link, nearby: str = "") -> bool:
    name = f"{image.url.rsplit('/', 1)[-1]} {image.text}"
    if _NOT_A_PLOT.search(image.url) or _NOT_A_PLOT.search(image.text):
        return False
    title = image.section
    if _QUALITY.search(title.rsplit(" / ", 1)[-1]):
        return False
    return bool(_PLOT.search(name) or _TITLE.search(title) or "/results/" in image.url or _CAPTION.search(nearby))


def named_results(project: Project) -> list[str]:
    """Return files that are named or placed as results, whatever is in them."""
    ours = own(project)
    named = (f for f in project.files if _RESULT_FILE.search(f) and not _CONFIGURATION.search(f))
    return [f for f in named if not f.endswith(".md") and ours(f)][:50]


def result_files(project: Project) -> list[str]:
    """Return at most 50 files that hold results: by names and places, with numbers inside where they are text."""
    ours = own(project)
    return list(islice((path for path in project.files if _holds_results(project, path, ours)), 50))


def _holds_results(project: Project, path: str, ours: Callable[[str], bool]) -> bool:
    if _REPORT_FILE.search(path) and ours(path) and _KEYED.search(project.read_bytes(path, 20_000)):
        return True
    if _LOG_FILE.search(path) and ours(path) and _LOGGED.search(_ends(project, path)):
        return True
    if not _RESULT_FILE.search(path) or not ours(path) or _CONFIGURATION.search(path) or project.size(path) < 30:
        return False
    if path.endswith((".md", ".txt", ".log", ".out", ".json", ".csv", ".tsv", ".tex", ".yaml", ".dat")):
        head = project.read_bytes(path, 20_000).decode("utf-8", "replace")
        return len(re.findall(r"\d+\.\d+", head)) > 2 and not path.endswith(".md")
    return True


def _ends(project: Project, path: str) -> str:
    return project.read_bytes(path, 400_000)[-20_000:].decode("utf-8", "replace")


def figure_files(project: Project) -> list[str]:
    """Return figures in the tree whose names speak of results."""
    ours = own(project)
    named = (f for f in project.files if _FIGURE_FILE.search(f) and ours(f))
    return [f for f in named if _PLOT.search(f.rsplit("/", 1)[-1]) and not _NOT_A_PLOT.search(f.rsplit("/", 1)[-1])][
        :50
    ]


_SHOWS_HOW = late(
    r"(?:^|/|_|-)(?:example|demo|tutorial|visuali[sz]\w*|viz(?![a-z])|pre_?proc\w*|prepar\w*|explor\w*|get_?started"
    r"|quick_?start|colab|playground|sandbox|scratch)"
    r"|(?:^|/)data(?:set)?s?(?:[_-]\w+)?/",
    re.IGNORECASE,
)
_OUTPUT = late(
    rb'"image/png"\s*:|"text/html"\s*:\s*\[?\s*"[^"]{0,400}<table|"output_type"\s*:\s*"(?:stream|execute_result|display_data|pyout)"'
)
_NUMBERS = late(
    rb"(?:acc(?:uracy)?|error|loss|auc|f1|mse|rmse|nll|score|mean|std|test|return"
    rb"|reward)[^\n\"]{0,40}?\d{1,40}\.\d|\d\.\d+\s?(?:\+/?-|\xc2\xb1|%)",
    re.IGNORECASE,
)


def notebook_results(project: Project) -> list[str]:
    """Return notebooks whose kept outputs show figures, tables or measured numbers."""
    books = [p for p in project.index.paths if p.endswith(".ipynb")]
    return [p for p in books if (_has_spread if _SHOWS_HOW.search(p) else _has_results)(project.index.source(p))]


_SPREAD = late(
    rb"\b(?:acc(?:uracy)?|error|loss|auc|f1|mse|rmse|nll|score|return|reward)\b[^\n\"]{0,40}?\d\.\d+\s?%?\s?"
    rb"(?:\+/?-|\xc2\xb1|\\u00b1)\s?\d",
    re.IGNORECASE,
)


def _has_spread(data: bytes) -> bool:
    """Whether outputs print a measure with its spread: those are results whatever the notebook is called."""
    outputs = [m.start() for m in _OUTPUT.finditer(data)][:400] if _SPREAD.search(data) else []
    return any(_SPREAD.search(data, start, start + 4000) for start in outputs)


_CELL = late(rb"<td>-?\d+\.\d+")
_HEAD = late(rb"<th>([^<]{1,60})</th>")


def _has_results(data: bytes) -> bool:
    outputs = [m.start() for m in _OUTPUT.finditer(data)][:400]
    if not outputs:
        return False
    if b'"image/png"' in data:
        return True
    if _CELL.search(data) and any(_MEASURE.search(m.group(1).decode("utf-8", "replace")) for m in _HEAD.finditer(data)):
        return True
    return any(_NUMBERS.search(data, start, start + 4000) for start in outputs)
