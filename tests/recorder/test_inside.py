"""What the recorder sees from inside, in every kind of child process, without changing anything."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from artifactpack.recorder.interpreter import first_on_path

pytestmark = pytest.mark.slow  # every test is a program that is observed

SEED = "import random\nrandom.seed(7)\n"


def seeds(record, rng="random"):
    return [(s.value, s.path, s.line) for s in record.seedings if s.rng == rng]


FORK = "import os\npid = os.fork()\nif not pid:\n    import b\n    os._exit(0)\nos.waitpid(pid, 0)\n"
EXEC = "import os, sys\nos.execv(sys.executable, [sys.executable, 'b.py'])\n"
THREAD = "import threading\nt = threading.Thread(target=__import__, args=('b',))\nt.start(); t.join()\n"
SUBPROCESS = "import subprocess, sys\nsubprocess.run([sys.executable, 'b.py'], check=True)\n"
POOL = """
import multiprocessing as m, b
if __name__ == "__main__":
    p = m.get_context("WAY").Process(target=b.f)
    p.start(); p.join()
"""
SEED_F = "import random\ndef f():\n    random.seed(7)\n"
PLAIN = ("{python}", "a.py")
CHILDREN = {
    "script": ({"a.py": SEED}, PLAIN),
    "python -m": ({"pkg/__init__.py": "", "pkg/a.py": SEED}, ("{python}", "-m", "pkg.a")),
    "subprocess": ({"a.py": SUBPROCESS, "b.py": SEED}, PLAIN),
    "bash": ({"run.sh": 'cd . && "$1" a.py\n', "a.py": SEED}, ("bash", "run.sh", "{python}")),
    "python -s": ({"a.py": SEED}, ("{python}", "-s", "a.py")),
    "fork": ({"a.py": FORK, "b.py": SEED}, PLAIN),
    "exec": ({"a.py": EXEC, "b.py": SEED}, PLAIN),
    "thread": ({"a.py": THREAD, "b.py": SEED}, PLAIN),
    "multiprocessing fork": ({"a.py": POOL.replace("WAY", "fork"), "b.py": SEED_F}, PLAIN),
    "multiprocessing spawn": ({"a.py": POOL.replace("WAY", "spawn"), "b.py": SEED_F}, PLAIN),
    "multiprocessing forkserver": ({"a.py": POOL.replace("WAY", "forkserver"), "b.py": SEED_F}, PLAIN),
}


@pytest.mark.parametrize("kind", CHILDREN)
def test_seeding_is_seen_in(run, kind):
    files, argv = CHILDREN[kind]
    record = run(files, *argv)
    assert record.state == "finished", record.tail
    assert 7 in [value for value, _, _ in seeds(record)], record.not_observed
    path, line = next((p, n) for v, p, n in seeds(record) if v == 7)
    assert (root := run.root) and (root / path).read_text().splitlines()[line - 1].strip() == "random.seed(7)"


@pytest.mark.parametrize("flag", ["-I", "-E"])
def test_isolated_python_is_said_not_to_be_observed(run, flag):
    record = run({"a.py": SEED}, "{python}", flag, "a.py")
    assert not record.observed
    assert "no Python process reported" in record.not_observed[0]
    assert record.exit_code == 0
    assert record.cost.wall > 0


def test_isolated_child_is_named(run):
    record = run(
        {"a.py": "import subprocess, sys\nsubprocess.run([sys.executable, '-I', '-c', '1'])\n"}, "{python}", "a.py"
    )
    assert record.observed
    assert "-I" in record.not_observed[0]


def test_another_language_still_has_its_outside_view(run):
    record = run({}, "sh", "-c", "echo hello > {out}/x.txt; exit 3")
    assert (record.state, record.exit_code, record.observed) == ("failed", 3, False)
    assert [use.path.rsplit("/", 1)[1] for use in record.written] == ["x.txt"]


def test_sitecustomize_of_ones_own_still_runs(run):
    files = {"site/sitecustomize.py": "import sys\nsys.mine = 41\n", "a.py": "import sys\nsys.exit(sys.mine)\n"}
    record = run(files, "{python}", "a.py", env={"PYTHONPATH": "site"})
    assert record.exit_code == 41
    assert record.observed


def test_a_failing_sitecustomize_fails_as_it_would(run):
    files = {"site/sitecustomize.py": "raise RuntimeError('mine')\n", "a.py": "print('went on')\n"}
    record = run(files, "{python}", "a.py", env={"PYTHONPATH": "site"})
    assert record.exit_code == 0
    log = (run.folder / "log.txt").read_text()
    assert "mine" in log and "went on" in log


def test_modules_of_the_project_are_found_as_without_us(run):
    """A project may have its own json.py or threading.py; ours must not have been imported before."""
    names = ("json", "tempfile", "logging", "dataclasses", "socket", "queue", "copy", "string", "statistics", "gc2")
    files = {f"{name}.py": "MINE = True\n" for name in names}
    files["a.py"] = f"import {', '.join(names)}\nassert all(m.MINE for m in ({', '.join(names)}))\n"
    assert run(files, "{python}", "a.py").exit_code == 0


SEARCHED = """
import sys
class Counting:
    asked = 0
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        cls.asked += name == "nowhere"
sys.meta_path.append(Counting)
for _ in range(5):
    try:
        import nowhere
    except ImportError:
        pass
