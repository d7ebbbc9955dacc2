"""What a hostile program tries inside the walls, and what is left of it outside; each runs for real."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from artifactpack.models.run import Cost
from artifactpack.rerun.attribute import attribute
from artifactpack.rerun.execute import Limits
from artifactpack.rerun.suspicion import suspicions
from tests.rerun.attacks import DOCKER, MB, PODMAN, TRY, alive, built, kind, say, told

pytestmark = pytest.mark.slow


def test_the_network_is_not_there(attack, walls):
    script = TRY + say(
        "{'tcp': works(lambda: socket.create_connection(('127.0.0.1', PORT), 1)),"
        "'udp': works(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9)))}"
    )
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        ran, project = attack(script.replace("PORT", str(server.getsockname()[1])), walls)
        assert ran.record.state == "finished"
        assert told(project) == {"tcp": 0, "udp": 0}


def test_secrets_of_the_home_are_not_there(attack, walls, tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519").write_text("PRIVATE")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-reviewer")
    script = TRY + say(
        f"{{'named': works(lambda: open({str(home / '.ssh' / 'id_ed25519')!r}).read()),"
        "'own': works(lambda: open(os.path.expanduser('~/.ssh/id_ed25519')).read()),"
        "'shadow': works(lambda: open('/etc/shadow').read()),"
        "'variables': int(any('secret-of' in v for v in os.environ.values()))}"
    )
    _, project = attack(script, walls)
    assert told(project) == {"named": 0, "own": 0, "shadow": 0, "variables": 0}


def test_nothing_outside_can_be_written(attack, all_walls, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    places = [
        str(outside / "x"),
        "/usr/lib/x-artifactpack",
        str(Path(sys.prefix) / "x-artifactpack"),
        "/x-artifactpack",
    ]
    script = TRY + say(f"{{str(i): works(lambda p=p: open(p, 'w').write('x')) for i, p in enumerate({places!r})}}")
    _, project = attack(script, all_walls)
    assert set(told(project).values()) == {0}
    assert not any(Path(p).exists() for p in places)


def test_other_runs_and_the_records_are_not_there(attack, walls):
    script = say("{'seen': len([p for p in pathlib.Path('.artifactpack/runs').iterdir() if p.name != 'attack-s0'])}")
    _, project = attack(script, walls)
    assert told(project) == {"seen": 0}
    assert (project / ".artifactpack/runs/other/record.json").read_text() == "{}"


DAEMON = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for fd in (0, 1, 2):
            os.close(fd)
        time.sleep(1.0)
        (out / 'metrics.json').write_text(json.dumps({'accuracy': 1.0}))
        time.sleep(300)
    os._exit(0)
"""


def test_a_daemon_neither_survives_nor_edits_the_metrics_afterwards(attack, walls):
    ran, project = attack(DAEMON + say("{'accuracy': 0.5}"), walls)
    assert ran.record.metrics[0].last == 0.5
    time.sleep(1.1)
    assert told(project) == {"accuracy": 0.5}
    assert not alive("attack.py", project)


@pytest.mark.parametrize(
    ("script", "limits", "reason"),
    [
        pytest.param(
            "held = []\nwhile True:\n    held.append(bytearray(8 << 20)); time.sleep(0.002)\n",
            Limits(memory=300 * MB, time=60),
            "memory",
            id="memory-of-one",
        ),
        pytest.param(
            "for _ in range(6):\n    if os.fork() == 0:\n        held = bytearray(os.urandom(1 << 20)) * 80\n"
            "        time.sleep(60)\ntime.sleep(60)\n",
            Limits(memory=300 * MB, time=60),
            "memory",
            id="memory-of-many",
        ),
        pytest.param(
            "n = 0\nwhile True:\n    n += 1\n    (out / str(n)).write_bytes(os.urandom(2 << 20))\n",
            Limits(disk=64 * MB, time=60),
            "disk",
            id="disk",
        ),
    ],
)
@pytest.mark.parametrize("name", ["bubblewrap", PODMAN, DOCKER])
def test_limits_hold_over_the_whole_tree(attack, name, script, limits, reason):
    ran, project = attack(script, built(name), limits)
    assert ran.seen["reason"] == reason
    assert ran.record.state != "finished"
    assert attribute(ran.record, ran.seen)[0] == "resource"
    assert ran.seen["seconds"] < 40
    assert not alive("attack.py", project)


STUBBORN = """
import signal
for number in range(3):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if number == 1 and os.fork():
            os._exit(0)
        time.sleep(97)
time.sleep(97)
"""


@pytest.mark.parametrize("name", ["bubblewrap", "none", PODMAN, DOCKER])
def test_a_timeout_ends_the_whole_tree_within_a_second(attack, name):
    """Children with sessions of their own that ignore SIGTERM, one without a parent: nothing is there afterwards."""
    ran, project = attack(STUBBORN, built(name), Limits(time=3.0))
    assert not alive("attack.py", project)
    assert (ran.seen["reason"], ran.record.state != "finished") == ("time", True)
    assert attribute(ran.record, ran.seen) == ("resource", "it ran longer than the limit here")
    assert ran.seen["peak"]["processes"] >= 3
    assert (ran.record.signal, ran.record.tail) == ("SIGKILL", "")  # how it ended, and no word of ours
    assert ran.seen["seconds"] <= 3.0 + 1.0


