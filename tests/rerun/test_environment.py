"""Environments rebuilt for real from wheels made here: no index, no network."""

import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from artifactpack.rerun import environment, indexes, installer, interpreters
from artifactpack.rerun.environment import build
from artifactpack.rerun.installer import Installer
from artifactpack.rerun.interpreters import Interpreter
from artifactpack.rerun.lock import Lock, Pin, parse_requirements
from tests.rerun.wheels import make_source, make_wheel

OWN = Interpreter(path=Path(sys.executable), version=platform.python_version())
PIP = pytest.param("pip", marks=pytest.mark.exhaustive)  # slow; that it builds at all is tested every time


@pytest.fixture(params=["uv", "pip"])
def both_tools(request, monkeypatch):
    return chosen(request, monkeypatch)


@pytest.fixture(params=["uv", PIP])
def tool(request, monkeypatch):
    return chosen(request, monkeypatch)


def chosen(request, monkeypatch):
    if request.param == "pip":
        monkeypatch.setattr(environment, "uv_program", lambda: None)
    elif not interpreters.uv_program():
        pytest.skip("uv is not installed")
    return request.param


def lock_of(*pins):
    return Lock(source="pylock.toml", pins=pins)


def imported(built, expression):
    return subprocess.run(
        [built.python, "-I", "-c", f"print({expression})"], capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.slow
def test_a_wheelhouse_builds_without_any_index_and_is_reused(both_tools, tmp_path):
    _, digest = make_wheel(tmp_path / "wheels", "apple", "1.2")
    lock = lock_of(Pin(name="apple", version="1.2", hashes=(digest,)))
    first = build(lock, python=platform.python_version(), wheels=tmp_path / "wheels")
    again = build(lock, python=platform.python_version(), wheels=tmp_path / "wheels")
    assert (first.info.tool, first.info.missing, first.info.reused) == (both_tools, (), False)
    assert imported(first, "__import__('apple').VERSION") == "1.2"
    assert again.info.reused and again.prefix == first.prefix


@pytest.mark.slow
def test_a_wheel_that_is_not_the_locked_one_is_refused(tool, tmp_path):
    make_wheel(tmp_path / "wheels", "apple")
    built = build(lock_of(Pin(name="apple", version="1.0", hashes=("0" * 64,))), wheels=tmp_path / "wheels")
    assert built.info.missing[0].startswith("apple==1.0 (")
    assert not (built.prefix / "complete.json").exists()


@pytest.mark.slow
def test_what_cannot_be_had_is_named_and_the_rest_is_there(tmp_path):
    _, digest = make_wheel(tmp_path / "wheels", "apple")
    pins = (Pin(name="apple", version="1.0", hashes=(digest,)), Pin(name="pear", version="2.0", hashes=("1" * 64,)))
    built = build(lock_of(*pins), wheels=tmp_path / "wheels")
    assert [m.split(" ")[0] for m in built.info.missing] == ["pear==2.0"]
    assert imported(built, "__import__('apple').VERSION") == "1.0"


@pytest.mark.slow
@pytest.mark.parametrize("trusted", [False, True], ids=["stranger", "trusted"])
def test_what_has_only_its_source_is_built_for_trusted_bundles_alone(tool, tmp_path, trusted):
    _, digest = make_source(tmp_path / "wheels", "pear", "2.0")
    pin = Pin(name="pear", version="2.0", hashes=(digest,), source=True)
    built = build(lock_of(pin), wheels=tmp_path / "wheels", sources=trusted)
    assert built.info.missing == (() if trusted else (f"pear==2.0 ({installer.ONLY_SOURCE})",))
    assert imported(built, "bool(__import__('importlib.util', fromlist='x').find_spec('pear'))") == str(trusted)


@pytest.mark.slow
def test_a_package_the_runs_never_imported_is_only_missed(tmp_path):
    (tmp_path / "wheels").mkdir()
    built = build(lock_of(Pin(name="pear", version="2.0")), wheels=tmp_path / "wheels", needed=frozenset({"apple"}))
    assert built.info.missing == () and "did not import it" in built.info.warnings[-1]


@pytest.mark.slow
def test_a_local_label_that_nobody_has_is_replaced_and_said(tmp_path):
    make_wheel(tmp_path / "wheels", "apple", "1.0")
    built = build(lock_of(Pin(name="apple", version="1.0+cpu")), wheels=tmp_path / "wheels")
    assert built.info.missing == () and "apple 1.0 instead of 1.0+cpu" in built.info.warnings


@pytest.mark.slow
def test_the_locks_own_address_serves_where_no_index_has_the_wheel(tool, tmp_path, monkeypatch):
    (tmp_path / "index").mkdir()
    wheel, digest = make_wheel(tmp_path / "elsewhere", "apple", "1.2")
    monkeypatch.setattr(installer, "configured", lambda: indexes.Indexes(index=(tmp_path / "index").as_uri(), links=()))
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "index").as_uri())
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    pin = Pin(
        name="apple", version="1.2", hashes=(digest,), urls=("file:///x/apple-1.2-py3-none-win32.whl", wheel.as_uri())
    )
    lost = Pin(
        name="pear", version="2.0", hashes=("1" * 64,), urls=((tmp_path / "pear-2.0-py3-none-any.whl").as_uri(),)
    )
    built = build(lock_of(pin, lost))
    assert imported(built, "__import__('apple').VERSION") == "1.2"
    assert [m.split(" ")[0] for m in built.info.missing] == ["pear==2.0"]
    assert f"from the lock's own address, no index here has it: {wheel.as_uri()}" in built.info.warnings[-1]