assert Counting.asked == 6, Counting.asked
"""


def test_what_is_not_there_is_searched_for_once_more_than_without_us(run):
    record = run({"a.py": SEARCHED}, *PLAIN)
    assert record.state == "finished", record.tail


def test_path_and_modules_look_as_without_us(run):
    text = (
        "import sys\nprint([p for p in sys.path if 'recorder' in p], sys.argv, __name__, __file__.rsplit('/', 1)[1])\n"
    )
    run({"a.py": text}, "{python}", "a.py", "x")
    assert (run.folder / "log.txt").read_text().strip() == "[] ['a.py', 'x'] __main__ a.py"


@pytest.mark.parametrize(
    ("code", "state", "exit_code", "signal"),
    [
        pytest.param("import sys; sys.exit(5)", "failed", 5, "", id="exit"),
        pytest.param("raise ValueError", "failed", 1, "", id="exception"),
        pytest.param("import os; os._exit(6)", "failed", 6, "", id="hard-exit"),
        pytest.param("import os; os.kill(os.getpid(), 9)", "crashed", None, "SIGKILL", id="killed"),
        pytest.param("import os; os.abort()", "crashed", None, "SIGABRT", id="aborted"),
        pytest.param("import os, sys; os.close(1); os.close(2)", "finished", 0, "", id="closed-output"),
        pytest.param(
            "import os; os.closerange(3, 400); import random; random.seed(7)", "finished", 0, "", id="daemon-like"
        ),
    ],
)
def test_exit_is_what_it_would_be(run, code, state, exit_code, signal):
    record = run({"a.py": code}, "{python}", "a.py")
    assert (record.state, record.exit_code, record.signal) == (state, exit_code, signal)


def test_what_was_seen_before_a_kill_is_kept(run):
    record = run({"a.py": SEED + "import os\nos.kill(os.getpid(), 9)\n"}, "{python}", "a.py")
    assert seeds(record) == [(7, "a.py", 2)]


def test_drawn_before_the_seed_is_told(run):
    record = run({"a.py": "import random\nrandom.random()\nrandom.seed(1)\nrandom.seed(2)\n"}, "{python}", "a.py")
    assert [s.drawn_before for s in record.seedings] == [True, False]


def test_generators_without_a_seed(run):
    text = "import random\nr = random.Random()\nimport tempfile\ntempfile.NamedTemporaryFile()\nrandom.random()\n"
    record = run({"a.py": text}, "{python}", "a.py")
    assert [(u.path, u.line) for u in record.unseeded] == [("a.py", 2), ("", 0)]


def test_numpy(run):
    text = """
        import numpy as np
        np.random.seed(4)
        np.random.RandomState(5)
        np.random.default_rng(6)
        np.random.Generator(np.random.PCG64(7))
        np.random.SeedSequence(8).spawn(2)
        np.random.default_rng()
        np.random.RandomState()
        np.random.seed([1, 2])
        np.random.random()
        np.random.seed(9)
    """
    record = run({"a.py": textwrap.dedent(text).lstrip()}, "{python}", "a.py")
    told = {(s.call, s.value, s.line) for s in record.seedings}
    assert ("numpy.random.seed", 4, 2) in told
    assert ("numpy.random.RandomState", 5, 3) in told
    assert {("numpy.random.SeedSequence", value, line) for value, line in ((6, 4), (7, 5), (8, 6))} <= told
    assert ("numpy.random.seed", "[1, 2]", 9) in told
    assert [(u.rng, u.line) for u in record.unseeded] == [("numpy.Generator", 7), ("numpy.Generator", 8)]
    last = next(s for s in record.seedings if s.value == 9)
    assert last.drawn_before is True


@pytest.mark.parametrize(
    ("library", "call", "rng"),
    [("tensorflow", "random.set_seed(3)", "tensorflow"), ("jax", "random.PRNGKey(3)", "jax")],
)
def test_other_frameworks_by_their_own_names(run, library, call, rng):
    """Modules of the same shape stand for them; test_frameworks.py has the real ones."""
    files = {
        "libs/tensorflow/__init__.py": "from . import random\n",
        "libs/tensorflow/random.py": "from .python.framework.random_seed import set_seed\n",
        "libs/tensorflow/python/framework/random_seed.py": "def set_seed(seed):\n    pass\n",
        "libs/jax/__init__.py": "from . import random\n",
        "libs/jax/random.py": "def PRNGKey(seed):\n    return [0, seed]\n",
        "a.py": f"import {library}\n{library}.{call}\n",
    }
    record = run(files, "{python}", "a.py", env={"PYTHONPATH": "libs"})
    assert record.exit_code == 0, record.tail
    assert [(s.rng, s.value, s.path, s.line) for s in record.seedings] == [(rng, 3, "a.py", 2)]


def test_files_read_and_written(run):
    text = """
        import os, mine
        open("in.txt").read()
        open("made.txt", "w").write("x")
        open("made.txt").read()
        os.makedirs("sub")
        os.chdir("sub")
        open("../in2.txt").read()
        open("tmp", "w").write("y")
        os.rename("tmp", "final.txt")
        open("../changed.txt").read()
        open("../changed.txt", "a").write("more")
        open("/etc/hostname").read()
    """
    files = {"a.py": textwrap.dedent(text).lstrip(), "mine.py": "", "in.txt": "1", "in2.txt": "2", "changed.txt": "3"}
    record = run(files, "{python}", "a.py")
    read = {use.path: use for use in record.read}
    assert set(read) == {"a.py", "mine.py", "in.txt", "in2.txt", "changed.txt"}
    assert read["changed.txt"].changed and not read["in.txt"].changed
    assert all(len(use.sha256) == 64 for use in record.read)
    assert {use.path for use in record.written} == {"made.txt", "sub/final.txt", "changed.txt"}
    assert record.outside_read >= 1


def test_files_that_c_code_maps_are_read_too(run):
    """As Arrow, LMDB or torch.load(mmap=True) do: no line of Python opens them."""
    text = """
        import ctypes, mmap
        libc = ctypes.CDLL(None)
        open("made.bin", "wb").write(b"x" * 9)
        kept = []
        for name in (b"data.bin", b"made.bin"):
            fd = libc.open(name, 0)
            kept.append(mmap.mmap(fd, 0, prot=mmap.PROT_READ))
    """
    files = {"a.py": textwrap.dedent(text).lstrip(), "data.bin": "1" * 100, "other.bin": "2"}
    record = run(files, "{python}", "a.py")
    assert record.exit_code == 0, record.tail
    assert [(use.path, use.changed) for use in record.read] == [("a.py", False), ("data.bin", False)]
    assert record.outside == ()


def test_cached_modules_count_as_read(run):
    """A second run loads mine.py from its .pyc: the source is an input all the same."""
    files = {"a.py": "import mine\n", "mine.py": "import deep\n", "deep.py": ""}
    for _ in range(2):
        record = run(files, "{python}", "a.py")
    assert {"a.py", "mine.py", "deep.py"} == {use.path for use in record.read}


def test_odd_file_names(run):
    text = "import os\nfor n in (b'\\xff\\xfe', 'a b', 'ü', 'new\\nline'):\n    open(n, 'w').close(); open(n).close()\n"
    record = run({"a.py": text}, "{python}", "a.py")
    assert record.state == "finished"
    assert {"a b", "ü", "new\nline"} <= {use.path for use in record.written}


def test_packages_with_their_versions(run):
    import numpy

    record = run({"a.py": "import numpy\n"}, "{python}", "a.py")
    assert {p.name: p.version for p in record.packages}["numpy"] == numpy.__version__


def test_packages_of_the_start_up_are_not_the_programs(run):
    """A `.pth` file of setuptools imports a part of it in every process."""
    assert run({"a.py": "print(1)\n"}, "{python}", "a.py").packages == ()


@pytest.mark.parametrize(
    ("text", "used"),
    [("print(1)", False), ("import early", True), ("from early import f", True), ("import early.part", True)],
    ids=["nothing", "imported", "only a name of it", "a part"],
)
def test_a_package_of_the_start_up_counts_once_the_program_takes_it(run, tmp_path, text, used):
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    site = tmp_path / "user" / "lib" / f"python{version}" / "site-packages"
    (site / "early").mkdir(parents=True)
    (site / "early" / "__init__.py").write_text("def f(): pass\n")
    (site / "early" / "part.py").write_text("")
    (site / "early.pth").write_text("import early\n")
    text = "import sys\nassert 'early' in sys.modules\n" + text
    environ = {"PATH": os.environ["PATH"], "PYTHONUSERBASE": str(tmp_path / "user")}
    python = Path(sys.base_prefix) / "bin" / "python3"
    record = run({"a.py": text}, "{python}", "a.py", python=python, environ=environ)
    assert record.exit_code == 0, record.tail
    assert any(p.name == "early" for p in record.packages) is used


def test_files_of_the_interpreter_and_our_own_are_system(run, tmp_path):
    (tmp_path / "else.txt").write_text("x")
    text = f"""
        import os, sys
        open(sys.modules["_artifactpack_inside.files"].__file__).read()
        for name in ("pyvenv.cfg", "bin/activate"):
            if os.path.exists(os.path.join(sys.prefix, name)):
                open(os.path.join(sys.prefix, name)).read()
        open(os.path.realpath(os.__file__)).read()
        open({str(tmp_path / "else.txt")!r}).read()
    """
    record = run({"a.py": textwrap.dedent(text).lstrip()}, "{python}", "a.py")
    assert record.exit_code == 0, record.tail
    assert record.outside == ("temporary (1)",)


def test_secrets_are_neither_handed_on_nor_written_down(run):
    token = "hf_" + "a1B2c3D4e5F6g7H8i9J0"
    environ = {"PATH": os.environ["PATH"], "HF_TOKEN": token, "MY_PASSWORD": "hunter2hunter2", "SAFE": "1"}
    text = "import os\nprint(sorted({'HF_TOKEN', 'MY_PASSWORD', 'SAFE'} & set(os.environ)), os.environ['HF_TOKEN'])\n"
    record = run({"a.py": text}, "{python}", "a.py", environ=environ, more=("HF_TOKEN", "SAFE"))
    everything = b"".join(p.read_bytes() for p in run.folder.rglob("*") if p.is_file())
    assert b"['HF_TOKEN', 'SAFE'] [secret]" in everything
    assert token.encode() not in everything and b"hunter2" not in everything
    assert record.environment["HF_TOKEN"] == "(not recorded)"
    assert record.environment["SAFE"] == "1"


def test_no_machine_path_in_the_record(run):
    record = run({"a.py": "import numpy\n"}, "{python}", "a.py")
    from artifactpack.models.records import to_json

    text = to_json(record)
    assert str(run.root) not in text
    assert sys.prefix not in text


OTHERS = ("3.8", "3.9", "3.10", "3.12", "3.13", "3.14")


def other_pythons():
    """Interpreters of other versions on this machine, from PATH or pyenv."""
    found = {}
    for version in OTHERS:
        names = [shutil.which(f"python{version}"), *(Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python")]
        for name in filter(None, names):
            ask = "import sys; print('%d.%d' % sys.version_info[:2])"
            asked = subprocess.run([name, "-c", ask], capture_output=True, check=False)
            if asked.stdout.strip() == version.encode():
                found[version] = str(name)
    return found


@pytest.fixture(scope="module")
def others():
    return other_pythons()


@pytest.mark.slow
@pytest.mark.parametrize("version", OTHERS)
def test_other_versions_of_python(run, version, others):
    if version not in others:
        pytest.skip(f"no Python {version} on this machine")
    text = SEED + "random.Random()\nopen('in.txt').read()\nimport multiprocessing\nimport subprocess, sys\n"
    text += "subprocess.run([sys.executable, '-c', 'import random; random.seed(8)'])\n"
    record = run({"a.py": text, "in.txt": "1"}, "{python}", "a.py", python=others[version])
    assert record.exit_code == 0, record.tail
    assert [s.value for s in record.seedings] == [7, 8]
    assert [(u.path, u.line) for u in record.unseeded] == [("a.py", 3)]
    assert "in.txt" in {use.path for use in record.read}
    assert record.python.startswith(version)
    assert {package.name for package in record.packages} <= {"setuptools"}


def test_warnings_about_nondeterminism_are_kept(run):
    text = (
        "import warnings\nwarnings.warn('foo does not have a deterministic implementation')\nwarnings.warn('other')\n"
    )
    record = run({"a.py": text}, "{python}", "a.py")
    assert record.warnings == ("foo does not have a deterministic implementation",)


def test_very_many_files_are_all_inputs(run):
    text = """
        import os
        os.mkdir("d")
        os.chdir("d")
        for i in range(4500):
            open(str(i), "w").close()
        for i in range(4500):
            os.utime(str(i), (1, 1))
            open(str(i)).close()
        os.chdir("..")
        open("keep.txt").close()
    """
    record = run({"a.py": textwrap.dedent(text).lstrip(), "late.txt": "1"}, "{python}", "a.py")
    assert {"keep.txt", "a.py"} <= {use.path for use in record.read}
    assert len(record.written) == 4500


def test_ranks_that_are_told_after_a_process_has_begun(run):
    text = """
        import multiprocessing, os, random

        def work(number):
            open("keep.txt").close()
            os.environ["RANK"] = str(number)
            random.seed(100 + number)

        if __name__ == "__main__":
            tasks = [multiprocessing.get_context("spawn").Process(target=work, args=(n,)) for n in range(2)]
            for task in tasks: task.start()
            for task in tasks: task.join()
    """
    record = run({"a.py": textwrap.dedent(text).lstrip()}, "{python}", "a.py")
    assert record.state == "finished", record.tail
    assert record.ranks == 2
    assert {s.value for s in record.seedings if s.rng == "random"} == {100, 101}


SHELL = "cat settings.txt > copy.txt\npython a.py\n"


def test_a_shell_script_is_an_input_and_said_not_to_be_seen(run):
    """Nothing watches a shell: what its command line names was read, what it opened by itself cannot be told."""
    files = {"run.sh": SHELL, "settings.txt": "1", "out.txt": "old", "a.py": SEED + "open('out.txt', 'w').close()\n"}
    record = run(files, "bash", "run.sh", "out.txt")
    assert record.state == "finished", record.tail
    assert [use.path for use in record.read] == ["a.py", "run.sh"]
    assert all(len(use.sha256) == 64 for use in record.read)
    assert "(bash) was not seen from inside" in record.not_observed[-1]


def test_the_files_of_another_language_are_those_its_command_line_names(run):
    record = run({"go.sh": "echo hi\n", "deep/more.sh": "true\n"}, "sh", "-c", "sh go.sh; sh deep/more.sh >/dev/null")
    assert not record.observed
    assert [use.path for use in record.read] == ["deep/more.sh", "go.sh"]


@pytest.mark.parametrize(
    "call",
    [
        "subprocess.run(['sh', 'prepare.sh'])",
        "os.system('sh prepare.sh')",
        "subprocess.run('./prepare.sh', shell=True)",
    ],
)
def test_a_child_of_another_language_is_named_with_its_files(run, call):
    files = {
        "a.py": f"import os, subprocess\nos.chmod('prepare.sh', 0o755)\n{call}\n",
        "prepare.sh": "#!/bin/sh\ntrue\n",
    }
    record = run(files, "{python}", "a.py")
    assert [use.path for use in record.read] == ["a.py", "prepare.sh"]
    assert "(sh) is no Python" in record.not_observed[0]


def test_what_a_library_asks_the_system_is_not_the_programs_doing(run):
    record = run(
        {"a.py": "import platform, uuid\nplatform.uname(), platform.libc_ver(), uuid.getnode()\n"}, "{python}", "a.py"
    )
    assert record.not_observed == ()


def test_an_environment_within_the_project_is_none_of_its_inputs(run, tmp_path):
    env = tmp_path / "project" / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", env], check=True)
    text = "import sys\nopen(sys.prefix + '/pyvenv.cfg').read()\nopen('keep.txt').read()\n"
    record = run({"a.py": text}, "{python}", "a.py", python=env / "bin" / "python")
    assert record.exit_code == 0, record.tail
    assert [use.path for use in record.read] == ["a.py", "keep.txt"]


@pytest.mark.parametrize("mark", ["pyvenv.cfg", "conda-meta", ""])
def test_environments_come_first_on_the_path(tmp_path, mark):
    home = tmp_path / "env" / "bin"
    home.mkdir(parents=True)
    if mark:
        (tmp_path / "env" / mark).mkdir() if mark == "conda-meta" else (tmp_path / "env" / mark).write_text("")
    path = first_on_path(home / "python", "/usr/bin:/bin")
    assert path == (f"{home}:/usr/bin:/bin" if mark else "/usr/bin:/bin")
    assert first_on_path(home / "python", path) == path


def test_python_in_a_script_is_that_of_the_environment(run, tmp_path):
    """As if the environment had been activated, which is how its author runs the script."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    text = "import sys; print(sys.prefix)\n"
    python = tmp_path / "env" / "bin" / "python"
    record = run({"a.py": text, "run.sh": "python a.py\n"}, "bash", "run.sh", python=python)
    assert record.state == "finished", record.tail
    assert (run.folder / "log.txt").read_text().strip() == str(tmp_path / "env")
