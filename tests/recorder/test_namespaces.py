"""Distributions that share a top-level name without a file, as `google.protobuf` and `google.auth` do."""

import sys
from types import ModuleType

from artifactpack.recorder.inside import settings
from artifactpack.recorder.interpreter import owners


def test_each_part_of_a_shared_namespace_has_its_owner(tmp_path):
    for name, module in (("google_auth-2.0", "google/auth/x.py"), ("protobuf-5.1", "google/protobuf/message.py")):
        info = tmp_path / f"{name}.dist-info"
        info.mkdir()
        (info / "RECORD").write_text(f"{module},,\n{info.name}/RECORD,,\n")
    found = owners(str(tmp_path))
    assert found["google.protobuf"] == ("protobuf", "5.1")
    assert found["google.auth"] == ("google-auth", "2.0")


def test_modules_below_a_namespace_are_told_and_others_are_not(monkeypatch):
    def put(name, file):
        module = ModuleType(name)
        module.__file__ = file
        monkeypatch.setitem(sys.modules, name, module)

    put("nsp", None)
    put("nsp.sub", None)
    for name in ("nsp.part", "nsp.part.inner", "nsp.sub.part", "whole", "whole.part"):
        put(name, f"/x/site-packages/{name.replace('.', '/')}.py")
    told = settings.modules()["packages"]
    assert {name for name in told if name.startswith(("nsp", "whole"))} == {"nsp.part", "nsp.sub.part", "whole"}
