"""Repetition over seeds and runs: in code, scripts, configuration and documents; and how many runs files show."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator

from artifactpack.core.facts import at
from artifactpack.models.fact import Source
from artifactpack.patterns import late
from artifactpack.probes._numbers import named_results
from artifactpack.probes._own import LONGEST, code_of, lines_with, place
from artifactpack.project import Project
from artifactpack.project.shell import is_script

_MANY = rb"(?:[2-9]|[1-9]\d{1,4})\b"
_COUNTED = (
    rb"(?:num|n|nb|no|number_?of|total|max)_?(?:reps|runs?|repetitions?|seeds?|replicat\w+|realizations?"
    rb"|random_?(?:runs?|seeds?|splits?)"
    rb"|samplings|simulations?|mc_?runs?|monte_?carlo)\b"
)
_LOOP = late(  # begins with fixed letters, which are found many times faster than a word's beginning
    rb"for\s(?<=\bfor\s)\s*(?:"
    rb"(?:\w+\s*,\s*(?=[^\n]{0,80}?\sin\s+(?:enumerate|zip|[\w.]*product|t?q?range|[\w.]*(?:seed|item|config|setting|run|exp|grid))))?"
    rb"(?>\w*?seed\w*)(?:\s*,\s*\w+)?\s+in\s+(?!\[\s*\w+\s*\])"
    rb"|(?:i_|n_)?rep(?:\s*,\s*\w+)?\s+in\s+(?:t?q?range|trange|tqdm)\s*\("
    rb"|(?:\w+\s*,\s*)?(?:i_|n_)?(?:repeat|repetition|replicate|run|run_?(?:id|idx|i|no|num)"
    rb"|i_?run|trial|realization|mc_run|exp_?run)"
    rb"(?:\s*,\s*\w+)?\s+in\s+(?:t?q?range|trange|tqdm|enumerate)\s*\((?!\s*(?:self\._?|[\w.]*action_?|[\w.]*frame_?)"
    rb"(?:repeat|skip)s?\b)"
    rb"|\w+\s+in\s+(?:tqdm\()?t?range\(\s*(?:int\()?(?:[\w.]+\.|\w+\[['\"])?" + _COUNTED + rb")"
)
_SETTING = late(
    rb"(?:\b|_)"
    + _COUNTED
    + rb"['\"]?\s*[=:]\s*"
    + _MANY
    + rb"|['\"]--?"
    + _COUNTED.replace(b"_?", b"[_-]?")
    + rb"['\"][^\n]{0,120}default\s*=\s*"
    + _MANY
    + rb"|\bseeds?(?:_?list)?['\"]?\s*[=:]\s*[\[(]\s*\d+\s*,\s*\d"
    + rb"|\bseeds?(?:_?list)?['\"]?\s*[=:]\s*(?:list\()?(?:np\.a)?range\(\s*"
    + _MANY
    + rb"|\bruns?_?list\s*=\s*(?:\[\s*\d+\s*,|range\()"
    + rb"|groupby\([^)\n]{0,80}seed"
)
_LOOP_TOKENS = (b"seed", b"Seed", b"SEED", b"rep", b"run", b"trial", b"realiz", b"simul", b"monte", b"sampling")
_SETTING_TOKENS = (
    b"seed",
    b"runs",
    b"reps",
    b"_run",
    b"_rep",
    b"-run",
    b"-rep",
    b"run_list",
    b"replicat",
    b"realization",
    b"simulation",
    b"samplings",
    b"monte",
)
_SIGN = rb"(?:\xc2\xb1|\+/?-|\\pm|\\u00b1)(?:\s|\\?\$)*"
_SPREAD = late(  # the first sign of a line that opens something, and a word anywhere behind it
    rb"\A(?>.*?" + _SIGN + rb"[{%'\"(]).*?(?<![a-z])(?:std|sem|stderr|std_?dev|ci|conf\w*)(?![a-z])"
    rb"|" + _SIGN + rb"(?:std|sem|stderr|ci)\b",
    re.IGNORECASE,
)
_NAME = late(rb"(?>[\w.]+)(?:\((?>[\w.]*))?")
_OF_TIME = late(rb"time(?!step)|latency|duration|elapsed|fps", re.IGNORECASE)
"""What names speed, whose spread is no result's."""
_SEARCHES = late(
    rb"(?:lr|learning_?rate|batch_?size|dropout|weight\w*|hidden\w*|layers?|gamma|alpha|beta)['\"]?\]?\s*=\s*"
    rb"[^\n]{0,40}\brandom\.(?:choice|uniform|randint|sample)\(",
    re.IGNORECASE,
)
"""What makes of runs a random search: each is given other settings."""
_BODY = 1_200
_PRINTED_TOKENS = (b"\xc2\xb1", b"+/-", b"+-", b"\\pm", b"\\u00b1")
_BAND_TOKENS = (b"fill_between", b"errorbar", b"yerr")
_OF_RUNS = rb"(?:result|score|acc|return|reward|run|seed|loss|err|perf|metric|auc|f1|eval)"
_STD = late(
    rb"(?:std|sem)\(\s*[\w.]*" + _OF_RUNS + rb"|\b(?=\w*?" + _OF_RUNS + rb")\w+(?:\[[^\]\n]{0,40}\])?\.(?:std|sem)\(",
    re.IGNORECASE,
)
_GROUPED = late(rb"groupby\([^\n]{0,80}\)[^\n]{0,80}(?:\.(?:std|sem)\(|agg\([^\n]{0,60}[\"'](?:std|sem)[\"'])")
_MEASURES = late(rb"(?:val|valid|test|eval)_?(?:acc|loss|score|err|f1|auc|rmse|return|reward)", re.IGNORECASE)
_SHELL_LOOP = late(
    r"^\s*for\s+(\w+)\s+in\s+(\{\d+\.\.\d+\}|\$\(seq[^)]*\)|`seq[^`]*`|(?:\d+\s+){1,50}\d+"
    r"|\"?\$\{?\w*seeds?\w*(?:\[@\])?\}?\"?)\s*(?:;|$|do)|"
    r"^\s*(?:seeds?)=\((?:\s*\d+){2,}|^\s*for\s*\(\(\s*(\w+)\s*=\s*\d+\s*;",
    re.IGNORECASE,
)
_SEED_VARIABLE = late(r"seed|^run|^rep|trial|^exp$", re.IGNORECASE)
_SWEEP = late(
    r"^[^\S\n]*[\"']?(?:[\w.]*[._])?seeds?[\"']?\s*:\s*(?:\[\s*\d+\s*,"
    r"|\n\s+[\"']?values[\"']?\s*:\s*\[\s*\d+\s*,|\n\s+-\s*\d+\s*\n\s+-\s*\d+"
    r"|\{[^}\n]*values[^}\n]*\[\s*\d+\s*,"
    r"|\n\s+values\s*:\s*\n\s+-\s*\d+\s*\n\s+-\s*\d+|\s*(?:choice|range)\(\s*\d+\s*,|\s*\d+\s*,\s*\d+)"
    r"|^[^\S\n]*[\"']?(?:num|n|nb|N)_?(?:reps|runs?|repetitions?|seeds?|gen|samplings?|realizations"
    r"|simulations|random_splits)[\"']?\s*:\s*(?:[2-9]|[1-9]\d{1,3})\b",
    re.MULTILINE,
)
_OUTCOME = late(r"(?:^|/)(?:data|results?|outputs?|logs?|runs|checkpoints?)/", re.IGNORECASE)
_COMMAND = late(r"seed[s]?[= ]\s*[\"']?\d+\s*,\s*\d+|--seeds?\s+\d+\s+\d+|seed=range\(|seed=choice\(", re.IGNORECASE)


