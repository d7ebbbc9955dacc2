"""JAX and TensorFlow as they are installed today, each in an environment of its own."""

import subprocess

import pytest

from tests.support.environments import environment

pytestmark = pytest.mark.systems

JAX = """
import jax
key = jax.random.PRNGKey(3)
other = jax.random.key(4)
print("drawn", jax.random.normal(jax.random.split(key)[0]))
"""
TENSORFLOW = """
import tensorflow as tf
tf.random.set_seed(3)
tf.keras.utils.set_random_seed(4)
tf.config.experimental.enable_op_determinism()
print("drawn", float(tf.random.normal(())))
"""


PACKAGES = [("jax==0.10.2", JAX), ("tensorflow-cpu==2.21.0", TENSORFLOW)]


@pytest.fixture(scope="module", params=PACKAGES, ids=["jax", "tensorflow"])
def framework(request, tmp_path_factory):
    """The program, and an interpreter that has what it imports."""
    package, script = request.param
    return script, environment(tmp_path_factory.mktemp("framework") / "environment", package)


def test_seeds_and_settings_arrive_and_nothing_else_changes(framework, run):
    script, python = framework
    record = run({"a.py": script}, "{python}", "a.py", python=python)
    assert record.state == "finished", record.tail
    name = "jax" if "jax" in script else "tensorflow"
    told = {(s.value, s.path, s.line) for s in record.seedings if s.rng == name}
    assert told == {(3, "a.py", 3), (4, "a.py", 4)}
    assert name in {p.name.removesuffix("-cpu").removesuffix("_cpu") for p in record.packages}
    settings = {s.name: s.at_exit for s in record.settings}
    wanted = {"jax": ("jax.default_prng_impl", "threefry2x32"), "tensorflow": ("tensorflow.op_determinism", True)}
    assert settings[wanted[name][0]] == wanted[name][1]
    plain = subprocess.run([python, "a.py"], cwd=run.root, capture_output=True, text=True, check=True).stdout
    assert plain.splitlines()[-1] in (run.folder / "log.txt").read_text()
