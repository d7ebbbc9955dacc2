"""The hardware that the experiments need or ran on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding, Observation, Source
from artifactpack.models.run import Hardware
from artifactpack.models.system import SystemReading
from artifactpack.patterns import late
from artifactpack.probes._own import LONGEST, line_number, remarks
from artifactpack.probes._paper import given, on_our_runs, said, source
from artifactpack.project import Project

if TYPE_CHECKING:
    from artifactpack.core.latex_outline import Sentence

NAME = "hardware"
FACTS = {
    "stated": "a device model, number of devices or amount of memory is given in documents, comments or cluster "
    "scripts",
    "recorded": "recorded runs know their hardware",
    "described": "stated, in the paper's text too, or recorded",
    "given": "described; known not to be only where the paper was read, too",
    "devices": "the devices named or recorded",
    "memory": "memory in bytes of the recorded machine",
    "consistent": "a device named in the documents or the paper is among those recorded",
}
# Names that can only be a device; the short ones (T4, A10, P100 in an arXiv number) need company.
_MODEL = (
    r"(?:(?:NVIDIA|Nvidia|GeForce|Quadro|Tesla)\W{0,3}(?:Tesla |GeForce |Quadro |RTX |GTX "
    r"|Titan )?[A-Z]{0,3}\d{1,4}\w{0,6}"
    r"|\b(?:RTX|GTX)\W?(?:A)?\d{3,4}(?:\W?Ti)?\b|\bTitan\W?(?:Xp|X|V|RTX|Black)\b|\bTITAN\W?(?:Xp|X|V"
    r"|RTX)\b|\b[123]080\W?[Tt]i\b"
    r"|(?:\b|(?<=\d[x×]))(?:V100|A100|H100|H200|B200|GH200|A6000|A5000|A4000|RTX6000|L40S?|MI\d{3}X?)s?\b|\bTPU\W?v\d\w*"
    r"|\bIntel\W{1,4}(?:\w+ )?(?:Xeon|Core|i[3579])|\bXeon\b|\bAMD (?:EPYC|Ryzen)|\bEPYC\b"
    r"|\bThreadripper\b|\bi[3579]-\d{4,5}\w*"
    r"|\bApple M\d\b|\bM[1-4] (?:Pro|Max|Ultra)\b)"
)
_SHORT = r"\b(?:P100|P40|K80|K40|M40|M60|A40|A30|A10G?|L4|T4|2080|3090|4090|3080|4080|1080)s?\b"
_COUNT = (
    r"\b(?:\d{1,5}|(?:single|one|two|three|four|six|eight|ten|sixteen)\b)[ x×-]{0,3}(?:\d+\W?GB? )?"
    r"(?:(?!(?:or|and|to|per|with|than)\b)\w+ ){0,2}"
    r"(?:GPUs?|TPUs?|CPU cores|CPUs|cores)\b(?!\W{0,2}(?:hours?|days?|years?))"
)
_MEMORY = r"\b\d{1,4}(?:\.\d)?\s?-?(?:GB|GiB|G|gigabytes)\b[^.\n]{0,25}\b(?:RAM|memory|VRAM|GPUs?|main memory)\b"
_MEMORY_2 = r"\b(?:RAM|VRAM|GPU memory|GPUs?)\b[^.\n]{0,25}\b\d{1,4}\s?-?(?:GB|GiB)\b"
_DEVICE = late(_MODEL)
_IN_COMPANY = late(_SHORT)
_DEVICE_TOKENS = (
    *("NVIDIA", "Nvidia", "GeForce", "Quadro", "Tesla", "RTX", "GTX", "Titan", "TITAN", "080", "100", "200", "6000"),
    *("5000", "4000", "L40", "MI", "TPU", "Intel", "Xeon", "AMD", "EPYC", "Threadripper", "i3", "i5", "i7", "i9"),
    *("Apple", "M1", "M2", "M3", "M4"),
)
_NUMBER_TOKENS = ("pu", "core", "ram", "memory")
_COMPANY = late(
    rf"\b\d{{1,3}} ?GB {_SHORT}|\bGPUs?\b|NVIDIA|Tesla|GeForce|RTX|GTX|graphics|cards?\b|CUDA|accelerator",
    re.IGNORECASE,
)
_NUMBER = late(f"{_COUNT}|{_MEMORY}|{_MEMORY_2}", re.IGNORECASE)
_MODELS = (
    rb"\b(?:V100|A100|H100|H200|A6000|A5000|A40|L40S?|RTX|GTX|TITAN|Titan|Tesla|Xeon|EPYC|TPU ?v\d|K80|P100"
    rb"|2080 ?Ti|1080 ?Ti|3090|4090)"
)
_SCRIPT = late(
    rb"#(?:SBATCH|PBS|BSUB|\$)(?:[^\n#]|#(?!SBATCH|PBS|BSUB|\$))*?"
    rb"(?:gres[= ]|gpus?[-=: ]|constraint[= ]|ngpus|--mem|-C )"
    rb"|sbatch (?:(?!sbatch )[^\n])*?(?:-C |constraint|gres|gpus)|gpus[-_]per[-_]node *[=:] *\d"
    rb"|" + _MODELS
)
_DOCSTRING = late(rb"^[ \t]*[rRuU]?\"\"\"(?:[^\"]|\"(?!\"\"))*+\"\"\"", re.MULTILINE)
_DEVICES = late(_MODELS)
_SENTENCES = late(r"(?<=[\w)][.!?])\s+(?=[A-Z])")
_NOT_A_STATEMENT = late(
    r"--\w+[ =]\S*\d|device[_-]?ids?|cuda:\d|\bavailable\b|\bif you\b|\blimit\b|arxiv|ILSVRC|workers", re.IGNORECASE
)
_COLUMN = late(r"\s*(?:#\s?|no\.? of |num(?:ber)? of )?(?:GPU|TPU)s\s*", re.IGNORECASE)
_OURS = late(
    r"\b(?:we|our|experiments?|train(?:ed|ing|s)?|recommend(?:ed)?|tested|ran|runs?|run|used?|using|require[sd]?|needs?|on"
    r"|with|cluster|machine)\b",
    re.IGNORECASE,
)


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report devices and memory that documents, comments and cluster scripts name, and those of recorded runs."""
    found = _documents(project) + _tables(project) + _scripts(project) + _docstrings(project)
    stated = list({(o.sources[0].path, o.sources[0].line): o for o in reversed(found)}.values())[::-1]
    written = [seen("static", True, source(s), note=stated_device(s.text)) for s in said(project, paper_device)[:4]]
    recorded = [
        seen(runs.known(r), True, Source(run=r.id, field="hardware"), note=describe(r.hardware))
        for r in runs.records
        if r.hardware.cpu or r.hardware.gpus
    ]
    tracked = [(s.system, r.hardware) for s in systems for r in s.runs if r.hardware]
    recorded += [seen("system", True, note=f"{system}: {describe(hardware)}") for system, hardware in tracked]
    where = "documents, comments and cluster scripts name no device model, number of devices or memory"
    facts = {
        "stated": known(*stated[:8]) if stated else absent(where),
        "recorded": known(*recorded[:8]) if recorded else absent("no recorded run knows its hardware"),
        "described": known(*recorded[:4], *written, *stated[:4])
        if stated or written or recorded
        else absent(f"{where}; nothing is recorded"),
        "devices": known(seen("static", _devices(stated + written + recorded))),
        "memory": _memory(runs),
        "consistent": _consistent(stated + written, runs),
    }
    facts["given"] = given(facts["described"], project)
    return Finding(facts=facts)