def repeated_in_code(project: Project) -> Iterator[Source]:
    """Yield where own code loops over seeds or runs, or computes a spread to show; once a file."""
    for path in project.index.chosen:
        data = code_of(project, path)
        found = next(_repeats(data), None)
        if found is not None:
            yield place(project, path, data, *found)


def _repeats(data: bytes) -> Iterator[tuple[int, bytes]]:
    for tokens, pattern in ((_LOOP_TOKENS, _LOOP), (_SETTING_TOKENS, _SETTING), (_PRINTED_TOKENS, _SPREAD)):
        if pattern is _LOOP and not _LOOP.search(data):
            continue
        for start, line in lines_with(data, tokens):
            if pattern is _LOOP and (b"for " not in line or _searches(data, start, line)):
                continue
            if pattern.search(_without_time(line) if pattern is _SPREAD else line):
                yield start, line
    for start, line in lines_with(data, (b"groupby(",)):
        if _GROUPED.search(line) and _MEASURES.search(data[start : start + 400]):
            yield start, line
    band = next(lines_with(data, _BAND_TOKENS), None)
    if band and any(_STD.search(x) for _, x in lines_with(data, (b"std(", b"sem("))):
        yield band


def _without_time(line: bytes) -> bytes:
    return (
        _NAME.sub(lambda m: b"" if _OF_TIME.search(m.group()) else m.group(), line) if _OF_TIME.search(line) else line
    )


