"""Credentials are withheld wherever a tool or a person wrote them; settings that only sound alike are kept."""

import pytest

from artifactpack.core.credentials import WITHHELD, setting, told, without_password


@pytest.mark.parametrize(
    "name", ["password", "db.password", "wandb_api_key", "WANDB_API_KEY", "apiKey", "hf_token", "a/b/token",
             "aws_secret_access_key", "client-secret", "slack_webhook_url"],
)  # fmt: skip
def test_settings_that_hold_a_secret(name):
    assert setting(name, "0123456789abcdef") == WITHHELD
    assert setting(name, {"a": ["x1"]}) == {"a": [WITHHELD]}


@pytest.mark.parametrize(
    ("name", "value"),
    [("pad_token", "<pad>"), ("tokenizer", "bert-base"), ("max_tokens", 512), ("sort_key", "name"), ("token", None),
     ("password", "${oc.env:PW}"), ("api_key", "???"), ("token", ""), ("monkey", "see"), ("author", "x"),
     ("model", "task-classification-mask-rcnn-resnet50"), ("eos_token", "</s>"), ("secret", 5)],
)  # fmt: skip
def test_settings_that_do_not(name, value):
    assert setting(name, value) == value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("python t.py --token abc --lr 0.1", f"python t.py --token {WITHHELD} --lr 0.1"),
        ("t.py --api-key=abc db.password='a b'", f"t.py --api-key={WITHHELD} db.password={WITHHELD}"),
        ("t.py --password {password} --max_tokens 5", "t.py --password {password} --max_tokens 5"),
        ("git clone https://u:pw@h.org/x", "git clone https://u@h.org/x"),
        ("login hf_" + "a1" * 17, f"login {WITHHELD}"),
        ("the password is not here", "the password is not here"),
    ],
)
def test_commands(text, shown):
    assert told(text) == shown


def test_addresses_keep_their_user():
    assert without_password("https://me:s3cret@h.org/a.git") == "https://me@h.org/a.git"
    assert without_password("git@h.org:a/b.git") == "git@h.org:a/b.git"
