# ruff: noqa: E501 - tables
"""Secrets: planted ones of every kind are found, ordinary code is left alone, and no secret is ever shown."""

from __future__ import annotations

import base64
import json
import random
import string
import sysconfig
import time
from pathlib import Path

import pytest

from artifactpack.scan.secret_rules import RULES
from artifactpack.scan.secrets import find

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def _planted() -> dict[str, tuple[str, str, str]]:
    """Kind → (file name, content, the secret itself), random and different in every run of the generator's seed."""
    rng = random.Random(20261123)

    def r(count: int, letters: str = ALNUM) -> str:
        return "".join(rng.choice(letters) for _ in range(count))

    def pick(text: str, secret: str, path: str = "src/config.py") -> tuple[str, str, str]:
        return path, text.replace("@@", secret), secret

    b64 = ALNUM + "+/"
    jwt = base64.urlsafe_b64encode(json.dumps({"alg": "HS256"}).encode()).decode().rstrip("=")
    neptune = base64.b64encode(json.dumps({"api_address": "https://a.b", "api_key": r(30)}).encode()).decode()
    return {
        "huggingface": pick('token = "@@"', "hf_" + r(34, string.ascii_letters)),
        "huggingface-env": pick("export HF_TOKEN=@@\n", "hf_" + r(34), "run.sh"),
        "huggingface-org": pick("login('@@')", "api_org_" + r(34, string.ascii_letters)),
        "wandb-env": pick("WANDB_API_KEY=@@\n", r(40, HEX), ".env"),
        "wandb-python": pick('os.environ["WANDB_API_KEY"] = "@@"', r(40, HEX)),
        "wandb-login": pick('wandb.login(key="@@")', r(40, HEX)),
        "wandb-command": pick("!wandb login --relogin @@\n", r(40, HEX), "run.sh"),
        "wandb-new": pick("key: @@", "wandb_v1_" + r(40)),
        "wandb-netrc": pick("machine api.wandb.ai\n  login user\n  password @@\n", r(40, HEX), ".netrc"),
        "netrc-user": pick("machine api.wandb.ai user me password @@\n", r(40, HEX), ".netrc"),
        "netrc-account": pick("machine h.corp.net\n\tlogin me\n\taccount lab\n\tpassword @@\n", r(14), ".netrc"),
        "dagshub": pick('dagshub.auth.add_app_token("@@")', r(40, HEX)),
        "swanlab": pick('swanlab.login(api_key="@@")', r(20, string.ascii_letters) + "7"),
        "jupyter": pick("jupyter lab --NotebookApp.token=@@ --no-browser\n", r(24), "start.sh"),
        "jupyter-config": pick("c.ServerApp.password = u'@@'\n", f"sha1:{r(12, HEX)}:{r(40, HEX)}"),
        "comet": pick('COMET_API_KEY="@@"', r(25)),
        "comet-experiment": pick('comet_ml.Experiment(api_key="@@")', r(25)),
        "neptune": pick('api_token="@@"', neptune),
        "neptune-env": pick("NEPTUNE_API_TOKEN: '@@'", neptune, "ci.yaml"),
        "kaggle-json": pick('{"username":"someone","key":"@@"}', r(32, HEX), "kaggle.json"),
        "kaggle-env": pick("ENV KAGGLE_KEY=@@\n", r(32, HEX), "Dockerfile"),
        "kaggle-token": pick("KAGGLE_API_TOKEN=@@", "KGAT_" + r(32, HEX), ".env"),
        "replicate": pick("REPLICATE_API_TOKEN=@@", "r8_" + r(37), ".env"),
        "openai-project": pick('client = OpenAI(api_key="@@")', "sk-proj-" + r(60)),
        "openai-old": pick('openai.api_key = "@@"', f"sk-{r(20)}T3BlbkFJ{r(20)}"),
        "openai-service": pick("@@", "sk-svcacct-" + r(60)),
        "openai-48": pick('OPENAI_API_KEY: "@@"', "sk-" + r(48)),
        "anthropic": pick('ANTHROPIC_API_KEY="@@"', "sk-ant-api03-" + r(80)),
        "openrouter": pick("key=@@", "sk-or-v1-" + r(64, HEX)),
        "deepseek": pick('"@@"', "sk-" + r(32, HEX)),
        "groq": pick("'@@'", "gsk_" + r(52)),
        "nvidia": pick("NVIDIA_API_KEY=@@", "nvapi-" + r(64)),
        "perplexity": pick("'@@'", "pplx-" + r(48)),
        "pinecone": pick("'@@'", "pcsk_" + r(60)),
        "langsmith": pick("'@@'", f"lsv2_pt_{r(32, HEX)}_{r(10, HEX)}"),
        "databricks": pick("token = @@", "dapi" + r(32, HEX), "databricks.cfg"),
        "cohere": pick('COHERE_API_KEY = "@@"', r(40)),
        "mistral": pick("MISTRAL_API_KEY=@@", r(32), ".env"),
        "mlflow": pick("MLFLOW_TRACKING_PASSWORD='@@'", r(16)),
        "aws-id": pick("aws_access_key_id = @@", "AKIA" + r(16, string.ascii_uppercase + "234567"), "credentials"),
        "aws-secret": pick("aws_secret_access_key = @@", r(40, b64), "credentials"),
        "google": pick("key=@@", "AIza" + r(35)),
        "google-oauth": pick('"client_secret":"@@"', "GOCSPX-" + r(28), "client.json"),
        "passphrase": pick("passphrase = '@@'", r(20)),
        "azure": pick("DefaultEndpointsProtocol=https;AccountKey=@@;", r(86, b64) + "=="),
        "azure-sas": pick("https://x.blob.core.windows.net/c?sv=2022&sig=@@", r(43) + "%3D"),
        "digitalocean": pick("@@", "dop_v1_" + r(64, HEX)),
        "github": pick("@@", "ghp_" + r(36)),
        "github-action": pick("@@", "ghs_" + r(36)),
        "github-fine": pick("@@", f"github_pat_{r(22)}_{r(59)}"),
        "gitlab": pick("@@", "glpat-" + r(20)),
        "pypi": pick("password = @@", "pypi-AgEIcHlwaS5vcmc" + r(60), ".pypirc"),
        "npm": pick("//registry.example.org/:_authToken=@@", "npm_" + r(36), ".npmrc"),
        "docker": pick('{"auths": {"x": {"auth": "@@"}}}', base64.b64encode(f"user:{r(20)}".encode()).decode(), "config.json"),
        "slack": pick("@@", f"xoxb-{r(12, string.digits)}-{r(12, string.digits)}-{r(24)}"),
        "slack-hook": pick("https://@@", f"hooks.slack.com/services/T{r(8, string.ascii_uppercase)}/B{r(8, string.ascii_uppercase)}/{r(24)}"),
        "discord-hook": pick("https://discord.com/api/webhooks/123456789012345678/@@", r(68)),
        "telegram": pick("bot = '@@'", f"{r(9, '123456789')}:AA{r(33)}"),
        "stripe": pick("@@", "sk_live_" + r(24)),
        "sendgrid": pick("@@", f"SG.{r(22)}.{r(43)}"),
        "private-key": pick("-----BEGIN OPENSSH PRIVATE KEY-----\n@@\n-----END OPENSSH PRIVATE KEY-----", r(64, b64), "id_ed25519"),
        "private-key-json": pick('"private_key": "-----BEGIN PRIVATE KEY-----\\n@@\\n"', r(64, b64), "service.json"),
        "private-key-rsa": pick("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n@@", r(64, b64), "key.pem"),
        "jwt": pick("@@", f"{jwt}.eyJ{r(40)}.{r(43)}"),
        "netrc": pick("machine example.net login someone password @@", r(14), "_netrc"),
        "url": pick("git+https://someone:@@@git.corp.net/x.git", r(14)),
        "index-url": pick("--extra-index-url https://ci:@@@pypi.corp.net/simple\n", r(20), "requirements.txt"),
        "index-token": pick("--index-url https://@@@pypi.corp.net/simple\n", r(20), "requirements.txt"),
        "curl": pick("curl -s -u svc:@@ https://corp.net/x\n", r(14), "get.sh"),
        "option": pick('parser.add_argument("--wandb_key", type=str, default="@@")', r(40, HEX)),
        "config-bare": pick("[comet]\napi_key=@@\n", r(25), ".comet.config"),
        "yaml-bare": pick("db:\n  password: @@\n", r(14), "conf/db.yaml"),
        "database": pick("postgresql://svc:@@@db.corp.net/runs", r(12)),
        "bearer": pick('"Authorization": "Bearer @@"', r(40)),
        "sshpass": pick("sshpass -p '@@' scp x y", r(12), "sync.sh"),
        "assigned": pick('db_password = "@@"', r(16)),
        "assigned-key": pick('API_KEY = "@@"', r(32)),
        "assigned-env": pick("STORAGE_SECRET=@@\n", r(24), ".env"),
        "assigned-json": pick('{"client_secret": "@@"}', r(24), "app.json"),
    }  # fmt: skip