def _searches(data: bytes, start: int, line: bytes) -> bool:
    """Whether the loop in *line*, over runs and no seeds, draws the settings of each."""
    return b"seed" not in line.lower() and _SEARCHES.search(data, start, start + _BODY) is not None


def repeated_in_scripts(project: Project) -> Iterator[Source]:
    """Yield loops over seeds in shell scripts and documents, sweeps over seeds in configuration."""
    roles = project.index.roles
    for path in project.files:
        if roles.is_vendored(path) or project.size(path) > 200_000:
            continue
        if is_script(path):
            lines = project.read_text(path).split("\n")
            yield from (at(path, n, text) for n, text in _loops(lines))
        elif (
            path.endswith((".yaml", ".yml", ".json", ".toml"))
            and project.size(path) < 50_000
            and not _OUTCOME.search(path)
        ):
            text = project.read_text(path)
            if match := _SWEEP.search(text):
                yield at(path, text.count("\n", 0, match.start() + 1) + 1, match.group().strip())
    code = [line for line in project.prose.lines if line.kind == "code" and not line.path.endswith(".ipynb")]
    yield from (at(code[n - 1].path, code[n - 1].number, text) for n, text in _loops([line.raw for line in code]))
    yield from (at(c.path, c.number, c.text) for c in project.prose.commands if _COMMAND.search(c.text))


def repeated_in_files(project: Project) -> Iterator[Source]:
    """Yield tables and records of results that name several seeds."""
    roles = project.index.roles
    records = [f for f in project.files if _RECORDS.search(f) and not roles.is_vendored(f)]
    for path in records[:_MOST_RECORDS]:
        if len(set(_SEED_KEY.findall(_unpacked(project.read_bytes(path, _RECORD_SIZE))))) > 1:
            yield at(path, 1)
    tables = [f for f in project.files if f.endswith((".csv", ".tsv")) and not roles.is_vendored(f)]
    for path in tables[:_MOST_TABLES]:
        head = _cells(project.read_bytes(path, 4_000).partition(b"\n")[0])
        column = next((n for n, name in enumerate(head) if _SEED_COLUMN.match(name)), None)
        if column is None:
            continue
        rows = [_cells(line) for line in project.read_bytes(path, 200_000).split(b"\n")[1:-1]]
        if len({row[column] for row in rows if len(row) > column}) > 1:
            yield at(path, 1, ",".join(head)[:LONGEST])


