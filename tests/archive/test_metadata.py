"""Crate, bill of materials and README: what they say, and that outside validators agree."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from artifactpack.archive.content import CRATE, Entry
from artifactpack.archive.crate import Subject, crate
from artifactpack.archive.crate_check import faults
from artifactpack.archive.croissant import describe
from artifactpack.archive.reader import open_bundle
from artifactpack.archive.readme import duration, plain, readme, size
from artifactpack.archive.sbom import sbom
from artifactpack.archive.statement import statement
from artifactpack.archive.writer import write_bundle
from artifactpack.models.config import Author, Command, Config, DataSet, Paper
from artifactpack.models.manifest import Member
from artifactpack.models.reference import ClaimCheck
from artifactpack.models.run import Cost, FileUse, Hardware, PackageUse, RunRecord, Weights
from tests.support.environments import environment

ADA = Author(name="Ada Example", affiliation="Example University", affiliation_url="https://example.edu")
NAMED = Paper(title="T", authors=(ADA,), license="MIT", url="https://example.org/p")
RUNS = (
    RunRecord(
        id="train-s0",
        command="train",
        argv=("python", "train.py"),
        seed=0,
        started="2026-01-02T03:04:05.5+00:00",
        cost=Cost(wall=61.0, peak_memory=2_000_000_000, disk=5_000_000),
        hardware=Hardware(cpu="A fast one", cores=8),
        read=(FileUse(path="train.py"),),
        weights=(Weights(path="m.safetensors", sha256="1" * 64, format="safetensors", parameters=7, safety="safe"),),
    ),
    RunRecord(id="train-s1", command="train", state="failed", error="exit 1", started="2026-01-02T03:04:05+00:00"),
)
PAYLOAD = [
    Entry("data/project/train.py", "code", b"x = 1\n"),
    Entry("data/project/ü a#1.py", "code", b"x = 1\n"),
    Entry("data/runs/train-s0/record.json", "record", b"{}\n"),
    Entry("data/runs/train-s1/record.json", "record", b"{}\n"),
]


def subject(config: Config, runs: tuple[RunRecord, ...] = RUNS) -> Subject:
    paper = config.paper
    return Subject("T", config, runs, "2026-01-02", repository=paper.url, commit="abc", license=paper.license)


def bundle(target: Path, config: Config, runs: tuple[RunRecord, ...] = RUNS) -> Path:
    write_bundle(target, PAYLOAD, lambda m: [Entry(CRATE, "meta", crate(subject(config, runs), m))])
    return target


def graph(config: Config, runs: tuple[RunRecord, ...] = RUNS) -> dict[str, dict]:
    members = [Member(path=e.path, size=6, sha256="0" * 64, role=e.role) for e in PAYLOAD]
    return {e["@id"]: e for e in json.loads(crate(subject(config, runs), members))["@graph"]}


def test_crate_lists_every_file_and_says_what_made_what():
    found = graph(Config(paper=NAMED))
    files = {unquote(i) for i, e in found.items() if e["@type"] == "File"}
    assert files == {e.path for e in PAYLOAD} == {unquote(p["@id"]) for p in found["./"]["hasPart"]}
    action = found["#run-train-s0"]
    assert action["object"] == {"@id": "data/project/train.py"}
    assert action["result"] == {"@id": "data/runs/train-s0/record.json"}
    assert action["endTime"] == "2026-01-02T03:05:06.500+00:00"
    assert found["#run-train-s1"]["error"] == "exit 1"
    assert found[action["instrument"]["@id"]]["version"] == "abc"


def test_crate_invents_nobody():
    found = graph(Config())
    assert {e["@type"] for e in found.values()} == {
        "CreativeWork",
        "Dataset",
        "File",
        "CreateAction",
        "SoftwareSourceCode",
    }
    assert not {"author", "publisher"} & set(found["./"])
    assert found["./"]["license"] == "No licence is stated."


def test_every_key_is_a_term_of_the_context():
    context = json.loads((Path(__file__).parent / "data/ro-crate-1.1-context.jsonld").read_text())["@context"]
    document = json.loads(crate(subject(Config(paper=NAMED)), []))
    terms = set(context) | set(document["@context"][1])
    entities = [*document["@graph"], *graph(Config(paper=NAMED)).values()]
    assert {key for e in entities for key in e if not key.startswith("@")} <= terms


@pytest.mark.parametrize("change", ["hash", "size", "missing", "extra", "not-json"])
def test_a_crate_that_lies_is_told(change, tmp_path):
    with open_bundle(bundle(tmp_path / "a.zip", Config())) as opened:
        told, manifest = json.loads(opened.read(CRATE)), opened.manifest
    assert faults(json.dumps(told).encode(), manifest) == []
    entity = next(e for e in told["@graph"] if e["@id"] == "data/project/train.py")
    if change == "hash":
        entity["sha256"] = "f" * 64
    elif change == "size":
        entity["contentSize"] = "7"
    elif change == "missing":
        told["@graph"].remove(entity)
    elif change == "extra":
        told["@graph"].append({**entity, "@id": "data/project/other.py"})
    raw = b"{" if change == "not-json" else json.dumps(told).encode()
    assert len(faults(raw, manifest)) == 1


def bill() -> bytes:
    config = Config(
        data={"digits": DataSet(url="https://example.org/d", license="CC-BY-4.0", version="1", sha256="2" * 64)}
    )
    members = [Member(path="data/runs/r/m.safetensors", size=9, sha256="1" * 64, role="weights")]
    packages = (PackageUse(name="Torch_Vision", version="1.0"), PackageUse(name="mine", version=""))
    return sbom("T", config, packages, members, RUNS)


def test_bill_of_materials_has_packages_weights_and_data():
    told = {c["name"]: c for c in json.loads(bill())["components"]}
    assert told["Torch_Vision"]["purl"] == "pkg:pypi/torch-vision@1.0"
    weights = told["data/runs/r/m.safetensors"]
    assert weights["type"] == "machine-learning-model"
    assert {"name": "artifactpack:safety", "value": "safe"} in weights["properties"]
    assert told["digits"]["hashes"][0]["content"] == "2" * 64


@pytest.mark.slow
def test_bill_of_materials_is_valid_cyclonedx():
    json_validation = pytest.importorskip("cyclonedx.validation.json")
    from cyclonedx.schema import SchemaVersion

    validator = json_validation.JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(bill().decode()) is None
    assert validator.validate_str(bill().decode().replace("machine-learning-model", "no-such-type")) is not None


def test_readme_says_what_it_claims_and_costs():
    config = Config(commands={"train": Command(run=("{python}", "train.py", "--seed", "{seed}"))})
    claim = ClaimCheck(id="C1", text="97 % | `accuracy`", verdict="supported", where="Table 1")
    text = readme("A *paper*", config, (claim,), RUNS, "3.11.7", "requirements.lock").decode()
    assert "# A \\*paper\\*" in text
    assert "| C1 | 97 % \\| \\`accuracy\\` | Table 1 | supported |" in text
    assert "| train | 2 | 1.0 min | 2.0 GB | 5.0 MB | A fast one, 8 cores; unknown |" in text
    assert "    python train.py --seed {seed}    # train" in text
    assert "pip install -r data/environment/requirements.lock" in text


@pytest.mark.parametrize(("given", "shown"), [(0, "0 s"), (59.6, "60 s"), (600, "10.0 min"), (7500, "2 h 05 min")])
def test_durations_are_short(given, shown):
    assert duration(given) == shown


@pytest.mark.parametrize(("given", "shown"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2e9, "2.0 GB")])
def test_sizes_are_short(given, shown):
    assert size(given) == shown


def test_markup_is_not_acted_on():
    assert plain("a <script>\n| b") == "a \\<script\\> \\| b"


DIGITS = Config(
    data={
        "digits": DataSet(path="data", url="https://example.org/d.zip", license="CC-BY-4.0", version="1", citation="X"),
        "far": DataSet(url="https://example.org/far.csv", sha256="2" * 64),
        "told": DataSet(croissant="told.json"),
    }
)
DATA = [Member(path="data/project/data/x.csv", size=4, sha256="1" * 64, role="data")]


def test_croissant_describes_declared_data():
    told = {k: json.loads(v) for k, v in describe(DIGITS, DATA).items()}
    assert set(told) == {"artifactpack/croissant-digits.json", "artifactpack/croissant-far.json"}
    (file,) = told["artifactpack/croissant-digits.json"]["distribution"]
    assert file["contentUrl"] == "https://example.org/d.zip#x.csv"
    assert (file["sha256"], file["encodingFormat"]) == ("1" * 64, "text/csv")
    assert told["artifactpack/croissant-far.json"]["distribution"][0]["contentUrl"] == "https://example.org/far.csv"


@pytest.mark.systems
@pytest.mark.timeout(1200)
def test_croissant_is_read_by_mlcroissant(tmp_path):
    python = environment(tmp_path / "venv", "mlcroissant==1.1.1")
    (tmp_path / "c.json").write_bytes(describe(DIGITS, DATA)["artifactpack/croissant-digits.json"])
    code = "import sys, mlcroissant; print(mlcroissant.Dataset(jsonld=sys.argv[1]).metadata.name)"
    done = subprocess.run([python, "-c", code, str(tmp_path / "c.json")], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "digits"


def test_statement_names_every_member(tmp_path):
    with open_bundle(bundle(tmp_path / "a.zip", Config())) as opened:
        told = json.loads(statement(opened.manifest))
        assert told["_type"] == "https://in-toto.io/Statement/v1"
        assert [s["name"] for s in told["subject"]] == [m.path for m in opened.manifest.members]
        assert told["predicate"]["bundleDigest"] == {"sha256": opened.digest}


VALIDATE = """
import sys
from io import BytesIO
import requests
from requests_cache import CachedSession
from rocrate_validator import models, services
from urllib3 import HTTPResponse

