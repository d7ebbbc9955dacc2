"""What the tag files say about where the code is."""

from __future__ import annotations

import pytest

from artifactpack.pipeline.bundle_tags import web_address


@pytest.mark.parametrize(
    ("remote", "web"),
    [
        ("https://github.com/lab/x.git", "https://github.com/lab/x"),
        ("git@github.com:lab/x.git", "https://github.com/lab/x"),
        ("ssh://git@gitlab.com/lab/sub/x", "https://gitlab.com/lab/sub/x"),
        ("https://someone:word@github.com/lab/x", ""),
        ("git@git.lab.example:x.git", ""),
        ("/srv/git/x.git", ""),
    ],
)
def test_the_address_of_a_remote_on_the_web(remote, web):
    assert web_address(remote) == web