@pytest.mark.parametrize(
    ("name", "fit"),
    [
        ("a-1-py3-none-any.whl", True),
        ("a-1-py2.py3-none-any.whl", True),
        (f"a-1-cp311-cp311-manylinux_2_28_{platform.machine()}.whl", True),
        (f"a-1-cp39-abi3-manylinux_2_17_{platform.machine()}.manylinux2014_{platform.machine()}.whl", True),
        (f"a-1-cp312-cp312-manylinux_2_28_{platform.machine()}.whl", False),
        ("a-1-cp311-cp311-win_amd64.whl", False),
        ("a-1-cp311-cp311-macosx_11_0_arm64.whl", False),
        ("a.whl", False),
    ],
)
def test_a_wheel_is_for_this_system_by_its_name(name, fit):
    assert installer.fits(f"https://example.org/{name}", "3.11.7") is fit


@pytest.mark.slow
def test_another_python_is_part_of_the_verdict():
    built = build(Lock(), python="3.99.1", network=False)
    assert built.info.wanted_python == "3.99.1"
    assert built.info.warnings == (f"Python {built.info.python} instead of the author's 3.99.1",)


def test_conda_is_named_where_it_is_not_there(monkeypatch):
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    assert "no conda" in build(Lock(conda="@EXPLICIT\n"), network=False).info.missing[0]


@pytest.mark.slow
def test_conda_rebuilds_an_explicit_file(tmp_path, monkeypatch):
    """A stand-in that keeps what it was given shows the command; no channel is reachable in a test."""
    fake = tmp_path / "bin" / "conda"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nwhile [ "$1" != -p ]; do shift; done\nmkdir -p "$2/bin"; cp "$4" "$2/spec"\n')
    fake.chmod(0o755)
    monkeypatch.setattr(environment.shutil, "which", lambda name: str(fake) if name == "conda" else None)
    monkeypatch.setenv("PATH", f"{fake.parent}:/usr/bin:/bin")
    built = build(Lock(conda="@EXPLICIT\nhttps://example.org/x.conda#1\n"), network=False, sources=True)
    assert (built.info.tool, built.info.missing) == ("conda", ())
    assert (built.prefix / "spec").read_text().startswith("@EXPLICIT")


