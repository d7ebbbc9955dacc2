"""Two traces of one seed: the first operator whose output differs, and the line where the difference came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from artifactpack.models.outcome import Difference
from artifactpack.models.records import record
from artifactpack.patterns import late
from artifactpack.recorder.traces import Entry, Traces

Pair = tuple[str, str]
RANDOM = late(
    r"(bernoulli|normal|uniform|rand|dropout|multinomial|exponential_|geometric_|cauchy_|log_normal_|random_|poisson|rrelu)"
)
_CAUSES: tuple[tuple[str, str], ...] = (
    (
        r"\b(listdir|scandir|iterdir|glob|rglob|walk)\b",
        "the order of a directory listing, which no system promises; sort it",
    ),
    (r"\b(time|time_ns|perf_counter|monotonic|now|utcnow|today)\s*\(", "a value taken from the clock"),
    (
        r"\b(urandom|uuid[14]|token_\w+|getpid|getrandom|SystemRandom)\b",
        "a value taken from the system, new in every process",
    ),
    (
        r"\b(as_completed|imap_unordered|wait)\s*\(",
        "the order in which threads or processes finish; take their results in the order they were given",
    ),
    (r"\bhash\s*\(", "hash() of text, which differs between processes unless PYTHONHASHSEED is set"),
    (r"\bid\s*\(", "id(), an address in memory"),
    (r"\b(np|numpy)\.random\b|\bdefault_rng\b|\brng\b", "numpy's random numbers, which no seed fixes here"),
    (r"\brandom\.\w+|\bshuffle\s*\(", "random numbers that no seed fixes here"),
    (r"\btorch\.(rand\w*|normal|seed)\b", "torch's random numbers, which no seed fixes here"),
)
_NAME = late(r"(?:self\.)?[A-Za-z_]\w*")
_SET = "the iteration order of a set, which differs between processes unless PYTHONHASHSEED is set"


@record
class Cause:
    """A line of the project where equal inputs first gave different values."""

    path: str
    line: int
    text: str
    name: str = ""
    values: Pair = ("", "")
    why: str = ""


@record
class Divergence:
    """Where two runs of one seed part; ``found`` False means that nothing traced differs."""

    found: bool
    step: int | None = None
    operator: str = ""
    path: str = ""
    line: int = 0
    text: str = ""
    process: str = "main"
    cause: Cause | None = None
    why: str = ""
    differences: tuple[Difference, ...] = ()
    runs: int = 0
    seconds: float = 0.0
    note: str = ""


class Compare:
    """One process's traces of two runs, side by side."""

    def __init__(self, one: list[Entry], two: list[Entry], source: Callable[[str, int], str]) -> None:
        self.one, self.two, self.source = one, two, source
        self.pairs: list[tuple[int, str, int, str, Pair]] = []  # place, path, line, name, values
        self.values: dict[tuple[str, int, str], tuple[int, str]] = {}
        self.sets: set[str] = set()
        self.split = self._align()

    def _align(self) -> int:
        """Walk both until the program takes another way; collect every name whose value differs before that."""
        for place, (a, b) in enumerate(zip(self.one, self.two, strict=False)):
            if a[0] != b[0] or a[1] != b[1] or (a[0] == "o" and a[2:4] != b[2:4]) or (a[0] != "o" and a[2] != b[2]):
                return place
            if a[0] != "o":
                self._names(place, a, b)
        return min(len(self.one), len(self.two))

    def _names(self, place: int, a: Entry, b: Entry) -> None:
        for name, value in a[3].items():
            other = b[3].get(name)
            if other is not None and other != value:
                self.pairs.append((place, a[1], a[2], name, (value, other)))
            if value.startswith("set:"):
                self.sets.add(name)

    def operator(self) -> int | None:
        """The place of the first operator whose output differs, or where the two programs part."""
        for place in range(self.split):
            a, b = self.one[place], self.two[place]
            if a[0] == "o" and a[4] != b[4]:
                return place
        return self.split if self.split < max(len(self.one), len(self.two)) else None

    # -- where a difference came from ------------------------------------------------------------------------------

    def origin(self, place: int) -> tuple[int, str, int, str, Pair] | None:
        """The earliest differing value that what happened at *place* can be followed back to."""
        entry = self.one[min(place, len(self.one) - 1)]
        path, line = (entry[2], entry[3]) if entry[0] == "o" else (entry[1], entry[2])
        before = [pair for pair in self.pairs if pair[0] <= place]
        inputs = self._inputs(place)
        start = self._latest(before, place, path, line, inputs)
        seen: set[int] = set()
        while start is not None and start[0] not in seen:
            seen.add(start[0])
            first = self._first(start[4], before) or start
            further = self._latest(before, first[0], first[1], first[2], set(), strictly=True, but=first[4])
            if further is None:
                return first
            start = further
        return start

    def _inputs(self, place: int) -> set[Pair]:
        if place >= min(len(self.one), len(self.two)) or self.one[place][0] != "o" or self.two[place][0] != "o":
            return set()
        return {(a, b) for a, b in zip(self.one[place][5], self.two[place][5], strict=False) if a != b}

    def _latest(
        self,
        before: list[tuple[int, str, int, str, Pair]],
        place: int,
        path: str,
        line: int,
        inputs: set[Pair],
        *,
        strictly: bool = False,
        but: Pair | None = None,
    ) -> tuple[int, str, int, str, Pair] | None:
        """The last difference before *place* in what goes in there: by its value, else by a name on the line."""
        names = set(_NAME.findall(self.source(path, line)))
        results = {f"{name.removeprefix('self.')}()" for name in names}
        for pair in reversed(before):
            if pair[0] > place or (strictly and pair[0] >= place):
                continue
            if but is not None and pair[4] == but:
                continue
            if pair[4] in inputs or (pair[1] == path and pair[3] in names and pair[2] != line):
                return pair
            if pair[3] in results and (pair[1], pair[2]) != (path, line):
                return pair
            if pair[1] == path and pair[2] == line and pair[3] in names and not strictly and not inputs:
                return pair
        return None

    def _first(
        self, values: Pair, before: list[tuple[int, str, int, str, Pair]]
    ) -> tuple[int, str, int, str, Pair] | None:
        return next((pair for pair in before if pair[4] == values), None)


