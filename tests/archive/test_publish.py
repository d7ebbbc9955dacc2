"""Publishing against a real registry, an S3 server, a Zenodo of our own, files and fsspec."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import urllib.request

import pytest

from artifactpack.archive import publish_http, publish_oci, publish_zenodo
from artifactpack.archive.content import Entry
from artifactpack.archive.writer import write_bundle
from artifactpack.errors import InfrastructureError, InputError, RefusedError
from artifactpack.pipeline.publish import publish
from tests.support.apt import need

from .publishing import free_port, registry, s3_server, zenodo


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("time.sleep", lambda _: None)
    target = tmp_path / "paper.zip"
    write_bundle(target, [Entry("data/project/x.bin", "data", os.urandom(100_000))], lambda _: [], name="A paper")
    return target


@pytest.fixture
def fake():
    with zenodo() as server:
        yield server


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


def _get(url: str, accept: str = "*/*") -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept})) as answer:
        return answer.read()


# --- files


def test_a_file_is_copied_once_and_as_a_whole(bundle, tmp_path):
    (tmp_path / "out").mkdir()
    first = publish(bundle, (tmp_path / "out").as_uri() + "/")
    assert (tmp_path / "out/paper.zip").read_bytes() == bundle.read_bytes()
    assert first.sent == first.size
    assert publish(bundle, (tmp_path / "out").as_uri() + "/").sent == 0


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("paper.zip", "is no address"),
        ("file://host/x.zip", "no local address"),
        ("file:///nowhere/at/all/x.zip", "is no folder"),
        ("oci://host/UPPER", "no OCI address"),
        ("oci://host", "no OCI address"),
        ("zenodo:ftp://x", "no Zenodo address"),
        ("zenodo:http://example.org", "no Zenodo address"),
    ],
)
def test_a_bad_target_is_said_in_one_line(bundle, target, says, monkeypatch):
    monkeypatch.setenv("ZENODO_TOKEN", "right")
    with pytest.raises(InputError, match=says):
        publish(bundle, target)


def test_what_is_no_bundle_is_not_published(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK")
    with pytest.raises(RefusedError):
        publish(tmp_path / "x.zip", tmp_path.as_uri() + "/")
    with pytest.raises(InputError, match="is a folder"):
        publish(tmp_path, tmp_path.as_uri() + "/")


def test_any_store_of_fsspec_will_do(bundle):
    fsspec = pytest.importorskip("fsspec")
    first = publish(bundle, "memory://papers/p.zip")
    assert fsspec.filesystem("memory").cat("/papers/p.zip") == bundle.read_bytes()
    assert first.sent == first.size
    assert publish(bundle, "memory://papers/p.zip").sent == 0
    with pytest.raises(InputError, match="nosuchstore"):
        publish(bundle, "nosuchstore://papers/p.zip")


# --- a real registry


@pytest.mark.slow
def test_a_registry_gives_back_the_same_bytes(bundle, host):
    done = publish(bundle, f"oci://{host}/group/paper:v1")
    manifest = json.loads(_get(f"http://{host}/v2/group/paper/manifests/v1", publish_oci.MANIFEST_TYPE))
    layer = manifest["layers"][0]
    assert manifest["artifactType"] == publish_oci.ARTIFACT_TYPE
    assert layer["annotations"]["org.opencontainers.image.title"] == "paper.zip"
    assert _get(f"http://{host}/v2/group/paper/blobs/{layer['digest']}") == bundle.read_bytes()
    assert (done.sent, done.size) == (layer["size"], layer["size"])
    pinned = done.notes[0].rpartition("@")[2]
    assert (
        hashlib.sha256(_get(f"http://{host}/v2/group/paper/manifests/{pinned}", publish_oci.MANIFEST_TYPE)).hexdigest()
        in pinned
    )
    assert publish(bundle, f"oci://{host}/group/paper:v2").sent == 0


@pytest.mark.slow
def test_an_interrupted_push_goes_on_where_it_stopped(bundle, host, monkeypatch):
    monkeypatch.setattr(publish_oci, "CHUNK", 20_000)
    real, sent = publish_http.request, []

    def failing(method, url, **more):
        if method == "PATCH":
            sent.append(url)
            if len(sent) >= 4:
                raise InfrastructureError("the line is dead")
        return real(method, url, **more)

    monkeypatch.setattr(publish_oci, "request", failing)
    with pytest.raises(InfrastructureError):
        publish(bundle, f"oci://{host}/group/torn:v1")
    monkeypatch.setattr(publish_oci, "request", real)
    done = publish(bundle, f"oci://{host}/group/torn:v1")
    assert done.sent == done.size - 60_000
    assert _get(f"http://{host}/v2/group/torn/blobs/sha256:{done.sha256}") == bundle.read_bytes()


@pytest.mark.slow
def test_a_registry_that_wants_a_login(bundle, tmp_path, monkeypatch):
    program = need("htpasswd", package="apache2-utils")
    line = subprocess.run([program, "-nbB", "someone", "secret words"], capture_output=True, text=True, check=True)
    htpasswd = tmp_path / "htpasswd"
    htpasswd.write_text(line.stdout)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "none"))
    with registry(tmp_path, str(htpasswd)) as locked:
        with pytest.raises(InputError, match="ARTIFACTPACK_REGISTRY_USER"):
            publish(bundle, f"oci://{locked}/paper:v1")
        monkeypatch.setenv("ARTIFACTPACK_REGISTRY_USER", "someone")
        monkeypatch.setenv("ARTIFACTPACK_REGISTRY_PASSWORD", "secret words")
        assert publish(bundle, f"oci://{locked}/paper:v1").sent > 0


def test_a_registry_that_is_not_there_is_our_side(bundle):
    with pytest.raises(InfrastructureError, match="does not answer"):
        publish(bundle, f"oci://127.0.0.1:{free_port()}/paper:v1")


def test_only_this_machine_is_spoken_to_in_the_clear():
    assert publish_oci.parse("oci://ghcr.io/a/b:c", "t", insecure=False).base == "https://ghcr.io"
    assert publish_oci.parse("oci://127.0.0.1:5000/a", "t", insecure=False).base == "http://127.0.0.1:5000"
    assert publish_oci.parse("oci://lab:5000/a", "t", insecure=True).base == "http://lab:5000"


def test_credentials_go_to_the_registry_only(monkeypatch):
    seen = {}
    monkeypatch.setattr(
        publish_oci, "request", lambda m, u, **k: seen.update({u: k["headers"]}) or publish_http.Answer(200)
    )
    shop = publish_oci.Registry("https://a.example", "x", "y", {"Authorization": "Basic c2VjcmV0"})
    shop.ask("PUT", "https://evil.example/upload", b"")
    shop.ask("PUT", "/upload", b"")
    assert seen == {"https://evil.example/upload": {}, "https://a.example/upload": {"Authorization": "Basic c2VjcmV0"}}


# --- Zenodo


def test_a_zenodo_draft_holds_the_file_and_is_not_published(bundle, fake, monkeypatch):
    monkeypatch.setenv("ZENODO_TOKEN", "right")
    done = publish(bundle, f"zenodo:{fake.base}")
    assert fake.files[1] == {"paper.zip": bundle.read_bytes()}
    assert (done.draft, done.sent) == (True, done.size)
    assert fake.drafts[1]["title"] == "A paper"
    assert done.digest in fake.drafts[1]["description"]
    assert not any("publish" in asked for asked in fake.asked)


def test_the_same_bundle_goes_to_the_same_draft_and_is_not_sent_twice(bundle, fake, monkeypatch):
    monkeypatch.setenv("ZENODO_TOKEN", "right")
    publish(bundle, f"zenodo:{fake.base}")
    assert publish(bundle, f"zenodo:{fake.base}").sent == 0
    assert len(fake.drafts) == 1


def test_what_the_author_wrote_in_the_draft_stays(bundle, fake, monkeypatch):
    monkeypatch.setenv("ZENODO_TOKEN", "right")
    publish(bundle, f"zenodo:{fake.base}")
    fake.drafts[1]["title"] = "Mine"
    publish(bundle, f"zenodo:{fake.base}")
    assert fake.drafts[1]["title"] == "Mine"


def test_a_failing_server_is_asked_again_then_it_is_our_side(bundle, fake, monkeypatch):
    monkeypatch.setenv("ZENODO_TOKEN", "right")
    fake.fail_puts = 2
    assert publish(bundle, f"zenodo:{fake.base}").sent > 0
    fake.files[1].clear()
    fake.fail_puts = 9
    with pytest.raises(InfrastructureError, match="503"):
        publish(bundle, f"zenodo:{fake.base}")
    fake.fail_puts = 0
    assert publish(bundle, f"zenodo:{fake.base}").sent > 0
    assert len(fake.drafts) == 1


def test_a_wrong_or_missing_token(bundle, fake, monkeypatch):
    monkeypatch.delenv("ZENODO_TOKEN", raising=False)
    with pytest.raises(InputError, match="ZENODO_TOKEN"):
        publish(bundle, f"zenodo:{fake.base}")
    monkeypatch.setenv("ZENODO_TOKEN", "wrong")
    with pytest.raises(InputError, match="bad token"):
        publish(bundle, f"zenodo:{fake.base}")


def test_the_token_is_not_sent_to_another_host(bundle, fake, monkeypatch):
    monkeypatch.setenv("ZENODO_TOKEN", "right")
    fake.elsewhere = True
    with pytest.raises(InputError, match="another host"):
        publish(bundle, f"zenodo:{fake.base}")


def test_zenodo_addresses():
    assert publish_zenodo.base_of("zenodo:") == "https://zenodo.org"
    assert publish_zenodo.base_of("zenodo:sandbox") == "https://sandbox.zenodo.org"


# --- S3, against moto, which lives in an environment of its own because s3fs and boto3 disagree about versions

S3 = """
import os, sys
import s3fs
from pathlib import Path
from artifactpack.archive import publish_s3
from artifactpack.pipeline.publish import publish