def describe(hardware: Hardware) -> str:
    """Return one line that names the machine's processors."""
    gpus = ", ".join(dict.fromkeys(g.name for g in hardware.gpus))
    count = f"{len(hardware.gpus)} × " if len(hardware.gpus) > 1 else ""
    cpu = f"{hardware.cpu} ({hardware.cores} cores)" if hardware.cpu else ""
    return "; ".join(part for part in (count + gpus if gpus else "", cpu) if part)


def stated_device(text: str) -> str:
    """Return the device, count or memory that *text* states, "" if none."""
    if any(token in text for token in _DEVICE_TOKENS) and (model := _DEVICE.search(text)):
        return model.group().strip()
    if _COMPANY.search(text) and (short := _IN_COMPANY.search(text)):
        return short.group()
    lowered = text.lower()
    if any(token in lowered for token in _NUMBER_TOKENS):
        for sentence in _SENTENCES.split(text):
            number = _NUMBER.search(sentence)
            if number and _OURS.search(sentence) and not _NOT_A_STATEMENT.search(sentence):
                return number.group().strip()
    return ""


def paper_device(one: Sentence) -> bool:
    """Tell whether a sentence of the paper names a device, a number of them, or memory."""
    return on_our_runs(one) and bool(stated_device(one.text))


def _devices(sightings: list[Observation]) -> list[str]:
    """What the sightings name, directives of cluster scripts last."""
    return sorted({o.note for o in sightings if o.note}, key=lambda note: (note.startswith("#"), note))


