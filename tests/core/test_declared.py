"""Declarations of packages: text of every form in, (name, version) out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifactpack.core.declared import conda_environment, conda_spec, requirement, requirements_file
from artifactpack.core.declared_files import install_commands, pipfile, pyproject, setup_cfg, setup_py
from artifactpack.core.declared_locks import lock_file
from artifactpack.core.declared_text import packages_in


def pairs(found):
    return [(d.name, d.version) for d in found]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("numpy", ("numpy", "")),
        ("numpy==1.2.3", ("numpy", "1.2.3")),
        ("Torch_Geometric == 2.0  # graphs", ("torch-geometric", "2.0")),
        ("numpy>=1.2,<2", ("numpy", "")),
        ("numpy==1.*", ("numpy", "")),
        ("jax[cuda12]==0.4.1; python_version < '3.12'", ("jax", "0.4.1")),
        ("torch==1.10.1+cu113", ("torch", "1.10.1+cu113")),
        (
            "-e git+https://github.com/o/clip.git@d50d76daa670286dd6cacf3bcd80b5e4823fc8e1#egg=clip",
            ("clip", "d50d76daa670286dd6cacf3bcd80b5e4823fc8e1"),
        ),
        ("git+https://github.com/o/tool.git@main", ("tool", "")),
        ("pkg @ https://host/pkg-1.0-py3-none-any.whl", ("pkg", "1.0")),
        ("--index-url https://host/simple", None),
        ("-r other.txt", None),
        ("# numpy==1", None),
        (".", None),
        ("this is a sentence", None),
    ],
)
def test_requirement_line(line, wanted):
    found = requirement(line, "r.txt", 1)
    assert (found and (found.name, found.version)) == wanted


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ("numpy=1.2", ("numpy", "1.2")),
        ("numpy=1.2=py37_0", ("numpy", "1.2")),
        ("pytorch::pytorch=1.8.1", ("pytorch", "1.8.1")),
        ("numpy>=1.2", ("numpy", "")),
        ("numpy", ("numpy", "")),
    ],
)
def test_conda_specification(spec, wanted):
    found = conda_spec(spec, "e.yml", 1)
    assert (found.name, found.version) == wanted


def test_requirements_file_joins_lines_and_keeps_numbers():
    text = "numpy==1.0 \\\n  --hash=sha256:aa\n\n# note\nscipy\n"
    found = requirements_file(text, "requirements.txt")
    assert [(d.name, d.version, d.line, d.hashed) for d in found] == [
        ("numpy", "1.0", 1, True),
        ("scipy", "", 5, False),
    ]


def test_conda_explicit_list_with_its_pip_comments():
    text = (
        "# platform: linux-64\n@EXPLICIT\nhttps://c/linux-64/numpy-1.2.3-py39_0.conda#abc\n# pip six @ "
        "https://h/six-1.16.0-py2.py3-none-any.whl\n"
    )
    assert pairs(requirements_file(text, "spec-file.txt")) == [("numpy", "1.2.3"), ("six", "1.16.0")]


def test_conda_environment_with_pip_part():
    text = (
        "name: x\nchannels:\n  - c\ndependencies:\n  - python=3.8\n  - numpy=1.2\n  - pip:\n    - "
        "torch==1.0\n    - six\n  - scipy\nprefix: /home/x\n"
    )
    assert pairs(conda_environment(text, "e.yml")) == [("numpy", "1.2"), ("torch", "1.0"), ("six", ""), ("scipy", "")]


def test_pyproject_in_all_its_tables():
    text = """