crate, context, cache = sys.argv[1:4]

class FromFile(requests.adapters.BaseAdapter):
    def send(self, request, **_):
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = 200, request.url, request
        answer.headers["Content-Type"] = "application/ld+json"
        body = BytesIO(open(context, "rb").read())
        options = dict(status=200, preload_content=False, request_url=request.url)
        answer.raw = HTTPResponse(body, headers=answer.headers, **options)
        return answer
    def close(self):
        pass

session = CachedSession(cache_name=cache, backend="sqlite", expire_after=-1)
session.mount("https://", FromFile())
session.get("https://w3id.org/ro/crate/1.1/context", headers={"Accept": "application/ld+json, application/json"})
settings = services.ValidationSettings(rocrate_uri=crate, profile_identifier="process-run-crate-0.5", offline=True,
    cache_path=cache, requirement_severity=getattr(models.Severity, sys.argv[4]))
print(sorted({f"{i.check.identifier} {i.message}" for i in services.validate(settings).get_issues()}))
"""


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python of its own with the official validator, which brings 90 MB of dependencies."""
    return environment(tmp_path_factory.mktemp("validator"), "roc-validator==0.13.0")


@pytest.mark.systems
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("config", "severity"),
    [(Config(), "REQUIRED"), (Config(paper=NAMED), "REQUIRED"), (Config(paper=NAMED), "RECOMMENDED")],
    ids=["nobody-named", "named", "named-recommended"],
)
def test_the_official_validator_finds_nothing(validator, config, severity, tmp_path):
    crated = bundle(tmp_path / "a.zip", config)
    context = Path(__file__).parent / "data/ro-crate-1.1-context.jsonld"
    arguments = [str(crated), str(context), str(tmp_path / "cache"), severity]
    done = subprocess.run([validator, "-c", VALIDATE, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