def test_one_file_cannot_grow_without_end(attack):
    script = "f = open(out / 'big', 'wb')\nwhile True:\n    f.write(bytes(4 << 20))\n"
    ran, project = attack(script, kind("bubblewrap"), Limits(disk=32 * MB, time=60))
    assert ran.record.state != "finished"
    assert attribute(ran.record, ran.seen)[0] == "resource"
    assert (project / ".artifactpack/runs/attack-s0/out/big").stat().st_size <= 40 * MB


@pytest.mark.parametrize(
    "lines", [2_000, pytest.param(160_000, marks=[pytest.mark.exhaustive, pytest.mark.timeout(3600)], id="10-GB")]
)
def test_a_flood_of_words_is_cut(attack, lines):
    script = f"line = 'x' * 65535 + '\\n'\nfor _ in range({lines}):\n    sys.stdout.write(line)\n" + say("{'a': 1}")
    ran, project = attack(script, kind("bubblewrap"), Limits(time=3000))  # a busy machine takes its time for 10 GB
    assert ran.record.state == "finished" and ran.record.log_truncated
    assert (project / ".artifactpack/runs/attack-s0/log.txt").stat().st_size < 20 * MB


def test_traps_for_those_who_read_the_results_are_removed(attack, walls, tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text('{"accuracy": 0.99}')
    script = f"os.symlink({str(secret)!r}, out / 'metrics.json')\nos.mkfifo(out / 'history.jsonl')\n"
    ran, _ = attack(script, walls)
    assert ran.record.metrics == ()
    assert len(ran.seen["removed"]) == 2


def test_variables_of_the_bundle_reach_only_the_inside(attack, walls, tmp_path):
    """LD_PRELOAD from a bundle's configuration must not be loaded by the programs that build the walls."""
    script = say("{'set': int(os.environ.get('LD_PRELOAD') == '/nonexistent/evil.so'), 'own': int(os.environ['OWN'])}")
    ran, project = attack(script, walls, env={"LD_PRELOAD": "/nonexistent/evil.so", "OWN": "3"})
    assert told(project) == {"set": 1, "own": 3}
    log = (project / ".artifactpack/runs/attack-s0/log.txt").read_text()
    assert log.count("evil.so") <= 2  # the loader's complaint inside, not one for each of our programs
    assert ran.record.environment["LD_PRELOAD"] == "/nonexistent/evil.so"


def test_a_sitecustomize_cannot_fake_what_is_seen_from_outside(attack, tmp_path):
    """It ends the program with status 0 before it starts: outside there is no metric, and so no result."""
    ran = with_sitecustomize(attack, tmp_path, "import os\nos._exit(0)\n")
    assert ran.record.exit_code == 0
    assert ran.record.metrics == ()


def test_a_sitecustomize_that_writes_the_metrics_itself_is_named(attack, tmp_path):
    """The number is there, without the time that it takes, and that is said."""
    fake = "import os, sys\nopen(sys.argv[1] + '/metrics.json', 'w').write('{\"accuracy\": 1.0}')\nos._exit(0)\n"
    ran = with_sitecustomize(attack, tmp_path, fake)
    author = replace(ran.record, id="author", observed=True, cost=Cost(wall=90, cpu=90))
    found = suspicions([ran], [author])
    assert ran.record.metrics[0].last == 1.0
    assert any("one of the author's results to the last bit after" in s for s in found)


def with_sitecustomize(attack, tmp_path, text):
    project = tmp_path / "project"
    project.mkdir()
    (project / "sitecustomize.py").write_text(text)
    return attack(say("{'accuracy': 0.5}"), kind("bubblewrap"), env={"PYTHONPATH": str(project)})[0]


@pytest.mark.parametrize(
    ("ending", "code"), [("sys.exit(7)", 7), ("os.kill(os.getpid(), 9)", 137), ("os.abort()", 134)]
)
def test_the_exit_status_comes_through(attack, walls, ending, code):
    ran, _ = attack(ending, walls)
    assert ran.record.state in ("failed", "crashed")
    assert ran.record.exit_code == code or ran.record.signal in ("SIGKILL", "SIGABRT")


def test_landlock_keeps_files_and_tcp(attack, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "key").write_text("PRIVATE")
    script = TRY + say(
        f"{{'read': works(lambda: open({str(outside / 'key')!r}).read()),"
        f"'write': works(lambda: open({str(outside / 'x')!r}, 'w')),"
        "'tcp': works(lambda: socket.create_connection(('127.0.0.1', 9), 1)),"
        "'home': works(lambda: open(os.path.expanduser('~/x'), 'w'))}"
    )
    _, project = attack(script, kind("Landlock"))
    assert told(project) == {"read": 0, "write": 0, "tcp": 0, "home": 1}


def test_without_walls_a_daemon_is_still_ended(attack):
    ran, project = attack(DAEMON + say("{'accuracy': 0.5}"), kind("none"))
    assert ran.seen["left"]
    assert not alive("attack.py", project)