[project]
dependencies = ["numpy==1.0"]
[project.optional-dependencies]
x = ["scipy>=1"]
[dependency-groups]
dev = ["pytest"]
[tool.poetry.dependencies]
python = "^3.8"
torch = "1.9.0"
gym = { version = "^0.21" }
[tool.pdm.dev-dependencies]
y = ["black==1"]
"""
    assert pairs(pyproject(text, "pyproject.toml")) == [
        ("numpy", "1.0"),
        ("scipy", ""),
        ("pytest", ""),
        ("black", "1"),
        ("torch", "1.9.0"),
        ("gym", ""),
    ]


def test_setup_files_are_read_without_running_them():
    text = (
        "import sys\nNEEDS = ['numpy==1.0', 'six']\nsys.exit(3)\nsetup(name='x', install_requires=NEEDS, "
        "extras_require={'a': ['scipy']})\n"
    )
    assert pairs(setup_py(text, "setup.py")) == [("numpy", "1.0"), ("six", ""), ("scipy", "")]
    assert pairs(setup_cfg("[options]\ninstall_requires =\n  numpy==1.0\n  six\n", "setup.cfg")) == [
        ("numpy", "1.0"),
        ("six", ""),
    ]
    assert pairs(pipfile('[packages]\nnumpy = "==1.0"\nsix = "*"\n', "Pipfile")) == [("numpy", "1.0"), ("six", "")]
    assert setup_py("setup(name='x')", "setup.py") == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "uv.lock",
            'version = 1\n[[package]]\nname = "me"\nversion = "0"\nsource = { editable = "." }\n'
            '[[package]]\nname = "numpy"\nversion = "1.2"\n',
        ),
        ("poetry.lock", '[[package]]\nname = "numpy"\nversion = "1.2"\n'),
        ("pylock.toml", 'lock-version = "1.0"\n[[packages]]\nname = "numpy"\nversion = "1.2"\n'),
        ("Pipfile.lock", '{"default": {"numpy": {"version": "==1.2", "hashes": ["sha256:a"]}}}'),
        ("conda-lock.yml", "version: 1\npackage:\n- name: numpy\n  version: '1.2'\n  manager: conda\n"),
    ],
)
def test_lock_files(path, text):
    assert pairs(lock_file(text, path)) == [("numpy", "1.2")]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("RUN pip install --no-cache-dir -r req.txt numpy==1.0 'six>=1' && rm x", [("numpy", "1.0"), ("six", "")]),
        ("conda install -c pytorch pytorch=1.8 torchvision -y", [("pytorch", "1.8"), ("torchvision", "")]),
        ("conda create -n env python=3.8 numpy", [("numpy", "")]),
        ("pip install -e .", []),
        ("python -m pip install six # tools", [("six", "")]),
        ("Then `pip install six` on a GPU, or `pip install numpy==1.0` elsewhere.", [("six", ""), ("numpy", "1.0")]),
        ("pip install requirements.txt", []),
        ("before `pip install six` do the following:", [("six", "")]),
        ("`conda` then `pip install six`", [("six", "")]),
    ],
)
def test_install_commands(line, wanted):
    assert pairs(install_commands(line, "Dockerfile")) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("PyTorch 1.0.1 and TensorFlow (1.14)", [("torch", "1.0.1"), ("tensorflow", "1.14")]),
        ("PyTorch 1.0+ is needed", [("torch", "")]),
        ("PyTorch >= 1.2", [("torch", "")]),
        ("numpy (1.16.2)", [("numpy", "1.16.2")]),
        ("pytorch 1.0.0 (for logging, + needs tensorflow)", [("torch", "1.0.0")]),
        ("we use many datasets and a fire alarm", []),
        ("PyTorch Geometric 2.0.1", [("torch-geometric", "2.0.1")]),
        ("the latest PyTorch; tested with `torch==2.1.0.dev20230514+cu118`", [("torch", "2.1.0.dev20230514+cu118")]),
        ("torch 1.0 or torch 2.0", [("torch", "1.0")]),
    ],
)
def test_packages_in_sentences(text, wanted):
    assert pairs(packages_in(text, text, "README.md", 1)) == wanted


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read(text):
    for reader in (requirements_file, conda_environment, pyproject, pipfile, setup_cfg, setup_py, install_commands):
        assert isinstance(reader(text, "x"), list)
    assert isinstance(lock_file(text, "uv.lock"), list)
    assert isinstance(lock_file(text, "Pipfile.lock"), list)