def _documents(project: Project) -> list[Observation]:
    found = []
    for line in project.prose.lines:
        if line.kind == "code" and not line.raw.lstrip().startswith("#"):
            continue
        if device := stated_device(line.text):
            found.append(seen("static", True, at(line.path, line.number, line.text), note=device))
    return found


def _tables(project: Project) -> list[Observation]:
    """Columns of tables that count devices."""
    found = []
    for table in project.prose.tables:
        for n in (n for n, title in enumerate(table.rows[0]) if _COLUMN.fullmatch(title)):
            counts = [row[n] for row in table.rows[1:] if len(row) > n and row[n].isascii() and row[n].isdigit()]
            if counts:
                note = f"{counts[0]} {table.rows[0][n].strip('# ')}"
                found.append(seen("static", True, at(table.path, table.number, " | ".join(table.rows[0])), note=note))
    return found


def _scripts(project: Project) -> list[Observation]:
    found = []
    for remark in remarks(project, _SCRIPT):
        directive = re.match(r"#(?:SBATCH|PBS|BSUB|\$)|.*\bsbatch .*(?:-C |constraint|gres|gpus)", remark.text)
        per_node = re.search(r"gpus[-_]per[-_]node *[=:] *\d", remark.text)
        if directive or per_node or stated_device(remark.text):
            found.append(seen("static", True, at(*remark), note=stated_device(remark.text) or remark.text[:60]))
    return found


def _docstrings(project: Project) -> list[Observation]:
    """Lines of documentation strings of own code that name a device."""
    found = []
    for path in (p for p in project.index.chosen if p.endswith(".py")):
        data = project.index.source(path)
        for match in _DOCSTRING.finditer(data) if _DEVICES.search(data) else ():
            for number, line in enumerate(match.group().split(b"\n"), line_number(data, match.start())):
                if len(line) <= LONGEST and _DEVICES.search(line) and (device := _model(line)):
                    found.append(seen("static", True, at(path, number), note=device))
    return found


def _model(line: bytes) -> str:
    """The device that *line* names beside what says that it is one, "" if none; a number alone is no device."""
    text = line.decode("utf-8", "replace")
    device = stated_device(text)
    return device if _DEVICE.search(device) or _IN_COMPANY.search(device) else ""


def _memory(runs: RunEvidence) -> Fact:
    values = [seen(runs.known(r), r.hardware.memory) for r in runs.records if r.hardware.memory]
    return known(*values[:3]) if values else unknown("no recorded run knows the memory of its machine")


def _consistent(stated: list[Observation], runs: RunEvidence) -> Fact:
    used = " ".join(describe(r.hardware).lower() for r in runs.records)
    models = [o for o in stated if _DEVICE.search(o.note) or _IN_COMPANY.search(o.note)]
    if not used or not models:
        return unknown("no device is both named and recorded")
    words = {w for o in models for w in re.findall(r"[a-z]*\d+\w*|xeon|epyc", o.note.lower())}
    agree = any(word in used for word in words)
    return known(seen(runs.together(runs.records), agree, *(s for o in models[:3] for s in o.sources), note=used[:120]))
