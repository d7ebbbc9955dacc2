"""`ro-crate-metadata.json`: RO-Crate 1.1 with the Process Run Crate 0.5 profile; nothing in it is invented."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from artifactpack.archive.content import CRATE
from artifactpack.models.config import Author, Config
from artifactpack.models.manifest import Member
from artifactpack.models.records import Json
from artifactpack.models.run import RunRecord

_RUN = "https://w3id.org/ro/terms/workflow-run"
CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    {"sha256": f"{_RUN}#sha256", "environment": f"{_RUN}#environment"},
]
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_TYPES = {
    ".py": "text/x-python",
    ".safetensors": "application/octet-stream",
    ".toml": "application/toml",
    ".jsonl": "application/jsonl",
    ".md": "text/markdown",
    ".ipynb": "application/x-ipynb+json",
    ".lock": "text/plain",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}


@dataclass(frozen=True)
class Subject:
    """What the crate is about; ``published`` is an ISO date, ``repository`` a web address or ""."""

    name: str
    config: Config
    runs: Sequence[RunRecord]
    published: str
    repository: str = ""
    commit: str = ""
    license: str = ""


def crate(subject: Subject, members: Iterable[Member]) -> bytes:
    """Render the crate of *members* (everything but what is derived from the manifest)."""
    files = sorted((m for m in members if m.path != CRATE), key=lambda m: m.path.encode())
    people = _people(subject.config)
    actions = _actions(subject, {m.path for m in files}, people)
    graph = [
        _descriptor(),
        _root(subject, files, people, actions),
        {"@id": _PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        *_license(subject),
        *people,
        *actions,
        *_instruments(subject),
        *map(_file, files),
    ]
    context = json.dumps(CONTEXT)
    lines = ",\n".join(f"  {json.dumps(entity, ensure_ascii=False)}" for entity in graph)
    return f'{{\n "@context": {context},\n "@graph": [\n{lines}\n ]\n}}\n'.encode()


def ref(path: str) -> str:
    """A member's ``@id``: its path as a relative URI."""
    return quote(path, safe="/-._~!$&'()*+,;=@")


def _descriptor() -> dict[str, Json]:
    return {
        "@id": CRATE,
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        "about": {"@id": "./"},
    }


def _root(subject: Subject, files: list[Member], people: list[Json], actions: list[Json]) -> dict[str, Json]:
    root: dict[str, Json] = {
        "@id": "./",
        "@type": "Dataset",
        "name": subject.name,
        "description": f"Code, weights, run records and reports of: {subject.name}",
        "datePublished": subject.published,
        "license": {"@id": _license_id(subject.license)} if subject.license else "No licence is stated.",
        "conformsTo": {"@id": _PROFILE},
        "hasPart": [{"@id": ref(m.path)} for m in files],
    }
    authors = [{"@id": p["@id"]} for p in people if p["@type"] == "Person"]
    organisations = [{"@id": p["@id"]} for p in people if p["@type"] == "Organization"]
    for key, values in (("author", authors), ("publisher", organisations[:1]), ("mentions", _ids(actions))):
        if values:
            root[key] = one_or_many(values)
    return root


def _ids(entities: list[Json]) -> list[Json]:
    return [{"@id": e["@id"]} for e in entities]


def one_or_many(values: list[Json]) -> Json:
    """JSON-LD compacts a list of one to its only value; the profile asks for that form."""
    return values[0] if len(values) == 1 else values


def _license_id(name: str) -> str:
    return name if name.startswith(("http://", "https://")) else f"https://spdx.org/licenses/{quote(name)}"


def _license(subject: Subject) -> list[Json]:
    if not subject.license:
        return []
    return [{"@id": _license_id(subject.license), "@type": "CreativeWork", "name": subject.license}]


def _people(config: Config) -> list[Json]:
    people: list[Json] = []
    organisations: dict[str, Json] = {}
    for index, author in enumerate(config.paper.authors, 1):
        person: dict[str, Json] = {
            "@id": _orcid(author.orcid) or f"#author-{index}",
            "@type": "Person",
            "name": author.name,
        }
        if author.affiliation:
            known = organisations.setdefault(author.affiliation, _organisation(author, len(organisations) + 1))
            person["affiliation"] = {"@id": known["@id"]}
        people.append(person)
    return [*people, *organisations.values()]


def _organisation(author: Author, number: int) -> dict[str, Json]:
    told: dict[str, Json] = {"@id": f"#organization-{number}", "@type": "Organization", "name": author.affiliation}
    return told | ({"url": author.affiliation_url} if author.affiliation_url else {})


def _orcid(orcid: str) -> str:
    return "" if not orcid else f"https://orcid.org/{orcid.rpartition('/')[2]}"


def _file(member: Member) -> dict[str, Json]:
    entity: dict[str, Json] = {
        "@id": ref(member.path),
        "@type": "File",
        "name": member.path.rpartition("/")[2],
        "contentSize": str(member.size),
        "sha256": member.sha256,
        "encodingFormat": media_type(member.path),
    }
    if member.url:
        entity["contentUrl"] = member.url
    return entity


def media_type(path: str) -> str:
    """The media type of a file called *path*, the same on every machine."""
    suffix = "." + path.rpartition(".")[2].lower() if "." in path.rpartition("/")[2] else ""
    # Not the machine's own table of types: it differs between machines.
    return _TYPES.get(suffix) or _KNOWN.types_map[True].get(suffix) or "application/octet-stream"


_KNOWN = mimetypes.MimeTypes()


def _actions(subject: Subject, paths: set[str], people: list[Json]) -> list[Json]:
    authors = [{"@id": p["@id"]} for p in people if p["@type"] == "Person"]
    return [_action(run, paths, authors, subject) for run in subject.runs]


def _action(run: RunRecord, paths: set[str], authors: list[Json], subject: Subject) -> dict[str, Json]:
    seed = "" if run.seed is None else f", seed {run.seed}"
    done = run.state == "finished"
    action: dict[str, Json] = {
        "@id": f"#run-{quote(run.id)}",
        "@type": "CreateAction",
        "name": f"{run.command}{seed}",
        "description": f"`{' '.join(run.argv)}` {run.state}" if run.argv else f"{run.command} {run.state}",
        "instrument": {"@id": _instrument(subject)},
        "actionStatus": f"http://schema.org/{'Completed' if done else 'Failed'}ActionStatus",
    }
    if times := _times(run):
        action |= times
    if authors:
        action["agent"] = authors[0]
    if not done:
        action["error"] = run.error or run.state
    read = [f"data/project/{use.path}" for use in run.read]
    made = sorted(p for p in paths if p.startswith(f"data/runs/{run.id}/"))
    for key, found in (("object", [p for p in read if p in paths]), ("result", made)):
        if found:
            action[key] = one_or_many([{"@id": ref(p)} for p in found])
    return action


def _times(run: RunRecord) -> dict[str, Json]:
    try:
        start = datetime.fromisoformat(run.started)
        ended = start + timedelta(seconds=run.cost.wall)
    except (ValueError, OverflowError):
        return {}
    return {k: t.isoformat(timespec="milliseconds") for k, t in (("startTime", start), ("endTime", ended))}


def _instrument(subject: Subject) -> str:
    return f"{subject.repository}#code" if subject.repository else "#code"


def _instruments(subject: Subject) -> list[Json]:
    if not subject.runs:
        return []
    code: dict[str, Json] = {
        "@id": _instrument(subject),
        "@type": "SoftwareSourceCode",
        "name": f"Code of {subject.name}",
    }
    if subject.repository:
        code["url"] = subject.repository
    if subject.commit:
        code["version"] = subject.commit
    return [code]
