"""Locks from strangers: pins, hashes, and what only a build from source could satisfy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactpack.errors import InputError
from artifactpack.rerun.lock import parse_pylock, parse_requirements, read_lock

HASH = "a" * 64


def test_a_pylock_gives_pins_with_hashes():
    lock = parse_pylock(
        f"""
        lock-version = "1.0"
        [[packages]]
        name = "numpy"
        version = "2.0"
        marker = "python_version >= '3.11'"
        wheels = [{{ url = "https://example.org/numpy.whl", hashes = {{ sha256 = "{HASH}" }} }}]
        """
    )
    (pin,) = lock.pins
    assert pin.requirement() == f"numpy==2.0 ; python_version >= '3.11' --hash=sha256:{HASH}"
    assert pin.urls == ("https://example.org/numpy.whl",)
    assert lock.complete and not lock.warnings


@pytest.mark.parametrize(
    "url", ["http://x.org/a.whl", "file:///a.whl", "https://x.org/a.whl --pre", "https://x.org/a#.whl"]
)
def test_only_plain_https_addresses_of_wheels_are_kept(url):
    text = f"""
        [[packages]]
        name = "a"
        version = "1"
        wheels = [{{ url = "{url}", hashes = {{ sha256 = "{HASH}" }} }}]
    """
    (pin,) = parse_pylock(text).pins
    assert pin.urls == () and pin.requirement() == f"a==1 --hash=sha256:{HASH}"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('version = "1"\nvcs = { url = "https://x", type = "git" }', id="vcs"),
        pytest.param('directory = { path = "." }', id="folder"),
    ],
)
def test_what_comes_from_elsewhere_is_refused_by_name(body):
    lock = parse_pylock(f'[[packages]]\nname = "thing"\n{body}\n')
    assert lock.pins == () and lock.refused[0].startswith("thing")


def test_a_package_without_a_wheel_is_told_so():
    text = f'''
        [[packages]]
        name = "thing"
        version = "1"
        sdist = {{ url = "https://x/y.tar.gz", hashes = {{ sha256 = "{HASH}" }} }}
    '''
    (pin,) = parse_pylock(text).pins
    assert pin.source and pin.urls == () and pin.requirement() == f"thing==1 --hash=sha256:{HASH}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("not toml [", id="not-toml"),
        pytest.param("packages = 3", id="not-a-list"),
        pytest.param('[[packages]]\nname = "--index-url=https://evil"\nversion = "1"', id="option-as-name"),
        pytest.param('[[packages]]\nname = "a"\nversion = "1\\n--pre"', id="option-as-version"),
        pytest.param('[[packages]]\nname = "a"\nversion = "1"\nmarker = "x\\n--pre"', id="option-as-marker"),
        pytest.param('[[packages]]\nname = "a"\nversion = "1"\nmarker = "x\\r-e ."', id="line-as-marker"),
        pytest.param('[[packages]]\nname = "a"\nversion = "1"\nmarker = "x\\u2028-e ."', id="wide-line-as-marker"),
        pytest.param("pylock = " + "[" * 5000, id="deep"),
    ],
)
def test_a_lock_that_is_not_one_is_refused(text):
    with pytest.raises(InputError, match="pylock"):
        parse_pylock(text)


@pytest.mark.slow
@given(st.text(max_size=200))
def test_no_line_of_a_requirements_file_becomes_an_option(text):
    for pin in parse_requirements(text).pins:
        assert "\n" not in pin.requirement() and not pin.requirement().startswith("-")


def test_requirements_keep_exact_pins_and_name_the_rest():
    lock = parse_requirements(f"a==1.0 --hash=sha256:{HASH}\nb>=2\n-e .\n# note\nc==3 # why\n")
    assert [(p.name, p.version) for p in lock.pins] == [("a", "1.0"), ("c", "3")]
    assert lock.refused == ("b>=2 (no exact version)",)
    assert "1 of 2 packages" in lock.warnings[0] and not lock.complete


def test_an_explicit_conda_file_is_kept_whole(tmp_path):
    (tmp_path / "conda.txt").write_text("@EXPLICIT\nhttps://example.org/x.conda#abc\n")
    assert read_lock(tmp_path / "conda.txt").conda.startswith("@EXPLICIT")


def test_the_digest_does_not_depend_on_order():
    assert parse_requirements("a==1\nb==2").digest() == parse_requirements("b==2\na==1").digest()
    assert parse_requirements("a==1").digest() != parse_requirements("a==2").digest()


@pytest.mark.parametrize(
    "body", ["wheels = 3", 'wheels = ["a"]', "wheels = [{ hashes = [1] }]", "sdist = [1]", "marker = 3"]
)
def test_a_lock_of_other_types_is_one_without_what_they_hide(body):
    assert [pin.hashes for pin in parse_pylock(f'[[packages]]\nname = "a"\nversion = "1"\n{body}').pins] == [()]