PLANTED = _planted()
CLEAN = {
    "environment": 'token = os.environ["HF_TOKEN"]\napi_key = os.getenv("OPENAI_API_KEY")\n',
    "placeholders": 'WANDB_API_KEY=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\napi_key = "your-api-key-here"\npassword = "changeme123"\n',
    "documented": "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\nhttps://user:password@host/x\npostgres://postgres:postgres@localhost/db\n",
    "hashes": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\ncommit 3dd3859a1b2c3d4e5f60718293a4b5c6d7e8f901\n",
    "tokens-of-words": 'pad_token = "<|endoftext|>"\nspecial_tokens = ["[CLS]", "[SEP]"]\ntokenizer_name = "bert-base-uncased"\n',
    "urls": "http://www.w3.org/2000/svg https://github.com/a/b.git ssh://git@host:22/x\n",
    "template": 'url = f"https://{user}:{password}@{host}/"\nAuthorization: Bearer ${TOKEN}\n',
    "numbers": "key = 12345678901234567890123456789012\nx = 0xdeadbeefdeadbeefdeadbeefdeadbeef\n",
    "pem-header": 'if text.startswith("-----BEGIN RSA PRIVATE KEY-----"):\n    pass\n',
    "notebook-servers": "c.NotebookApp.token = ''\njupyter lab --NotebookApp.token='' --NotebookApp.password=''\nServerApp.token=$TOKEN\nc.ServerApp.password = os.environ['JUPYTER_PASSWORD']\nc.NotebookApp.token = args.token\n",
    "bare": "api_key: settings_v2_key\npassword = read_password_2(x)\naccess_token = token1_from_file2\npassword: required-in-2026\n",
    "options": 'p.add_argument("--pad_token", default="[PAD_TOKEN_0123]")\np.add_argument("--key", default="image_key")\ncurl -u user:$PASSWORD https://x\n',
    "base64-image": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\n",
}  # fmt: skip