fs = s3fs.S3FileSystem()
fs.mkdir("papers", region_name="eu-west-1")
small, big = Path(sys.argv[1]), Path(sys.argv[2])
first = publish(small, "s3://papers/small.zip")
assert first.sent == first.size and fs.cat("papers/small.zip") == small.read_bytes()
assert publish(small, "s3://papers/small.zip").sent == 0

real, parts = fs.call_s3, []
def torn(method, **more):
    if method == "upload_part":
        parts.append(more["PartNumber"])
        if len(parts) == 3:
            raise ConnectionError("the line is dead")
    return real(method, **more)
import fsspec
system = fsspec.core.url_to_fs("s3://papers/big.zip")[0]
system.call_s3 = torn
try:
    publish(big, "s3://papers/big.zip")
    raise SystemExit("was not interrupted")
except Exception as error:
    assert type(error).__name__ == "InfrastructureError", error
system.call_s3 = real
done = publish(big, "s3://papers/big.zip")
assert done.sent == done.size - 2 * publish_s3.PART, done
assert fs.info("papers/big.zip")["size"] == done.size
assert publish(big, "s3://papers/big.zip").sent == 0
with fs.open("papers/big.zip", "rb") as there, big.open("rb") as here:
    while piece := here.read(1 << 20):
        assert there.read(1 << 20) == piece
print("fine")
"""


@pytest.fixture
def s3():
    with s3_server() as environ:
        yield environ


@pytest.mark.slow
def test_s3_in_parts_and_resumed(tmp_path, s3):
    small, big = tmp_path / "small.zip", tmp_path / "big.zip"
    write_bundle(small, [Entry("data/project/x.bin", "data", b"x" * 1000)], lambda _: [], name="small")
    (tmp_path / "big.bin").write_bytes(os.urandom(60 << 20))
    entry = Entry("data/project/big.bin", "data", None, tmp_path / "big.bin", size=60 << 20)
    write_bundle(big, [entry], lambda _: [], name="big")
    told = os.environ | s3 | {"XDG_STATE_HOME": str(tmp_path / "state")}
    done = subprocess.run(
        [sys.executable, "-c", S3, str(small), str(big)], env=told, capture_output=True, text=True, check=False
    )
    assert done.stdout == "fine\n", done.stderr
