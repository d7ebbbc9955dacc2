"""Licences: the project's own, by file, metadata or statement."""

import pytest

from artifactpack.probes.license import spdx
from tests.support.asking import ask, make

MIT = "MIT License\n\nPermission is hereby granted, free of charge, to any person\n"


@pytest.mark.parametrize(
    ("files", "present"),
    [
        pytest.param({"LICENSE": MIT}, True, id="file"),
        pytest.param({"Licence.md": MIT}, True, id="british"),
        pytest.param({"COPYING": MIT}, True, id="copying"),
        pytest.param({"setup.py": "setup(license='MIT')\n"}, True, id="metadata"),
        pytest.param({"setup.py": "LICENSE = 'BSD (3-clause)'\nsetup(license=LICENSE)\n"}, True, id="metadata-by-name"),
        pytest.param({"README.md": "# X\n## License\nMIT\n"}, True, id="section"),
        pytest.param({"README.md": "This code is released under the Apache 2.0 license."}, True, id="sentence"),
        pytest.param({"README.md": "![l](https://img.shields.io/badge/license-MIT-green.svg)"}, True, id="badge"),
        pytest.param({"README.md": "The dataset is released under the CC BY 4.0 license."}, False, id="of-the-data"),
        pytest.param({"README.md": "You need a Gurobi license."}, False, id="of-a-tool"),
        pytest.param({"third_party/x/LICENSE": MIT, "a.py": ""}, False, id="vendored"),
        pytest.param(
            {"README.md": "# two experiments", "one/README.md": "x", "one/LICENSE": MIT, "one/a.py": ""},
            True,
            id="by-part",
        ),
        pytest.param(
            {"README.md": "# X", "models/x/lib/README.md": "x", "models/x/lib/LICENSE": MIT, "a.py": ""},
            False,
            id="copied-in-deep",
        ),
        pytest.param({"LICENSE": ""}, False, id="empty"),
    ],
)
def test_present(tmp_path, files, present):
    assert ask("license", make(tmp_path, files)).facts["present"].value is present


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (MIT, "MIT"),
        ("Apache License\nVersion 2.0, January 2004", "Apache-2.0"),
        ("GNU AFFERO GENERAL PUBLIC LICENSE", "AGPL-3.0"),
        ("Attribution-NonCommercial 4.0 International", "CC-BY-NC-4.0"),
        ("all rights reserved", ""),
    ],
)
def test_spdx(text, name):
    assert spdx(text) == name
