# /// script
# dependencies = ["py-rattler==0.28.0"]
# ///
"""conda: a prefix solved and installed from a channel of one package, made here."""

import asyncio
import hashlib
import json
import sys
import tarfile
from pathlib import Path

from rattler import install, solve


def package(channel):
    folder = channel / "noarch"
    folder.mkdir(parents=True)
    (channel / "linux-64").mkdir()
    index = {"name": "toypkg", "version": "1.2.3", "build": "0", "build_number": 0, "depends": [], "noarch": "generic",
             "subdir": "noarch", "timestamp": 1700000000000}  # fmt: skip
    work = channel / "work" / "info"
    work.mkdir(parents=True)
    (work / "index.json").write_text(json.dumps(index))
    (work / "paths.json").write_text(json.dumps({"paths": [], "paths_version": 1}))
    (work / "files").write_text("")
    target = folder / "toypkg-1.2.3-0.tar.bz2"
    with tarfile.open(target, "w:bz2") as archive:
        archive.add(work, arcname="info")
    data = target.read_bytes()
    entry = {
        **index,
        "md5": hashlib.md5(data).hexdigest(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
    }
    (folder / "repodata.json").write_text(json.dumps({"info": {"subdir": "noarch"}, "packages": {target.name: entry}}))
    (channel / "linux-64" / "repodata.json").write_text(json.dumps({"info": {"subdir": "linux-64"}, "packages": {}}))


async def build(out):
    channel = out / "channel"
    package(channel)
    records = await solve([channel.as_uri()], ["toypkg"])
    await install(records, target_prefix=out / "prefix", cache_dir=out / "cache", show_progress=False)
    urls = [f"{record.url}#{record.md5.hex()}" for record in records]
    (out / "explicit.txt").write_text("# platform: linux-64\n@EXPLICIT\n" + "\n".join(map(str, urls)) + "\n")


def main(out):
    import shutil

    asyncio.run(build(out))
    for name in ("channel", "cache"):
        shutil.rmtree(out / name)
    (out / "environment.yml").write_text(
        "name: toy\ndependencies:\n  - python=3.11.4\n  - toypkg=1.2.3\n  - pip:\n    - six\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
