# ruff: noqa: E501 - a table of patterns
"""The secrets we know: one rule a credential, each anchored by a literal that must be there first.

A rule's pattern has one group, the secret itself. Every repetition is over one character class and bounded or
possessive by what follows it, so matching takes time proportional to the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Rule:
    """``anchors``: a match needs one of them, in lower case, and lies within ``before`` and ``after`` bytes of it;
    ``vetted``: the secret must also look random."""

    name: str
    anchors: tuple[bytes, ...]
    shape: bytes
    vetted: bool = False
    before: int = 0
    after: int = 600

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """``shape``, compiled once an anchor was seen: most never are."""
        return re.compile(self.shape)


_B, _E = rb"(?<![A-Za-z0-9_])", rb"(?![A-Za-z0-9_])"
_IS = rb"[\"']?\]?[ \t]{0,8}(?:=>|[=:,(])[ \t]{0,8}[rbf]?[\"']?"


def _token(name: str, anchor: str, body: bytes) -> Rule:
    """A token that announces itself by a prefix."""
    pattern = _B + rb"(" + re.escape(anchor.encode()) + body + rb")" + _E
    return Rule(name, (anchor.lower().encode(),), pattern, vetted=True)


def _named(name: str, variables: tuple[str, ...], body: bytes) -> Rule:
    """A value without a shape of its own, given to a variable that does have one."""
    names = b"|".join(re.escape(variable.encode()) for variable in variables)
    pattern = rb"(?i:" + names + rb")" + _IS + rb"(" + body + rb")" + _E
    return Rule(name, tuple(v.lower().encode() for v in variables), pattern, vetted=True)


def _free(
    name: str, anchors: tuple[str, ...], pattern: bytes, *, vetted: bool = True, before: int = 300, after: int = 600
) -> Rule:
    return Rule(name, tuple(a.lower().encode() for a in anchors), pattern, vetted, before, after)


RULES: tuple[Rule, ...] = (
    # machine-learning services
    _token("Hugging Face token", "hf_", rb"[A-Za-z0-9]{30,40}"),
    _token("Hugging Face organisation token", "api_org_", rb"[A-Za-z0-9]{30,40}"),
    _token("Weights & Biases key", "wandb_v1_", rb"[A-Za-z0-9_]{30,120}"),
    _named("Weights & Biases key", ("wandb_api_key", "wandb_key", "wandb.login(key"), rb"[0-9a-f]{40}"),
    _free("Weights & Biases key", ("wandb login",), rb"(?i:wandb login)(?:[ \t]{1,4}--[a-z-]{2,20}(?:[ =][\w:/.-]{1,80})?){0,3}[ \t]{1,4}[\"']?([0-9a-f]{40})" + _E),
    _named("Comet key", ("comet_api_key", "comet_ml.experiment(api_key", "comet.api_key"), rb"[A-Za-z0-9]{20,40}"),
    _free("Neptune token", ("eyjhcglfywrkcmvzcyi6",), _B + rb"(eyJhcGlfYWRkcmVzcyI6[A-Za-z0-9+/=_-]{30,400})"),
    _named("Neptune token", ("neptune_api_token",), rb"[A-Za-z0-9+/=_-]{40,400}"),
    _free("Kaggle key", ('"username"',), rb'"username"\s{0,4}:\s{0,4}"[^"\n]{1,60}"\s{0,4},\s{0,8}"key"\s{0,4}:\s{0,4}"([0-9a-f]{32})"'),
    _named("Kaggle key", ("kaggle_key", "kaggle_api_key"), rb"[0-9a-f]{32}"),
    _token("Kaggle token", "KGAT_", rb"[0-9a-f]{32}"),
    _token("Replicate token", "r8_", rb"[A-Za-z0-9]{37}"),
    _token("OpenAI key", "sk-proj-", rb"[A-Za-z0-9_-]{40,200}"),
    _token("OpenAI key", "sk-svcacct-", rb"[A-Za-z0-9_-]{40,200}"),
    _token("OpenAI key", "sk-admin-", rb"[A-Za-z0-9_-]{40,200}"),
    _free("OpenAI key", ("t3blbkfj",), _B + rb"(sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})" + _E),
    _token("Anthropic key", "sk-ant-", rb"[a-z0-9]{2,8}-[A-Za-z0-9_-]{60,120}"),
    _token("OpenRouter key", "sk-or-v1-", rb"[0-9a-f]{64}"),
    _free("DeepSeek or similar key", ("sk-",), _B + rb"(sk-(?:[0-9a-f]{32}|[A-Za-z0-9]{48}))" + rb"(?![A-Za-z0-9_-])"),
    _token("Groq key", "gsk_", rb"[A-Za-z0-9]{40,60}"),
    _token("NVIDIA key", "nvapi-", rb"[A-Za-z0-9_-]{60,80}"),
    _token("Perplexity key", "pplx-", rb"[A-Za-z0-9]{40,60}"),
    _token("xAI key", "xai-", rb"[A-Za-z0-9]{70,90}"),
    _token("Pinecone key", "pcsk_", rb"[A-Za-z0-9_]{50,90}"),
    _token("LangSmith key", "lsv2_", rb"(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    _free("DagsHub token", ("add_app_token",), rb"add_app_token\([ \t]{0,4}(?:token[ \t]{0,4}=[ \t]{0,4})?[\"']([0-9a-f]{40})" + _E),
    _named("SwanLab key", ("swanlab_api_key", "swanlab.login(api_key"), rb"[A-Za-z0-9]{16,40}"),
    _token("Databricks token", "dapi", rb"[0-9a-f]{32}(?:-\d)?"),
    _named(
        "key of an ML service",
        (
            *("cohere_api_key", "co_api_key", "mistral_api_key", "together_api_key", "roboflow_api_key"),
            *("openai_api_key", "anthropic_api_key", "gemini_api_key", "lightning_api_key", "dagshub_user_token"),
            *("clearml_api_secret_key", "mlflow_tracking_password", "mlflow_tracking_token", "voyage_api_key"),
            *("huggingface_token", "hf_token"),
        ),
        rb"[A-Za-z0-9_+/=.-]{10,200}",
    ),
    # clouds
    _free("AWS access key", ("akia", "asia", "aroa"), _B + rb"((?:AKIA|ASIA|AROA)[A-Z2-7]{16})" + _E),
    _named("AWS secret key", ("aws_secret_access_key", "aws_secret_key", "secretaccesskey"), rb"[A-Za-z0-9/+]{40}"),
    _token("Google API key", "AIza", rb"[A-Za-z0-9_-]{35}"),
    _token("Google OAuth secret", "GOCSPX-", rb"[A-Za-z0-9_-]{24,40}"),
    _token("Google OAuth token", "ya29.", rb"[A-Za-z0-9_-]{30,300}"),
    _free("Azure storage key", ("accountkey=",), rb"(?i:AccountKey)=([A-Za-z0-9+/]{86}==)"),
    _free("Azure SAS signature", ("sig=",), rb"[?&]sig=([A-Za-z0-9%+/]{40,60}(?:%3D|=))"),
    _token("DigitalOcean token", "dop_v1_", rb"[0-9a-f]{64}"),
    # forges, registries, chat, mail, payment
    *(_token("GitHub token", f"gh{kind}_", rb"[A-Za-z0-9]{36,255}") for kind in "pousr"),
    _token("GitHub token", "github_pat_", rb"[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    _token("GitLab token", "glpat-", rb"[A-Za-z0-9_.-]{20,60}"),
    _token("PyPI token", "pypi-AgE", rb"[A-Za-z0-9_-]{50,300}"),
    _token("npm token", "npm_", rb"[A-Za-z0-9]{36}"),
    _free("Docker registry login", ('"auth"',), rb'"auth"\s{0,4}:\s{0,4}"([A-Za-z0-9+/]{16,400}={0,2})"'),
    _free("Slack token", ("xoxb-", "xoxp-", "xoxa-", "xoxs-", "xapp-"), _B + rb"((?:xox[abps]|xapp)-[A-Za-z0-9-]{20,200})"),
    _free("Slack webhook", ("hooks.slack.com",), rb"(hooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/[A-Za-z0-9]{20,30})"),
    _free("Discord webhook", ("/api/webhooks/",), rb"discord(?:app)?\.com/api/webhooks/\d{15,22}/([A-Za-z0-9_-]{60,80})"),
    _free("Telegram bot token", (":aa",), _B + rb"(\d{8,10}:AA[A-Za-z0-9_-]{33})" + _E),
    _free("Stripe key", ("sk_live_", "rk_live_"), _B + rb"([sr]k_live_[A-Za-z0-9]{20,120})" + _E),
    _token("SendGrid key", "SG.", rb"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    _named("Twilio token", ("twilio_auth_token",), rb"[0-9a-f]{32}"),
    # shapes
    _free(
        "private key",
        ("private key-----", "private key block-----"),
        rb"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:\\r)?(?:\\n|\s){1,4}(?:[A-Za-z-]{2,20}: [^\n\\]{1,200}(?:\\n|\s){1,4}){0,6}([A-Za-z0-9+/=]{24,})",
        vetted=False,
        after=3000,
    ),
    _token("age key", "AGE-SECRET-KEY-1", rb"[A-Z0-9]{58}"),
    _free("JSON web token", ("eyj",), _B + rb"(eyJ[A-Za-z0-9_-]{15,2000}\.eyJ[A-Za-z0-9_-]{15,4000}\.[A-Za-z0-9_-]{20,2000})", after=9000),
    _free(
        "password in a netrc file",
        ("password",),
        rb"(?m)^[ \t]{0,8}(?:machine[ \t]{1,8}[^\s]{1,200}|default)\s{1,8}(?:login|user)\s{1,8}[^\s]{1,200}\s{1,8}(?:account\s{1,8}[^\s]{1,200}\s{1,8})?password\s{1,8}([^\s]{3,200})",
        vetted=False,
    ),
    _free("password in a URL", ("://",), _B + rb"[A-Za-z][A-Za-z0-9+.-]{1,20}://[A-Za-z0-9_.%+~-]{0,100}:([^\s:/?#@\"'`<>{}()\[\]\\|]{3,200})@[A-Za-z0-9\[][A-Za-z0-9.-]{2,}", before=32, after=400),
    _free("token in the URL of an index", ("index-url", "index_url", "find-links"), rb"(?i:index[-_]url|find-links)[ \t=:]{1,8}[\"']?https?://([A-Za-z0-9_.-]{16,200}):?@"),
    _free("authorization header", ("authorization",), rb"(?i:authorization)[\"']?[ \t]{0,4}[:=,][ \t]{0,4}[\"']?(?i:bearer|basic|token)[ \t]{1,4}([A-Za-z0-9_.+/=-]{16,2000})"),
    _free("password on a command line", ("curl",), rb"curl[ \t][^\n]{0,200}?(?:-u|--user)[ \t=]{0,4}[\"']?[^\s:\"'$]{1,60}:([^\s\"'$]{6,100})", vetted=False),
    _free("password on a command line", ("sshpass",), rb"sshpass[ \t]{1,4}-p[ \t]{0,4}['\"]?([^\s'\"$]{4,100})"),
    _free(
        "secret given to a variable",
        ("key", "token", "secret", "passw", "passph", "pwd", "credential"),
        rb"(?i:api_?key|access_?key|secret_?key|private_?key|auth_?token|access_?token|api_?token|secret|password|passwd|passphrase|pwd|credential)[\"']?\]?[ \t]{0,8}(?:=|:|=>)[ \t]{0,8}[rb]?[\"']([^\s\"'<>{}$()]{10,200})[\"']",
        before=16,
        after=256,
    ),
    _free(
        "secret given to a variable",
        ("key", "token", "secret", "passw"),
        rb"(?m)^[ \t]{0,8}(?:export[ \t]{1,4}|set[ \t]{1,4}|ENV[ \t]{1,4})?[A-Z][A-Z0-9_]{0,40}(?:API_?KEY|ACCESS_?KEY|SECRET_?KEY|TOKEN|SECRET|PASSWORD|PASSWD)=([^\s\"'<>{}$()]{10,200})[ \t\r]*$",
        before=80,
    ),
    _free(
        "secret given to a notebook server",
        ("app.token", "app.password", "provider.token", "provider.hashed_password"),
        rb"(?:NotebookApp|ServerApp|IdentityProvider)\.(?:token|password|hashed_password)[ \t]{0,4}=[ \t]{0,4}u?[\"']?([A-Za-z0-9:$/+=_,.-]{8,200})(?=[\s\"']|\Z)",
        before=24,
    ),
    _free(
        "secret given to an option by default",
        ("add_argument",),
        rb"add_argument\([ \t]{0,4}[\"']--?[\w-]{0,40}(?:key|token|secret|passw(?:or)?d)[\"'][^)\n]{0,160}?default[ \t]?=[ \t]?[\"']([A-Za-z0-9+/=]{12,200})[\"']",
        before=0,
    ),
    _free(
        "secret given to a variable",
        ("key", "token", "secret", "passw"),
        rb"(?m)^[ \t-]{0,12}(?:[a-z0-9]{1,20}[_-]){0,3}(?:api_?key|secret_?key|secret|auth_?token|access_?token|api_?token|password|passwd|passphrase)[ \t]{0,4}[:=][ \t]{0,4}([A-Za-z0-9+/=]{12,200})[ \t\r]*$",
        before=80,
    ),
)  # fmt: skip
