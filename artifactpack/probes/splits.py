"""How the data are split."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Defect, Fact, Finding, Source
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._own import code_of, lines_with, place
from artifactpack.probes._paper import places
from artifactpack.probes._splits_seeds import seeded_beside, seeded_draws
from artifactpack.project import Project

if TYPE_CHECKING:
    from artifactpack.core.latex_outline import Sentence

NAME = "splits"
FACTS = {
    "stated": "splits are described in the paper, documents, configuration or code",
    "seeded": "random splits are drawn with a fixed or configurable seed",
    "unseeded": "split calls without a seed",
    "test_in_training": "places where training code reads test data",
    "sizes": "sizes of split files or recorded splits",
    "overlap": "lines that two split files share",
    "disjoint": "split files share no line",
}
_SAID = late(
    r"\b(?:train(?:ing)?|test(?:ing)?|val(?:idation)?|dev(?:elopment)?|held[- ]out)\b[^.]{0,40}\b(?:split"
    r"|splits|sets?|partition|fold|images|samples|examples)\b"
    r"|\bcross[- ]validation\b|\bk[- ]fold\b|\b\d{1,2}\s?[/:]\s?\d{1,2}(?:\s?[/:]\s?\d{1,2})? split\b",
    re.IGNORECASE,
)
_PART = r"(?:train|test|val|dev)\w*"
_RATIO = r"\b\d{1,2}\s?[/:]\s?\d{1,2}\b"
_SPLIT = late(
    r"\b(?:standard|official|pre-?defined|original|default|stratified) (?:[\w-]+[/ ]){0,3}splits?\b"
    rf"|\bcross[- ]validation\b|\b(?:\d+|five|ten|k)-fold\b"
    rf"|{_RATIO}[^.]{{0,40}}\bsplits?\b|\bsplits?\b[^.]{{0,40}}{_RATIO}"
    rf"|\d[\d.,]*\s?[kK%]?\s(?:[\w-]+ ){{0,3}}(?:for|as|to) (?:the |a )?(?:{_PART}|held)"
    rf"|\b{_PART}(?: (?:set|split|data)s?)? (?:\w+ ){{0,2}}(?:of|with|contain\w*|compris\w*|ha[sv]e?|consist\w*)"
    rf" (?:\w+ ){{0,3}}\d|\d[\d.,]*\s?[kK]? (?:\w+ ){{0,2}}{_PART} (?:images|samples|examples|instances|pairs|points)"
    r"|\bh[oe]ld(?:ing)?[- ]out (?:of )?\d",
    re.IGNORECASE,
)
_CALLS = late(
    r"(?:.*\.)?(?:train_test_split|random_split|(?:Stratified|Group|Repeated|StratifiedGroup"
    r"|TimeSeries)?(?:KFold|ShuffleSplit|Split)|LeaveOneOut|StratifiedShuffleSplit"
    r"|SubsetRandomSampler|get_idx_split|RandomNodeSplit)$"
)
_ORDERED = late(r"(?:^|\.)(?:LeaveOneOut|get_idx_split|TimeSeriesSplit|(?:Stratified|Group)*KFold)$")
_LOADED = late(
    rb"\bsplit\s*=\s*[\"'](?:train|test|val\w*|dev)|\btrain\s*=\s*(?:True|False)\b|\b(?:x|X)_?(?:train"
    rb"|test)\b|\b(?:train|test|val\w*)_?(?:set|loader|data\w*|idx|indices|mask|x|y)\b"
)
_FILE = late(r"(?:^|[/_.-])(train(?:ing)?|test(?:ing)?|val(?:id(?:ation)?)?|dev|eval)(?:[_.-]|$)", re.IGNORECASE)
_TEXTUAL = (".csv", ".tsv", ".txt", ".jsonl", ".data", ".arff")
_CHOSEN_BY_TEST = late(
    rb"\A(?>.*?\bif\b).*?(?:\btest_(?:acc|loss|score|f1|auc|err|metric)\w*\s*[<>]=?\s*(?:self\.)?best_?(?!val)\w*"
    rb"|\b(?:self\.)?best_?(?!val)\w*\s*[<>]=?\s*test_(?:acc|loss|score|f1|auc|err|metric)\w*)"
    rb"|\.fit\(\s*(?:X|x)_?test\b"
)
_TEST_TOKENS = (b"test_", b".fit(")
_ASSIGNED = rb"^[ \t]*(?:\w+ ?, ?){0,4}%s(?: ?, ?\w+){0,4} ?=(?!=)[^\n]*"
_TESTED = late(rb"\btest_\w+")
_HELD_OUT = late(rb"[(,=]\s*(?:self\.)?(?:val(?:id\w*?)?|dev)(?:_?(?:data|load|set|iter|batch)\w*)?\s*[,)]")
_TEST_DATA = late(rb"[(,=]\s*(?:self\.)?test_?(?:data|load|set|iter|batch)\w*\s*[,)]")


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report splits that documents, files and code tell of, their seeds, overlap, and models chosen by test data."""
    index = project.index
    splits = list(index.calls(_CALLS))
    calls = [(at(p, index.line(p, e.line), n), e.args or {}) for p, n, e, _ in splits]
    said = [at(line.path, line.number, line.text) for line, _ in project.prose.find(_SAID)]
    files = _split_files(project)
    loaded = _loaded_apart(project)
    sightings = places(project, paper_split) + [seen("static", True, s, note="document") for s in said[:3]]
    sightings += [seen("static", True, s, note="code") for s, _ in calls[:3]] + [
        seen("static", True, at(f, 1), note="file") for f in files[:3]
    ]
    sightings += [seen("static", True, s, note="code") for s in loaded[:2]]
    fixed = seeded_draws(project) if splits else frozenset()
    good = [(p, e.line) in fixed or seeded_beside(project, p, e, scope) for p, _, e, scope in splits]
    drawn = [(s, g or _seeded(args)) for (s, args), g in zip(calls, good, strict=True) if not _in_order(s.text, args)]
    loose = [s for s, seeded in drawn if not seeded]
    chosen = _chosen_by_test(project)
    facts = {
        "stated": known(*sightings) if sightings else absent("no split in the paper, documents, code or files"),
        "seeded": known(seen("static", not loose, *(loose or [s for s, _ in drawn])[:5]))
        if drawn
        else absent("no random split in the code"),
        "unseeded": known(seen("static", [s.text for s in loose], *loose[:10])),
        "test_in_training": known(seen("static", [f"{s.path}:{s.line}" for s in chosen], *chosen)),
        **_overlap(project, files),
    }
    return Finding(facts=facts, defects=tuple(_defect(source) for source in chosen[:10]))