def locate(one: Traces, two: Traces, source: Callable[[str, int], str]) -> Divergence:
    """Compare the traces of two runs, the program first, then its workers where the program only received."""
    main = Compare(one.get("0", []), two.get("0", []), source)
    workers = {name: Compare(one[name], two[name], source) for name in sorted(set(one) & set(two)) if name != "0"}
    place = main.operator()
    parted = [(found, name) for name, worker in workers.items() if (found := _parts(worker)) is not None]
    if parted:  # ranks run one program: what the earliest did reached the others
        found, name = min(parted)
        return _describe(workers[name], found, name if name.startswith("rank") else f"worker {name}", source)
    if place is None:
        if main.pairs:
            return Divergence(found=False, note="names in the program differ, but no operator's output does")
        return Divergence(found=False, note="nothing that was traced differs")
    return _describe(main, place, "main", source)


def _parts(compare: Compare) -> int | None:
    """The place where a worker differs: its first operator, else the first value; not where one was ended earlier."""
    found = compare.operator()
    if found is not None and found < min(len(compare.one), len(compare.two)):
        return found
    return compare.pairs[0][0] if compare.pairs else None


def _describe(compare: Compare, place: int, process: str, source: Callable[[str, int], str]) -> Divergence:
    entry = compare.one[min(place, len(compare.one) - 1)]
    other = compare.two[min(place, len(compare.two) - 1)]
    operator = entry[1] if entry[0] == "o" else ""
    path, line = (entry[2], entry[3]) if entry[0] == "o" else (entry[1], entry[2])
    why = _why_operator(entry, other) if entry[0] == "o" and other[0] == "o" else ""
    origin = None if why else compare.origin(place)
    cause = _cause(compare, origin, path, line, source) if not why else None
    return Divergence(
        found=True,
        operator=operator,
        path=path,
        line=line,
        text=source(path, line).strip(),
        process=process,
        cause=cause,
        why=why or (cause.why if cause else ""),
    )


def _why_operator(one: Entry, two: Entry) -> str:
    """Why an operator with equal inputs gives another output; "" where its inputs differ."""
    random = RANDOM.search(one[1]) is not None
    skip = int(random and _in_place(one[1]))  # it overwrites memory that nobody may have initialised
    if one[1] != two[1] or one[5][skip:] != two[5][skip:]:
        return ""
    if random:
        return "a random operator, and the generator's state differs: it was not seeded, or with another value"
    if one[6] != two[6]:
        return f"equal inputs, another number of threads ({one[6]} and {two[6]}): sums are added in another order"
    return (
        "equal inputs, another output: the operator itself is not deterministic here; with "
        "torch.use_deterministic_algorithms(True) torch takes another one where it has one, and stops where it has none"
    )


def _in_place(name: str) -> bool:
    return name.split(".")[1].endswith("_") if name.count(".") else False


def _cause(
    compare: Compare,
    origin: tuple[int, str, int, str, Pair] | None,
    path: str,
    line: int,
    source: Callable[[str, int], str],
) -> Cause:
    name, values = "", ("", "")
    if origin is not None:
        _, path, line, name, values = origin
    text = source(path, line).strip()
    return Cause(path=path, line=line, text=text, name=name, values=values, why=_classify(text, compare.sets))


def _classify(text: str, sets: Iterable[str]) -> str:
    """What on this line can differ between two runs, in words."""
    for pattern, why in _CAUSES:
        if re.search(pattern, text):
            return why
    iterated = re.search(r"\bin\s+(?:enumerate\(|list\(|tuple\()?\s*([\w.]+)", text)
    if re.search(r"\b(set|frozenset)\s*\(", text) or (iterated and iterated[1] in set(sets)):
        return _SET
    return ""
