"""Containers: files that build one, images that are run."""

import pytest

from tests.support.asking import ask, make


@pytest.mark.parametrize(
    ("files", "present"),
    [
        pytest.param({"Dockerfile": "FROM python:3.11\n"}, True, id="dockerfile"),
        pytest.param({"Dockerfile.cuda.template": "FROM {{base}}\n"}, True, id="template"),
        pytest.param({"env.def": "Bootstrap: docker\nFrom: x\n"}, True, id="apptainer"),
        pytest.param({".devcontainer/devcontainer.json": "{}"}, True, id="devcontainer"),
        pytest.param({"docker-compose.yml": "services:\n  a: {}\n"}, True, id="compose"),
        pytest.param(
            {"README.md": "```\ndocker run --gpus all nvcr.io/nvidia/pytorch:21.06-py3 python a.py\n```"},
            True,
            id="image-named",
        ),
        pytest.param({"README.md": "Docker is supported."}, False, id="only-said"),
        pytest.param({"Dockerfile": "\n"}, False, id="empty"),
        pytest.param({"vendor/x/Dockerfile": "FROM x\n", "a.py": ""}, False, id="vendored"),
        pytest.param({"x.def": "(define a)"}, False, id="another-language"),
    ],
)
def test_present(tmp_path, files, present):
    assert ask("container", make(tmp_path, files)).facts["present"].value is present


@pytest.mark.parametrize(
    ("base", "pinned"), [("python:3.11", True), ("python", False), ("x:latest", False), ("x@sha256:" + "0" * 64, True)]
)
def test_base_image(tmp_path, base, pinned):
    assert ask("container", make(tmp_path, {"Dockerfile": f"# x\nFROM {base}\n"})).facts["base_pinned"].value is pinned


def test_isolated_by_a_virtual_environment_in_the_readme(tmp_path):
    assert (
        ask("container", make(tmp_path, {"README.md": "```\npython -m venv .venv\n```"})).facts["isolated"].value
        is True
    )
    assert ask("container", make(tmp_path / "b", {"README.md": "Hello"})).facts["isolated"].value is False