def paper_split(one: Sentence) -> bool:
    """Tell whether a sentence of the paper gives splits with sizes, or says that they are the standard ones."""
    return bool(_SPLIT.search(one.text))


def _in_order(name: str | None, args: dict[str, tuple[str, ...]]) -> bool:
    """Whether the call *name* splits as the data lie, without a random number."""
    return "shuffle" not in args and _ORDERED.search(name or "") is not None


def _seeded(args: dict[str, tuple[str, ...]]) -> bool:
    value = args.get("random_state") or args.get("generator") or args.get("seed") or args.get("random_seed") or ()
    return (bool(value) and tuple(value) not in {("=null",), ("=None",)}) or tuple(args.get("shuffle", ())) in {
        ("=false",),
        ("=False",),
    }


def _split_files(project: Project) -> list[str]:
    roles = project.index.roles
    return [
        f
        for f in project.files
        if f.endswith(_TEXTUAL) and _FILE.search(f.rsplit("/", 1)[-1]) and not roles.is_vendored(f)
    ][:40]


def _chosen_by_test(project: Project) -> list[Source]:
    found = []
    for path in project.index.chosen:
        data = code_of(project, path)
        for start, line in lines_with(data, _TEST_TOKENS):
            if (chosen := _CHOSEN_BY_TEST.search(line)) and not _measured_apart(data, start, chosen.group()):
                found.append(place(project, path, data, start, line))
    return found[:20]


def _measured_apart(data: bytes, start: int, choice: bytes) -> bool:
    """Whether what is called test in *choice* was last measured, before *start*, on validation data alone."""
    if (name := _TESTED.search(choice)) is None:
        return False
    made = list(re.finditer(_ASSIGNED % name.group(), data[:start], re.MULTILINE))
    return bool(made and _HELD_OUT.search(made[-1].group()) and not _TEST_DATA.search(made[-1].group()))


def _loaded_apart(project: Project) -> list[Source]:
    """Return the first place where code tells training from test data."""
    for path in project.index.chosen:
        data = code_of(project, path)
        if match := _LOADED.search(data):
            return [place(project, path, data, match.start())]
    return []


def _overlap(project: Project, files: list[str]) -> dict[str, Fact]:
    """Compare training with test files of the same folder and ending, line by line; short lines may well repeat."""
    pairs = [
        (a, b) for a in files for b in files if _role(a) == "train" and _role(b) in {"test", "val"} and _alike(a, b)
    ][:10]
    sizes = {f: project.read_text(f).count("\n") for f in files if project.size(f) < 2_000_000}
    facts = {"sizes": known(seen("static", sizes))}
    if not pairs:
        return facts | dict.fromkeys(("overlap", "disjoint"), unknown("no training and test files lie side by side"))
    shared = {f"{a} and {b}": _shared(project, a, b) for a, b in pairs}
    worst = max(shared.values())
    places = [at(a, 1) for (a, b) in pairs if shared[f"{a} and {b}"]][:5]
    facts["overlap"] = known(
        seen("static", worst, *places, note="; ".join(f"{k}: {v}" for k, v in shared.items() if v))
    )
    facts["disjoint"] = known(seen("static", worst == 0, *places))
    return facts


def _role(path: str) -> str:
    match = _FILE.search(path.rsplit("/", 1)[-1])
    word = match.group(1).lower() if match else ""
    return "train" if word.startswith("train") else "test" if word.startswith("test") else "val" if word else ""


def _alike(a: str, b: str) -> bool:
    return a.rsplit("/", 1)[0] == b.rsplit("/", 1)[0] and _FILE.sub("_", a.rsplit("/", 1)[-1]) == _FILE.sub(
        "_", b.rsplit("/", 1)[-1]
    )


def _shared(project: Project, a: str, b: str) -> int:
    first = {line for line in project.read_text(a).split("\n")[1:] if len(line) > 20}
    return len(first & {line for line in project.read_text(b).split("\n")[1:] if len(line) > 20})


def _defect(source: Source) -> Defect:
    return Defect(
        id="splits.chosen_by_test",
        fact="splits.test_in_training",
        message="the model is chosen, or fitted, by test data",
        sources=(source,),
        fix="Choose by a validation set; look at the test set once.",
    )
