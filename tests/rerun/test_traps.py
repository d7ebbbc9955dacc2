"""What a program leaves for those who read its results, and what it takes from the machine unseen."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from artifactpack.errors import InputError
from artifactpack.recorder import patterns
from artifactpack.rerun.attribute import attribute
from artifactpack.rerun.execute import Limits
from artifactpack.rerun.leftovers import Sweep, real_roots
from artifactpack.rerun.suspicion import suspicions
from tests.rerun.attacks import MB, TRY, built, kind, say, told

pytestmark = pytest.mark.slow


def test_a_program_that_would_run_as_its_owner_is_disarmed_and_named(attack, walls):
    """A copy of a shell with the set-user-id bit: left so, it would serve every user of the reviewer's machine."""
    script = "import shutil\nshutil.copy('/bin/true', 'shell')\nos.chmod('shell', 0o6755)\n" + say("{'a': 1}")
    ran, project = attack(script, walls)
    assert not (project / "shell").exists()
    assert any("set-user-id" in words for words in suspicions([ran], []))


def test_memory_that_processes_share_counts(attack):
    script = (
        "import mmap\nheld = []\nwhile True:\n    held.append(mmap.mmap(-1, 16 << 20))\n"
        "    held[-1].write(bytes(16 << 20)); time.sleep(0.01)\n"
    )
    ran, _ = attack(script, built("bubblewrap"), Limits(memory=300 * MB, time=30))
    assert ran.seen["reason"] == "memory"


def test_memory_that_many_share_counts_once(attack):
    """Six processes look at the same 80 MB: that is no 480."""
    script = (
        "import mmap\nheld = mmap.mmap(-1, 80 << 20)\nheld.write(bytes(80 << 20))\nchildren = []\n"
        "for _ in range(5):\n    pid = os.fork()\n"
        "    if pid == 0:\n        held[::4096]; time.sleep(1.5)\n        os._exit(0)\n"
        "    children.append(pid)\nfor pid in children:\n    os.waitpid(pid, 0)\n" + say("{'a': 1}")
    )
    ran, project = attack(script, built("bubblewrap"), Limits(memory=300 * MB, time=30))
    assert (ran.seen["reason"], told(project)) == ("", {"a": 1})
    assert 80 * MB <= ran.seen["peak"]["memory"] <= 300 * MB


def test_files_that_are_large_by_their_size_alone_do_not_keep_us(attack, walls):
    """Two terabytes of holes take no disk, and would take an hour to hash."""
    script = (
        "for n in range(300):\n    with open(out / f'{n}.bin', 'wb') as file:\n        file.truncate(200 << 20)\n"
        "with open(out / 'metrics.json', 'wb') as file:\n    file.truncate(200 << 20)\n"
    )
    ran, _ = attack(script, walls, Limits(disk=256 * MB, memory=1 << 30, time=60))
    assert sum(use.size for use in ran.record.written) <= 1.25 * 256 * MB
    assert ran.record.metrics == () and ran.record.state != "finished"
    assert attribute(ran.record, ran.seen)[0] == "resource"


def test_folders_without_end_are_removed(attack):
    script = (
        "here = os.getcwd()\nfor place in ('.', str(out)):\n    os.chdir(here); os.chdir(place)\n"
        "    for _ in range(3000):\n        os.mkdir('d'); os.chdir('d')\n"
    )
    ran, project = attack(script, kind("bubblewrap"))
    assert (project / "d" / "d").is_dir() and len(ran.seen["removed"]) == 2
    shutil.rmtree(project / "d")  # goes down by calling itself, as most readers do


def test_an_output_folder_that_became_a_link_leads_nowhere(tmp_path):
    """Without walls a run can put a link where its folder was: what lies behind it is neither read nor touched."""
    ours, theirs = tmp_path / "out", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    os.mkfifo(theirs / "pipe")
    (theirs / "link").symlink_to("/etc/passwd")
    sweep = Sweep(real_roots([str(ours)]))
    ours.rmdir()
    ours.symlink_to(theirs)
    sweep.clean(str(ours))
    assert sweep.removed == [str(ours)]
    assert not ours.exists() and (theirs / "pipe").exists() and (theirs / "link").is_symlink()


def test_a_link_on_the_way_to_an_output_folder_is_not_followed_either(tmp_path):
    project, theirs = tmp_path / "project", tmp_path / "theirs"
    (project / "runs" / "out").mkdir(parents=True)
    (theirs / "out").mkdir(parents=True)
    os.mkfifo(theirs / "out" / "pipe")
    writable = [str(project), str(project / "runs" / "out")]
    sweep = Sweep(real_roots(writable))
    shutil.rmtree(project / "runs")
    (project / "runs").symlink_to(theirs)
    for folder in writable:
        sweep.clean(folder)
    assert sweep.removed == [str(project / "runs")] and (theirs / "out" / "pipe").exists()


def test_other_processes_and_their_memory_are_not_there(attack, walls):
    script = TRY + say(
        "{'seen': sum(p.isdigit() for p in os.listdir('/proc')),"
        f"'ours': works(lambda: open('/proc/{os.getpid()}/mem', 'rb')),"
        "'parent': works(lambda: os.kill(os.getppid(), 9) or time.sleep(0.2)) and os.getppid() > 1}"
    )
    ran, project = attack(script, walls)
    assert ran.record.state == "finished"
    assert told(project)["seen"] <= 4 and told(project)["ours"] == 0


def test_declared_outputs_outside_of_the_project_are_neither_read_nor_copied(attack, walls, tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text('{"accuracy": 0.99}')
    away = ("../secret.json", str(secret), "../../../../../../../../etc/hostname", "/etc/hostname")
    ran, project = attack(say("{'a': 1}"), walls, metrics=away, weights=away, outputs=away)
    folder = project / ".artifactpack/runs/attack-s0"
    kept = [p for p in folder.rglob("*") if p.is_file() and p.read_bytes() in (secret.read_bytes(), HOSTNAME)]
    assert (ran.record.metrics, ran.record.weights, kept) == ((), (), [])
    assert secret.read_text() == '{"accuracy": 0.99}'


HOSTNAME = Path("/etc/hostname").read_bytes() if Path("/etc/hostname").exists() else b"?"


@pytest.mark.parametrize("cwd", ["../..", "/etc", "/"])
def test_a_command_that_wants_to_run_elsewhere_is_refused(attack, cwd):
    with pytest.raises(InputError, match="cwd"):
        attack(say("{'a': 1}"), built("bubblewrap"), cwd=cwd)


def test_a_console_pattern_without_end_is_given_up(attack, monkeypatch):
    monkeypatch.setattr(patterns, "SECONDS", 2.0)
    ran, _ = attack("print('a' * 60 + '!')\n", built("bubblewrap"), patterns={"loss": "(a+)+$"})
    assert ran.record.state == "failed" and "patterns for the console were not done" in ran.record.error