def test_pips_settings_are_passed_to_uv():
    found = indexes.parse(
        "global.index-url='https://mirror.example.org/simple'\n"
        "global.extra-index-url='file:///a/simple file:///b/simple'\n"
        ":env:.find-links='/wheels'\nglobal.find-links='/old'\n:env:.disable-pip-version-check='1'\n"
    )
    assert (found.index, found.extra, found.links) == (
        "https://mirror.example.org/simple",
        ("file:///a/simple", "file:///b/simple"),
        ("/wheels",),
    )
    options = indexes.for_uv(found)
    assert options[options.index("--default-index") + 1] == found.index
    assert options.count("--index") == 2 and options[options.index("--find-links") + 1] == "/wheels"


def test_an_unpinned_requirement_is_never_installed():
    assert parse_requirements("apple>=1").refused


@pytest.mark.parametrize(
    ("text", "last"),
    [("error: a\n  ╰─▶ because b\n\n", "because b"), ("", "no reason given")],
)
def test_reasons_are_one_line(text, last):
    assert installer.last_line(text) == last


@pytest.mark.parametrize("tool", ["uv", None], ids=["uv", "pip"])
def test_packages_are_built_only_for_bundles_that_are_trusted(tmp_path, tool):
    def command(sources):
        made = Installer(tmp_path, OWN, tool, tmp_path, network=False, sources=sources)
        return made._uv_command() if tool else made._pip_command()

    assert "--only-binary" in command(sources=False)
    assert "--only-binary" not in command(sources=True)


@pytest.mark.slow
def test_what_a_package_starts_with_python_does_not_start_while_others_are_installed(both_tools, tmp_path):
    mark = tmp_path / "owned"
    start = f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n"
    more = {"apple.pth": start, "sitecustomize.py": start}
    _, digest = make_wheel(tmp_path / "wheels", "apple", more=more)
    make_wheel(tmp_path / "wheels", "pear")
    pins = [Pin(name="apple", version="1.0", hashes=(digest,)), Pin(name="pear", version="1.0", hashes=("0" * 64,))]
    built = build(lock_of(*pins), wheels=tmp_path / "wheels")  # the second is not the locked one: one by one
    assert [m.split(" ")[0] for m in built.info.missing] == ["pear==1.0"]
    assert list(built.prefix.rglob("apple.pth")) and not mark.exists()


def test_a_strangers_conda_packages_run_no_scripts_of_theirs(tmp_path, monkeypatch):
    conda, mark = tmp_path / "bin" / "micromamba", tmp_path / "ran"
    conda.parent.mkdir()
    conda.write_text(f"#!/bin/sh\ntouch {mark}\n")
    conda.chmod(0o755)
    monkeypatch.setenv("PATH", str(conda.parent), prepend=":")
    built = build(Lock(source="conda-explicit.txt", conda="@EXPLICIT\n"))
    assert built.info.missing == (f"the explicit conda file ({installer.OWN_SCRIPTS})",) and not mark.exists()


@pytest.mark.slow
def test_the_pip_that_is_asked_for_indexes_is_not_one_of_the_folder(tmp_path, monkeypatch):
    (tmp_path / "pip.py").write_text(f"import pathlib; pathlib.Path({str(tmp_path / 'owned')!r}).touch()\n")
    monkeypatch.chdir(tmp_path)
    indexes.configured()
    assert not (tmp_path / "owned").exists()


@pytest.mark.slow
def test_what_compiles_in_the_background_ends_with_us():
    script = (
        "import subprocess, time\nfrom artifactpack.rerun.bytecode import gently\n"
        "print(subprocess.Popen(['sleep', '97'], preexec_fn=gently).pid, flush=True)\ntime.sleep(97)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as ours:
        compiler = Path("/proc", ours.stdout.readline().strip())
        ours.kill()
    deadline = time.monotonic() + 10
    while runs(compiler) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not runs(compiler)


def runs(process):
    """Whether the process of that folder of /proc is alive."""
    try:
        return "\nState:\tZ" not in (process / "status").read_text()
    except OSError:
        return False
