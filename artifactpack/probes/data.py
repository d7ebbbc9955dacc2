"""Where the data come from, whether they are fixed, and what would keep others from them."""

from __future__ import annotations

import re

from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Defect, Fact, Finding, Observation, Source
from artifactpack.models.system import DataVersion, SystemReading
from artifactpack.patterns import late
from artifactpack.probes._data import (
    commented_links,
    data_files,
    downloads,
    generators,
    library_loads,
    self_contained,
    simulators,
)
from artifactpack.probes._imports import unpinned_hub
from artifactpack.probes._links import kind_of, links_about
from artifactpack.probes._private_paths import private_paths
from artifactpack.project import Project

NAME = "data"
FACTS = {
    "available": "data are included, linked, downloaded by code, generated, or come from a simulator",
    "checksummed": "a hash of a data file is given and checked",
    "versioned": "data are fixed: hash, hub revision, DOI or archive record, data version control, or tracked in the "
    "tree",
    "kinds": "how the data come: included, linked, downloaded, library, generated, simulator, declared",
    "links": "links to data in documents, configuration and code",
    "files": "data files in the project",
    "open": "data can be had by anyone: not only a private or absolute path",
    "private_paths": "absolute or home paths that code reads from",
    "lfs_pointers": "data or weight files that are only Git LFS pointers",
    "preprocessing": "code that prepares the data is present",
    "licensed": "a licence of the data is stated",
    "hashes_agree": "files whose hash a data system states still have it",
    "recorded": "a recorded run read data files, with hashes",
}
_HEX = late(r"^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$")
_CHECKS = late(
    r"(?:.*\.)?(?:check_integrity|check_md5|verify_\w*(?:checksum|hash|md5|sha\w*)|_?check_(?:hash"
    r"|checksum|sha\w*)|calculate_md5|md5sum|validate_file|_?check_integrity"
    r"|download_url|download_and_extract_archive|get_file|pooch\.\w+|hashlib\.(?:md5|sha1|sha256|sha512))$"
)
_NAMES_WEIGHTS = late(r"\.(?:pth?|th|ckpt|safetensors|pth\.tar)$", re.IGNORECASE)
_NAMES_DATA = late(
    r"\.(?:zip|t?gz|bz2|xz|7z|csv|tsv|npy|npz|mat|pkl|pickle|json|parquet|txt|arff|bin|lmdb|tfrecords?|h5|hdf5)$",
    re.IGNORECASE,
)
_SUMS = late(rb"\b(?:md5sum|sha1sum|sha256sum|sha512sum|shasum)\b[^\n]*(?:-c\b|--check)")
_PREPARES = late(
    r"(?:^|/)[\w-]*(?:pre_?process|prepare|data_?prep|clean|featuri[sz]e|tokeni[sz]e|build_data"
    r"|process_data|make_data\w*|dataset)[\w-]*\.(?:py|ipynb|sh|R|m)$",
    re.I,
)
_LICENSED = late(
    r"\b(?:data(?:set|sets)?|corpus|images|annotations)\b[^.]{0,100}\b(?:licen[cs]ed?|CC[- ]BY"
    r"|terms of use|public domain)\b",
    re.IGNORECASE,
)


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report every way to the data, what fixes them, private paths and pointers left in place of files."""
    ways = _ways(project)
    private = private_paths(project)
    pointers = [f for f in project.files if 80 < project.size(f) < 400 and _is_pointer(project, f)]
    links = links_about(project, "data")
    checks = _checks(project, systems)
    facts = {
        "available": _available(ways),
        "checksummed": known(*checks) if checks else absent("no hash of a data file is given and checked"),
        "versioned": _versioned(project, ways, checks, runs),
        "kinds": known(seen("static", [kind for kind, sources in ways.items() if sources])),
        "links": known(seen("static", [x.url for x in links], *(at(x.path, x.number) for x in links[:20]))),
        "files": known(seen("static", [s.path for s in ways["included"]][:50])),
        "open": _open(ways, private),
        "private_paths": known(seen("static", [s.text for s in private], *private)),
        "lfs_pointers": known(seen("static", pointers, *(at(f, 1) for f in pointers))),
        "preprocessing": _preprocessing(project),
        "licensed": _licensed(project),
        "recorded": _recorded(runs),
    }
    facts["hashes_agree"], changed = _hashes(systems)
    return Finding(facts=facts, defects=(*_path_defects(private), *_pointer_defects(pointers), *changed))


def _ways(project: Project) -> dict[str, list[Source]]:
    return {
        "included": [at(f, 1) for f in data_files(project)[:50]],
        "library": library_loads(project),
        "simulator": simulators(project),
        "generated": generators(project) or self_contained(project),
        "downloaded": list(downloads(project)),
        "linked": [at(x.path, x.number, x.url) for x in links_about(project, "data")] + commented_links(project),
        "declared": [
            at(project.config_path or "artifactpack.toml", None, n) for n, d in project.config.data.items() if d.url
        ],
    }


def _available(ways: dict[str, list[Source]]) -> Fact:
    observations = [
        seen("author" if kind == "declared" else "static", True, *sources[:3], note=kind)
        for kind, sources in ways.items()
        if sources
    ]
    where = "no data in the tree, no link, download, library loader, generator or simulator"
    return known(*observations) if observations else absent(where)


def _checks(project: Project, systems: tuple[SystemReading, ...]) -> list[Observation]:
    found = []
    for path, record in project.index.records.items():
        hashes = [line for line, text in record.strings if _HEX.match(text)]
        if not hashes or _only_weights([text for _, text in record.strings]):
            continue
        checks = [name for name, _, _ in record.calls() if _CHECKS.match(name)] or _checked_by(project, path)
        if checks:
            found.append(seen("static", True, at(path, project.index.line(path, hashes[0])), note=checks[0]))
    for path in project.glob("*.sh", "Makefile"):
        match = _SUMS.search(project.read_bytes(path, 200_000))
        found += [seen("static", True, at(path, 1, match.group().decode("utf-8", "replace")))] if match else []
    found += [
        seen("system", True, at(d.path), note=s.system)
        for s in systems
        for d in s.data
        if d.hash and d.verified is not False
    ]
    return found[:8]


def _only_weights(names: list[str]) -> bool:
    """Whether the files that code names are weights, and none is data: then its hashes are theirs."""
    bare = [name.split("?")[0] for name in names]
    return any(map(_NAMES_WEIGHTS.search, bare)) and not any(map(_NAMES_DATA.search, bare))


_COMPARED = late(rb"[!=]=")
_SUM = late(rb"(?:\.|\[[\"'])(?:md5|sha\d{1,3}|checksum)s?\b(?! *\()", re.IGNORECASE)
"""The field of a table of files that holds their hash."""


def _checked_by(project: Project, path: str) -> list[str]:
    """What computes a hash in code that imports the table of hashes in *path* and holds it against one."""
    for other, record in project.index.records.items():
        computed = [name for name, _, _ in record.calls() if name.startswith("hashlib.")]
        if computed and path in project.index.graph.imports(other):
            code = project.index.source(other)
            if _SUM.search(code) and _COMPARED.search(code):
                return computed
    return []


def _versioned(project: Project, ways: dict[str, list[Source]], checks: list[Observation], runs: RunEvidence) -> Fact:
    found = [
        seen(runs.known(r), True, note=f"{len(r.read)} files read, with hashes")
        for r in runs.records
        if _read_data(r.read)
    ][:2]
    found += checks[:2]
    found += [seen("static", True, s, note="archive") for s in ways["linked"] if kind_of(s.text or "") == "archive"][:2]
    found += [seen("static", True, s, note="tracked") for s in ways["included"] if s.path in project.tracked][:2]
    fixed = [
        s
        for s in ways["library"]
        if re.match(r"sklearn\.datasets\.load_|torchvision\.|(?:tensorflow\.)?keras\.datasets", s.text or "")
    ]
    found += [seen("static", True, s, note="fixed by the package that brings it") for s in fixed[:2]]
    if not (ways["linked"] or ways["downloaded"]):  # else it may be those that count
        found += [seen("static", True, s, note="generated") for s in ways["generated"][:1]]
    loose = unpinned_hub(project)
    if found:
        return known(*found)
    if loose:
        return known(seen("static", False, *(source for _, source in loose[:5]), note="loaded without a revision"))
    return absent("no hash, revision, archive record or tracked data file")


def _read_data(read: tuple[object, ...]) -> bool:
    return any(
        getattr(f, "sha256", "") and not str(getattr(f, "path", "")).endswith((".py", ".toml", ".yaml", ".cfg"))
        for f in read
    )


def _open(ways: dict[str, list[Source]], private: list[Source]) -> Fact:
    public = [
        s
        for kind in ("library", "simulator", "generated", "downloaded", "linked", "included", "declared")
        for s in ways[kind][:1]
    ]
    if public:
        return known(seen("static", True, *public[:5]))
    if private:
        return known(seen("static", False, *private[:5], note="only private paths"))
    return unknown("no way to the data was found")


def _is_pointer(project: Project, path: str) -> bool:
    return project.read_bytes(path, 60).startswith(b"version https://git-lfs.github.com/spec")


def _preprocessing(project: Project) -> Fact:
    files = [f for f in project.files if _PREPARES.search(f) and not project.index.roles.is_vendored(f)]
    return (
        known(seen("static", True, *(at(f, 1) for f in files[:5])))
        if files
        else absent("no script named for preparing data")
    )


def _licensed(project: Project) -> Fact:
    declared = [seen("author", True, note=f"{n}: {d.license}") for n, d in project.config.data.items() if d.license]
    stated = [seen("static", True, at(line.path, line.number, line.text)) for line, _ in project.prose.find(_LICENSED)]
    return known(*declared, *stated[:3]) if declared or stated else absent("no document states the licence of the data")


def _recorded(runs: RunEvidence) -> Fact:
    read = [r for r in runs.records if _read_data(r.read)]
    return known(*(seen(runs.known(r), True) for r in read[:3])) if read else absent("no recorded run read data files")


_CODE = (".py", ".ipynb", ".sh", ".R", ".jl", ".toml", ".yaml", ".yml", ".md")


def _hashes(systems: tuple[SystemReading, ...]) -> tuple[Fact, tuple[Defect, ...]]:
    """Code that changed since a stage ran is no data; pointers of Git LFS have a fact of their own."""
    held = [d for s in systems for d in s.data if d.verified is not None and not d.path.endswith(_CODE)]
    held = [d for d in held if d.system != "Git LFS"]
    if not held:
        return unknown("no data system states a hash of a file that is here"), ()
    bad = [d for d in held if not d.verified]
    fact = known(seen("system", not bad, *(at(d.path) for d in (bad or held)[:10]), note=f"{len(held)} recomputed"))
    return fact, tuple(_hash_defect(d) for d in bad[:20])


def _hash_defect(version: DataVersion) -> Defect:
    return Defect(
        id="data.hash_differs",
        fact="data.hashes_agree",
        message=f"{version.path} no longer has the hash that {version.system} recorded",
        sources=(at(version.path),),
        fix="Restore the recorded version, or record the new one and run again what depends on it.",
    )


def _path_defects(private: list[Source]) -> tuple[Defect, ...]:
    return tuple(
        Defect(
            id="data.private_path",
            fact="data.private_paths",
            message=f"{source.text} exists on one machine only",
            sources=(source,),
            fix="Take the path from an option with a relative default, and say where the data can be had.",
        )
        for source in private[:20]
    )


def _pointer_defects(pointers: list[str]) -> tuple[Defect, ...]:
    return tuple(
        Defect(
            id="data.lfs_pointer",
            fact="data.lfs_pointers",
            message=f"{path} is a Git LFS pointer left in place of the file",
            sources=(at(path, 1),),
            fix="Run `git lfs pull` before bundling, or link the file with its hash.",
        )
        for path in pointers[:20]
    )