def test_at_least_95_of_100_planted_secrets_are_found_each_once():
    missed = [name for name, (path, text, _) in PLANTED.items() if not find(path, text.encode())]
    assert len(PLANTED) >= 60
    assert len(missed) <= 0.05 * len(PLANTED), missed
    twice = [name for name, (path, text, _) in PLANTED.items() if len(find(path, text.encode())) > 1]
    assert not twice


@pytest.mark.parametrize("name", PLANTED)
def test_no_hit_shows_more_than_four_characters(name):
    path, text, secret = PLANTED[name]
    for hit in find(path, text.encode()):
        assert len(hit.start) <= 4
        shown = str(hit).removeprefix(f"{path}:{hit.line}: {hit.rule}")
        assert not any(secret[n : n + 5] in shown for n in range(len(secret) - 4))


@pytest.mark.parametrize("name", CLEAN)
def test_ordinary_text_has_no_hits(name):
    assert find("x.py", CLEAN[name].encode()) == []


def test_the_line_is_told_and_utf_16_is_read():
    text = PLANTED["github"][1]
    assert find("a", f"x\ny\n{text}\n".encode())[0].line == 3
    assert find("a", f"x\n{text}\n".encode("utf-16"))


def test_rules_are_about_forty_kinds():
    assert len({rule.name for rule in RULES}) >= 40


LONG = (
    *("a" * 300_000, "password = " * 30_000, "key: '" * 50_000, "://a:" * 60_000, "eyJ" + "A" * 300_000, " " * 300_000),
    *("-----BEGIN PRIVATE KEY-----" * 9_000, "machine a login " * 20_000, "authorization: bearer " * 15_000),
    *('"username" : "' * 20_000, "sig=" * 80_000),
)


@pytest.mark.slow
@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:12].strip() or "spaces")
def test_matching_takes_time_proportional_to_the_text(text):
    def took(data: bytes) -> float:
        start = time.process_time()
        find("x", data)
        return time.process_time() - start

    assert took(text.encode()) < 3.0  # quadratic matching would take minutes


@pytest.mark.exhaustive
def test_less_than_one_false_hit_per_thousand_lines_of_real_code():
    lines = hits = 0
    for file in sorted(Path(sysconfig.get_paths()["purelib"]).rglob("*.py")):
        data = file.read_bytes()
        lines += data.count(b"\n")
        hits += len(find(file.name, data))
    assert lines > 500_000
    assert hits < lines / 1_000
