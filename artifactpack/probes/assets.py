"""Datasets, models and packages of others that the project uses."""

from __future__ import annotations

import re

from artifactpack.core.declared import Declared
from artifactpack.core.facts import absent, at, known, seen, unknown
from artifactpack.core.package_licenses import LICENSES
from artifactpack.core.packages import spoken
from artifactpack.models.evidence import RunEvidence
from artifactpack.models.fact import Fact, Finding, Source
from artifactpack.models.system import SystemReading
from artifactpack.probes._data import data_files, generators, library_loads
from artifactpack.probes._declared import declared_documents, declared_files
from artifactpack.probes._imports import hub_loads
from artifactpack.probes._links import links_about
from artifactpack.probes._own import own
from artifactpack.probes.weights import is_weights
from artifactpack.project import Project

NAME = "assets"
FACTS = {
    "listed": "table of assets: kind, name, version, url, license, citation",
    "used": "names of assets of others that are used",
    "versioned": "every asset has a version or revision",
    "licensed": "every asset has a known licence",
    "credited": "every dataset and model is linked or cited",
    "released": "the project releases assets of its own: weights or data",
}
Asset = dict[str, str]


def probe(project: Project, runs: RunEvidence, systems: tuple[SystemReading, ...]) -> Finding:
    """Report the table of packages, datasets and models, and what is missing in it."""
    packages, places = _packages(project, runs)
    others = _datasets(project) + _models(project)
    table = packages + others
    if not table:
        none = absent("no package, dataset or model of others was found")
        empty = known(seen("static", []))
        return Finding(
            facts={"listed": empty, "used": empty, **dict.fromkeys(("versioned", "licensed", "credited"), none)}
            | _released(project)
        )
    facts = {
        "listed": known(seen("static", table, *places[:5])),
        "used": known(seen("static", [a["name"] for a in table])),
        "versioned": _all_have(table, "version"),
        "licensed": _all_have(table, "license"),
        "credited": _credited(project, others),
    }
    return Finding(facts=facts | _released(project))


def _packages(project: Project, runs: RunEvidence) -> tuple[list[Asset], list[Source]]:
    """Declared packages that the code imports, with the version a run used, else the declared one."""
    files = [d for _, _, listed in declared_files(project) for d in listed]
    declared: dict[str, Declared] = {}
    for one in files or declared_documents(project):
        name = spoken(one.name)
        if name not in declared or (one.version and not declared[name].version):
            declared[name] = one
    used = {spoken(p.name): p.version for run in runs.records for p in run.packages}
    imported = {spoken(_top(module)) for module in project.index.imported}
    kept = {n: d for n, d in declared.items() if n in imported or len(declared) <= 30}
    assets = [
        _package(n, used.get(n) or d.version, _address(d.spec))
        for n, d in sorted(kept.items())
        if n not in {"python", "pip", "setuptools"}
    ]
    return assets, [at(d.path, d.line) for d in kept.values()]


def _top(module: str) -> str:
    from artifactpack.core.packages import distribution

    return distribution(module) or module


def _address(spec: str) -> str:
    """Where a package comes from that is declared by its repository."""
    found = re.search(r"https?://[^\s@#]+", re.sub(r"(?:ssh://)?\bgit@([\w.-]+)[:/]", r"https://\1/", spec))
    return found.group() if found else ""


def _package(name: str, version: str, address: str) -> Asset:
    return {
        "kind": "package",
        "name": name,
        "version": version,
        "url": address or f"https://pypi.org/project/{name}/",
        "license": LICENSES.get(name, ""),
        "citation": "",
    }


def _datasets(project: Project) -> list[Asset]:
    """Datasets of the configuration; then of loaders, unless the configuration declares the data already."""
    found = [
        {
            "kind": "dataset",
            "name": n,
            "version": d.version or d.sha256,
            "url": d.url,
            "license": d.license,
            "citation": d.citation,
        }
        for n, d in project.config.data.items()
    ]
    if found:
        return found
    loaded = [s.text or "" for s in library_loads(project)]
    names = dict.fromkeys(name for text in loaded if (name := _named(text)))
    hub = [load for load in hub_loads(project) if load.kind == "dataset"]
    return [_bare("dataset", n, "", "") for n in names] + [
        _bare("dataset", x.name, x.revision, f"https://huggingface.co/datasets/{x.name}") for x in hub
    ]


def _named(call: str) -> str:
    """The data set that a library call loads: ``torchvision.datasets.MNIST``, ``keras.datasets.mnist.load_data``."""
    parts = call.split(".")
    last = parts[-2] if parts[-1] == "load_data" and len(parts) > 1 else parts[-1]
    plain = re.sub(r"^(?:load|fetch|get)_", "", last)
    known_shape = last != plain or last[:1].isupper() or parts[-1] == "load_data"
    return (
        plain
        if known_shape and plain not in {"dataset", "data", "openml", "ucirepo", "dataset_builder", "WebDataset"}
        else ""
    )


def _bare(kind: str, name: str, version: str, url: str) -> Asset:
    return {"kind": kind, "name": name, "version": version, "url": url, "license": "", "citation": ""}


def _models(project: Project) -> list[Asset]:
    return [
        _bare("model", x.name, x.revision, f"https://huggingface.co/{x.name}")
        for x in hub_loads(project)
        if x.kind == "model"
    ]


def _all_have(table: list[Asset], key: str) -> Fact:
    bare = [a["name"] for a in table if not a[key]]
    return known(seen("static", not bare, note=f"without: {', '.join(bare[:20])}" if bare else ""))


def _credited(project: Project, others: list[Asset]) -> Fact:
    if not others:
        return unknown("no dataset or model of others was found, so none was looked for in the credits")
    text = " ".join(line.raw for line in project.prose.lines).lower()
    declared = set(project.config.data)
    bare = [
        a["name"]
        for a in others
        if not (a["name"] in declared and (a["citation"] or a["url"])) and a["name"].lower() not in text
    ]
    linked = [at(x.path, x.number, x.url) for x in links_about(project, "data")[:3]]
    return known(
        seen("static", not bare, *linked, note=f"neither linked nor named: {', '.join(bare[:20])}" if bare else "")
    )


def _released(project: Project) -> dict[str, Fact]:
    ours = own(project)
    weights = [at(f, None) for f in project.files if ours(f) and is_weights(f, project.size(f))][:3]
    linked = [at(x.path, x.number, x.url) for x in links_about(project, "weights")[:3]]
    made = [at(f, None) for f in data_files(project)[:3]] if generators(project) else []
    places = weights + linked + made
    fact = (
        known(*(seen("static", True, s) for s in places))
        if places
        else absent("no weights or data of its own are released")
    )
    return {"released": fact}