def _unpacked(data: bytes) -> bytes:
    """The first part of what *data* holds, which may be packed by gzip."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return zlib.decompressobj(wbits=31).decompress(data, 4 * _RECORD_SIZE)
    except zlib.error:
        return b""


def _cells(line: bytes) -> list[str]:
    return re.split(r"[,\t;]", line.decode("utf-8", "replace"))


_MOST_TABLES = 100
_MOST_RECORDS = 20
_RECORD_SIZE = 500_000
_RECORDS = late(r"(?:(?:^|/)(?:runs|logs?)/|results?|scores?|returns?|curves?)[^\n]*\.jsonl?(?:\.gz)?$", re.IGNORECASE)
_SEED_KEY = late(rb"\"(?:random_?)?seed\"\s*:\s*\"?(\d{1,10})\b")
_SEED_COLUMN = late(r"\W*(?:random_?)?seed(?:_?(?:id|no))?\W*$", re.IGNORECASE)


def _loops(lines: list[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        if len(line) < LONGEST and _COMMAND.search(line) and "python" in line:
            yield number, line
        match = _SHELL_LOOP.search(line) if "for" in line or "seed" in line.lower() else None
        if not match or line.lstrip().startswith("#"):
            continue
        variable = match.group(1) or match.group(3) or "seed"
        body = " ".join(lines[number - 1 : number + 40])
        used = re.search(rf"\$\{{?{variable}\b", body)
        if _SEED_VARIABLE.search(variable) or (used and _passes_seed(variable, body)):
            yield number, line


def _passes_seed(variable: str, body: str) -> bool:
    """Tell whether the loop variable reaches a program as its seed, or a short-named one as a bare argument."""
    reference = rf"\$\{{?{variable}\}}?"
    if re.search(rf"(?:seed\w*|run|run_?id|rep|trial|\s-s)[= ]+[\"']?{reference}", body, re.IGNORECASE):
        return True
    return len(variable) == 1 and bool(
        re.search(rf"python\S*\s+\S+\.py(?:\s+[\w$\{{\}}.]+)*\s+{reference}(?:\s|$)", body)
    )


_SAID = late(
    r"\b(?:over|across|of|with|from|on|for|using|averaged?(?: over)?|mean (?:of|over)|\()\s*(?:the\s+)?"
    r"(\d{1,4}|two|three|four|five|six|eight|ten|twenty)\s+"
    r"(?:(?:random|different|independent|training|separate|distinct|repeated|fixed|full|data|test|more)\s+){0,2}"
    r"(?:seeds|runs|repetitions|repeats|trials|replicat\w+|initiali[sz]ations)\b",
    re.IGNORECASE,
)
_SPOKEN = late(
    r"\d\s?%?\s*(?:±|\+-)\s*\.?\d|\b(?:mean|average)\w*\b[^.]{0,60}\bstandard (?:deviations?|errors?)\b"
    r"|\bconfidence intervals?\b|\b(?:multiple|several|different|various|many) (?:random )?(?:seeds|runs"
    r"|initiali[sz]ations)\b"
    r"|\baverag(?:ed?|ing) (?:over|across)\b[^.]{0,40}\b(?:seeds?|runs?|trials?|repetitions?)\b"
    r"|\bstandard (?:deviations?|errors?) (?:over|across|of) (?:the )?(?:\d+ |ten |five )?folds\b"
    r"|\bmean and (?:std|standard)|\b(?:\d+|five|ten|three) (?:random |different )seeds\b"
    r"|\berror bars?\b|\beach (?:experiment|run|setting|method)\b[^.]{0,40}\b(?:\d+|several|multiple|three"
    r"|five|ten) times\b|\bmean ?\(std\)|\b(?:\d+|three|five|ten) times each\b"
    r"|\brepeat(?:ed|ing|s)?\b[^.]{0,30}\b(?:\d+|ten|five) times\b",
    re.IGNORECASE,
)
_OTHER = late(
    r"\b(?:group'?s?|batch(?:es)?|channels?|pixels?|advantages?)\b|"
    r"\b(?:hope|plan|intend|leave\w*) (?:to|for)\b|\bfuture\b|"
    r"\?\W*$|"
    r"^\W*(?:\d{1,2}\W{1,3})?(?:include|report|add|state|provide|consider|ensure|replicate|does|do|did|are|is) \w|"
    r"\bcomputed (?:for|from|on)\b|"
    r"\bnormali[sz]\w*|\bnoise\b|\bdivid\w+|\bprior\b|\binitiali[sz]ed? (?:with|from)\b|^\W*--?\w",
    re.IGNORECASE,
)
_NAMED = late(
    r"\bstandard (?:deviations?|errors?)\b|\bstd(?:\.|ev)?\b|\bs\.?d\.?\b|\bsem\b"
    r"|\bconfidence intervals?\b|\b9[05] ?% ?CI\b",
    re.IGNORECASE,
)
_SPREAD_TOKENS = (  # each statement of spread has one of these
    *("±", "+-", "standard", "confidence", "seeds", "runs", "initiali", "averag", "mean", "error bar", "times"),
    *("repetitions", "repeats", "trials", "replicat"),
)
_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "twenty": 20}


def stated_spread(project: Project) -> list[tuple[Source, int]]:
    """Return (where, number of runs claimed, 0 where none is given) of documents that give spread or number of runs."""
    said = (x for x in project.prose.lines if x.kind != "code" or x.raw.lstrip().startswith("#"))
    lines = (line for line in said if says_spread(line.text))
    return [(at(line.path, line.number, line.text), claimed_runs(line.text)) for line in lines]


_RESAMPLED = late(r"\b(?:bootstrap\w*|resampl\w*|permutation\w*|jackknife)\b", re.IGNORECASE)
"""What is repeated on the numbers of one run."""


def says_spread(text: str) -> bool:
    """Tell whether *text* gives a spread over seeds or runs, or their number."""
    lowered = text.lower()
    if not any(token in lowered for token in _SPREAD_TOKENS):
        return False
    return bool(claimed_runs(text) or (_SPOKEN.search(text) and not _OTHER.search(text)))


def claimed_runs(text: str) -> int:
    """The number of runs that *text* says are behind its numbers; 0 where it gives none."""
    said = next(
        (m for m in _SAID.finditer(text) if not _RESAMPLED.search(text[max(m.start() - 60, 0) : m.start()])), None
    )
    word = said.group(1).lower() if said else "0"
    return _WORDS[word] if word in _WORDS else int(word)


def names_spread(text: str) -> bool:
    """Tell whether *text* says what a spread is."""
    return bool(_NAMED.search(text))


def spread_named(project: Project) -> list[Source]:
    """Return documents' lines that say what the spread of results is; a noise has a standard deviation, too."""
    lines = (line for line, _ in project.prose.find(_NAMED) if says_spread(line.text) or _SUMMARY.search(line.text))
    return [at(line.path, line.number, line.text) for line in lines]


