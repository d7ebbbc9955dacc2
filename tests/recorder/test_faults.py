"""Runs that hang, flood, leave processes behind, fill the disk or are killed at any moment."""

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from artifactpack.errors import InfrastructureError, InputError
from artifactpack.pipeline.record import run_all
from artifactpack.recorder import launch as launching
from artifactpack.recorder.store import RunStore

pytestmark = pytest.mark.slow  # every test runs, floods or kills processes

DAEMON = """
import os, signal, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.environ.clear()
        os.closerange(0, 3)
        open("daemon.pid", "w").write(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
while not os.path.exists("daemon.pid"):
    time.sleep(0.01)
HANG
"""


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


@pytest.mark.parametrize("hang", ["time.sleep(600)", "pass"])
def test_a_daemon_does_not_outlive_its_run(run, hang, monkeypatch):
    began = time.monotonic()
    record = run({"a.py": DAEMON.replace("HANG", hang)}, "{python}", "a.py", timeout="2s" if "sleep" in hang else "")
    pid = int((run.root / "daemon.pid").read_text())
    assert not alive(pid)
    assert record.state == ("timeout" if "sleep" in hang else "finished")
    assert time.monotonic() - began < 30


def flooded(run, monkeypatch, mebibytes):
    """Run a program that prints so much; returns the record and the most memory that its watcher took, in bytes."""
    text = f"""
        import sys
        block = b"x" * 1023 + b"\\n"
        for _ in range({mebibytes}):
            sys.stdout.buffer.write(block * 1024)
        print("final loss 0.25")
    """
    heard, most = launching._heard, [0]

    def look(plan, message, notify):
        if message["t"] == "start":
            most.append(int(Path(f"/proc/{message['pid']}/stat").read_text().rpartition(")")[2].split()[1]))
        elif message["t"] == "tick":
            status = Path(f"/proc/{most[1]}/status").read_text()
            most[0] = max(most[0], int(status.partition("VmHWM:")[2].split()[0]) << 10)
        return heard(plan, message, notify)

    monkeypatch.setattr(launching, "_heard", look)
    record = run({"a.py": textwrap.dedent(text)}, "{python}", "a.py", patterns={"loss": r"loss (\S+)"})
    return record, most[0]


def check_flooded(run, record, memory):
    log = run.folder / "log.txt"
    assert record.log_truncated
    assert log.stat().st_size < 20 << 20
    assert b"bytes left out here" in log.read_bytes()
    assert [m.last for m in record.metrics] == [0.25]
    assert sorted(p.name for p in run.folder.iterdir()) == ["log.txt", "metrics.json", "out", "record.json"]
    assert 0 < memory < 40 << 20


def test_a_flood_of_output_fills_neither_memory_nor_disk(run, monkeypatch):
    check_flooded(run, *flooded(run, monkeypatch, 60))


@pytest.mark.exhaustive
def test_ten_gigabytes_of_output_fill_neither_memory_nor_disk(run, monkeypatch):
    check_flooded(run, *flooded(run, monkeypatch, 10 << 10))


def test_a_program_that_cannot_be_started(run):
    with pytest.raises(InputError, match="cannot start no-such-program"):
        run({}, "no-such-program")
    assert not run.folder.exists()


def test_a_missing_working_folder(run):
    with pytest.raises(InputError, match="no folder 'nowhere'"):
        run({}, "{python}", "a.py", cwd="nowhere")


def test_missing_metrics_fail_the_run(run):
    record = run({"a.py": "pass"}, "{python}", "a.py", metrics=("{out}/metrics.json",))
    assert (record.state, record.exit_code) == ("failed", 0)
    assert "metrics.json" in record.error


def test_the_last_lines_are_kept(run):
    record = run({"a.py": "print('one')\nraise SystemExit('two')"}, "{python}", "a.py")
    assert record.tail == "one\ntwo"


