"""The report of a project that really ran, and of its bundle."""

import shutil
from pathlib import Path

import pytest

from artifactpack.cli.app import run
from artifactpack.models.report import ReportData
from artifactpack.pipeline.report import report_data
from artifactpack.report import html

pytestmark = pytest.mark.usefixtures("kept_cache")

QUICK = Path(__file__).parents[1] / "projects" / "quick"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A recorded copy of the quick project, and its bundle."""
    with pytest.MonkeyPatch.context() as patch:
        base = tmp_path_factory.mktemp("report")
        for variable in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
            patch.setenv(variable, str(base / variable))
        project = base / "quick"
        shutil.copytree(QUICK, project)
        assert run(["record", str(project), "--quiet", "--jobs", "2"]) == 0
        assert run(["bundle", str(project), "-o", str(base / "quick.zip"), "--quiet"]) == 0
        yield project, base / "quick.zip", base, patch


@pytest.fixture
def own_home():
    """Keep the module's own home: whose records these are is known there."""


@pytest.mark.slow
def test_a_recorded_project_has_every_part(recorded):
    data = report_data(recorded[0])
    assert isinstance(data, ReportData)
    assert {(c.command, c.metric) for c in data.curves} >= {("train", "test_accuracy"), ("train", "train_loss")}
    assert {len(c.curves) for c in data.curves if c.command == "train"} == {5}
    first = next(v for v in data.claim_values if v.claim == "C1")
    assert len(first.values) == 5 and first.stated == 90.3 and 80 < min(first.values)
    assert len([w for w in data.weights if w.run.startswith("train")]) == 5
    assert data.own >= {r.id for r in data.runs}
    page = html.render(data)
    for anchor in ("claims", "checklist", "reference", "files", "not-verified", "again", "readme"):
        assert f'id="{anchor}"' in page


@pytest.mark.slow
def test_a_bundle_tells_the_same_as_its_project(recorded):
    project, bundle = report_data(recorded[0]), report_data(recorded[1])
    assert bundle.digest and not project.digest
    assert [r.id for r in bundle.runs if r.command == "train"]
    assert {c.metric for c in bundle.curves} == {c.metric for c in project.curves}
    assert [c.verdict for c in bundle.claims] == [c.verdict for c in project.claims]
    assert bundle.readme == project.readme


@pytest.mark.slow
def test_the_page_inside_a_bundle_links_to_what_is_inside(recorded, tmp_path):
    from artifactpack.archive.reader import open_bundle

    with open_bundle(recorded[1]) as bundle:
        page = bundle.read("report.html").decode()
        members = {m.path for m in bundle.manifest.members}
    import re

    links = set(re.findall(r'href="(data/[^"]+)"', page))
    assert links and links <= members