_SUMMARY = late(r"±|\b(?:mean|average)\s?/\s?std\b", re.IGNORECASE)


_RUN_IN_NAME = late(r"(?:seed|run|rep|trial)[_=-]?(\d{1,6})", re.IGNORECASE)


def runs_in_files(project: Project) -> tuple[int, list[Source]]:
    """Return how many runs the result files of the tree can come from at most (0: no such files), and those files."""
    files = [f for f in named_results(project) if f.endswith((".json", ".jsonl", ".csv", ".tsv", ".txt", ".log"))]
    if not files:
        return 0, []
    named = {m.group(1) for f in files for m in [_RUN_IN_NAME.search(f)] if m}
    inside = max((_runs_inside(project, f) for f in files[:20]), default=1)
    return max(len(named), inside, 1), [at(f, 1) for f in files[:5]]


_SUMMED_UP = late(
    r"(?<![a-z])(?:mean|avg|average|median|std|stdev|stddev|sem|stderr|ci|ci95|lower|upper|n_?(?:seeds|runs)|num_(?:seeds|runs))"
    r"(?![a-z])",
    re.IGNORECASE,
)


def _runs_inside(project: Project, path: str) -> int:
    text = project.read_text(path)[:500_000]
    if _SUMMED_UP.search(text):
        return 1_000_000  # what is left of any number of runs
    if path.endswith(".json"):
        try:
            return _longest(json.loads(text), 0)
        except (ValueError, RecursionError):
            return 1_000_000
    if path.endswith((".csv", ".tsv", ".jsonl")):
        return max(text.count("\n") - 1, 1)
    return 1_000_000  # free text can hold any number of runs


def _longest(value: object, depth: int) -> int:
    if depth > 6:
        return 1
    if isinstance(value, list):
        return max([len(value), *(_longest(v, depth + 1) for v in value[:50])])
    if isinstance(value, dict):
        seeds = sum(bool(_RUN_IN_NAME.search(str(k)) or str(k).isdigit()) for k in value)
        return max([seeds, 1, *(_longest(v, depth + 1) for v in list(value.values())[:50])])
    return 1