def test_a_killed_supervisor_is_a_crashed_run(run, monkeypatch):
    heard = launching._heard

    def kill(plan, message, notify):
        if message["t"] == "start":
            run.pid = message["pid"]
            os.kill(int(Path(f"/proc/{message['pid']}/stat").read_text().rpartition(")")[2].split()[1]), signal.SIGKILL)
        return heard(plan, message, notify)

    monkeypatch.setattr(launching, "_heard", kill)
    record = run({"a.py": "import time, subprocess, sys\nsubprocess.run(['sleep', '600'])\n"}, "{python}", "a.py")
    assert record.state == "crashed"
    time.sleep(0.2)
    assert not alive(run.pid)


def test_disk_full_is_our_sides_failure_and_leaves_earlier_records(make_tree, monkeypatch):
    root = make_tree(project(seeds=(0,)))
    run_all(root, seeds=(0,))
    (before,) = RunStore(root).records()

    def full(folder, run):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("artifactpack.recorder.store.commit", full)
    with pytest.raises(InfrastructureError, match="No space left on device"):
        run_all(root, seeds=(1,))
    assert RunStore(root).records() == (before,)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_really_full_disk(tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("cannot mount a tmpfs here")
    try:
        for name, text in project(seeds=(0, 1)).items():
            (place / name).write_text(text)
        run_all(place, seeds=(0,))
        (before,) = RunStore(place).records()
        (place / "filler").write_bytes(b"")
        with pytest.raises((InfrastructureError, OSError)) as caught, (place / "filler").open("wb") as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
                    filler.flush()
            except OSError:
                pass
            run_all(place, seeds=(1,))
        from artifactpack.cli.common import failure

        assert failure(caught.value, []) == 4
        assert RunStore(place).records() == (before,)
        (place / "filler").unlink()
        assert len(run_all(place, seeds=(0, 1)).new) == 1
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


# -- killed at any moment ------------------------------------------------------------------------------------------

SCRIPT = """
import json, os, subprocess, sys, time
seed, out = sys.argv[1:]
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.25)"])
time.sleep(0.1)
worker.wait()
json.dump({"score": int(seed) / 10}, open(out + "/metrics.json", "w"))
"""


def project(seeds):
    config = f"""
        [environment]
        python = "{sys.executable}"
        [commands.go]
        run = ["{{python}}", "go.py", "{{seed}}", "{{out}}"]
        seeds = {list(seeds)}
        metrics = ["{{out}}/metrics.json"]
    """
    return {"artifactpack.toml": "\n".join(line.strip() for line in config.splitlines()), "go.py": SCRIPT}


def victims(root):
    """Launcher, supervisor, program and worker of a recording, as far as they live now."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "cwd") == str(root) or str(root).encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def kill_and_finish(root, moment, choose):
    """Kill one process of a recording at *moment*, then record again; returns the records."""
    command = [sys.executable, "-m", "artifactpack", "record", str(root), "--quiet"]
    first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(moment)
    living = [first.pid, *(pid for pid in victims(root) if pid != first.pid)]
    try:
        os.kill(choose(living), signal.SIGKILL)
    except OSError:
        pass
    first.wait()
    deadline = time.monotonic() + 20
    while [pid for pid in victims(root) if alive(pid)] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in victims(root) if alive(pid)]
    run_all(root)
    return RunStore(root).records()


def check_killed(make_tree, number):
    choice = random.Random(number)
    root = make_tree(project(seeds=(0, 1, 2)), name=f"project{number}")
    records = kill_and_finish(root, choice.uniform(0.2, 2.5), choice.choice)
    finished = [r for r in records if r.state == "finished"]
    assert sorted(r.seed for r in finished) == [0, 1, 2]
    assert [r.metrics[0].last for r in sorted(finished, key=lambda r: r.seed)] == [0.0, 0.1, 0.2]
    again = run_all(root)
    assert (len(again.new), again.kept) == (0, 3)
    assert {s.metric: s.seeds for s in again.reference.summaries} == {"score": (0, 1, 2)}
    assert len(list((root / ".artifactpack" / "runs").iterdir())) == len(records)


@pytest.mark.parametrize("number", range(10))
def test_killed_at_a_random_moment(make_tree, number):
    check_killed(make_tree, number)


@pytest.mark.exhaustive
@pytest.mark.parametrize("number", range(10, 200))
def test_killed_at_many_random_moments(make_tree, number):
    check_killed(make_tree, number)


def test_interrupt_in_the_second_seed_keeps_the_first(make_tree):
    root = make_tree(project(seeds=(0, 1, 2)))
    calls = []

    def notify(event):
        calls.append(event)
        if event.stage == "go seed 1" and event.text == "starting":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_all(root, notify=notify)
    assert [r.seed for r in RunStore(root).records() if r.state == "finished"] == [0]
    done = run_all(root)
    assert sorted(r.seed for r in done.new) == [1, 2]
    assert done.kept == 1


def test_ctrl_c_reaches_the_program_and_is_recorded(make_tree):
    root = make_tree(project(seeds=(0, 1)) | {"go.py": "import time\nprint('up', flush=True)\ntime.sleep(60)\n"})
    command = [sys.executable, "-m", "artifactpack", "record", str(root), "--quiet"]
    recording = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    runs = root / ".artifactpack" / "runs"
    deadline = time.monotonic() + 30
    while not [log for log in runs.glob("*/log.txt") if "up" in log.read_text()] and time.monotonic() < deadline:
        time.sleep(0.05)
    recording.send_signal(signal.SIGINT)
    _, said = recording.communicate(timeout=30)
    assert recording.returncode == 130, said
    assert said.count("interrupted") == 1
    (record,) = RunStore(root).records()
    assert (record.state, record.seed) == ("interrupted", 0)
    assert "KeyboardInterrupt" in record.tail


def test_unfinished_runs_become_crashed_records(make_tree):
    root = make_tree(project(seeds=(0,)))
    run_all(root)
    (before,) = RunStore(root).records()
    folder = RunStore(root).folder(before.id)
    (folder / "record.json").unlink()
    plan = {"id": before.id, "command": "go", "argv": ["{python}"], "seed": 0}
    told = {"pid": 1 << 22, "born": "1", "host": os.uname().nodename, "began": time.time(), "plan": plan}
    (folder / "running.json").write_text(json.dumps(told))
    done = run_all(root)
    states = {r.state: r for r in RunStore(root).records()}
    assert set(states) == {"crashed", "finished"}
    assert (states["crashed"].attempt, states["finished"].attempt) == (0, 1)
    assert done.reference.ledger.failed == 1


def test_a_second_recorder_is_turned_away(make_tree):
    root = make_tree(project(seeds=(0,)))
    with RunStore(root).locked(), pytest.raises(InputError, match=f"process {os.getpid()}"):
        run_all(root)


def test_a_run_cannot_make_us_read_or_write_another_file(run, tmp_path):
    """Its folder is its to write, in a sandbox too: links and pipes in it lead nowhere and hold nothing up."""
    (tmp_path / "host.json").write_text('{"secret": 42}')
    host = str(tmp_path / "host.json")
    text = f"""
import os
out, host = os.environ["ARTIFACTPACK_OUT"], {host!r}
folder = os.path.dirname(out)
for name in ("out/metrics.json", "metrics.json"):
    os.symlink(host, os.path.join(folder, name))
for name in ("out/results.json", "events/zzz.jsonl", "events/logged.metrics", "out/w.pt"):
    os.mkfifo(os.path.join(folder, name))
os.symlink(host, "linked.json")
os.mkfifo("pipe.json")
"""
    record = run({"a.py": text}, "{python}", "a.py", outputs=("linked.json", "pipe.json"), weights=("{out}/w.pt",))
    assert record.state == "finished" and record.metrics == () == record.weights
    assert (tmp_path / "host.json").read_text() == '{"secret": 42}'
    assert sum("not kept" in text for text in record.warnings) == 2
    assert not (run.folder / "outputs").exists()


def test_a_declared_metric_that_is_a_link_fails_the_run(run, tmp_path):
    (tmp_path / "host.json").write_text('{"secret": 42}')
    text = f"import os\nos.symlink({str(tmp_path / 'host.json')!r}, os.environ['ARTIFACTPACK_OUT'] + '/m.json')\n"
    record = run({"a.py": text}, "{python}", "a.py", metrics=("{out}/m.json",))
    assert record.state == "failed" and "no file of the run" in record.error and record.metrics == ()
