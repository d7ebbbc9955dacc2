# ruff: noqa: E501, SIM905 - a table of patterns
"""Marks that show themselves by their shape: addresses, ORCIDs, home folders, accounts, schedulers, authors' lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from artifactpack.models.scan import Mark
from artifactpack.patterns import late
from artifactpack.scan.marks import is_generic

_EMAIL = late(
    rb"(?<![A-Za-z0-9._%+/:-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){1,6}"
)
_SPELT_OUT = late(
    rb"(?i)(?<![\w.+-])[a-z0-9][\w.+-]{0,60}\s{0,2}[\[({]\s{0,2}at\s{0,2}[\])}]\s{0,2}[a-z0-9][\w-]{0,60}"
    rb"(?:\s{0,2}(?:[\[({]\s{0,2}dot\s{0,2}[\])}]|\.)\s{0,2}[a-z0-9][\w-]{0,60}){1,5}"
)
_TLD = late(r"[a-z]{2,}$")
_NO_PERSON = late(
    r"(?i)@(?:[\w-]+\.)*(?:example|invalid|test|localhost)(?:\.\w+)?$|@(?:[\w-]+\.)*noreply\.|^(?:git|hg|svn|noreply|no-reply)@|"
    r"@\d+(?:\.\d+)*$|\.(?:png|jpe?g|svg|py|js|css|json|local|html?|md|txt|yaml|yml|whl|zip|gz)$|@(?:v?\d|main$|master$|latest$)"
)
_ORCID = late(rb"(?<!\d)(\d{4}-\d{4}-\d{4}-\d{3}[\dXx])(?![\d-])")
_HOME = late(
    rb"(?i)(?:/home|/users|/Users|[a-z]:[\\/]{1,4}users|\\{1,4}users)[/\\]{1,4}([A-Za-z0-9][A-Za-z0-9._-]{0,40})(?![A-Za-z0-9*{}<>$])|"
    rb"(?:/scratch|/gpfs|/lustre|/nfs|/fsx|/checkpoint|/mnt|/data|/storage)(?:/(?:users?|home|people|scratch|projects?))/([a-z][a-z0-9._-]{1,40})(?![A-Za-z0-9*{}<>$])|"
    rb"%2F(?:home|users)%2F([A-Za-z0-9][A-Za-z0-9._-]{0,40})(?![A-Za-z0-9])|-home-([a-z][a-z0-9]{1,30})-"
)
_SPLIT_HOME = late(
    rb"[\"'](?:[A-Za-z]:[\\/]{1,4}|/)?(?:home|Users)/?[\"']\)?(?:[ \t]{0,4}\+[ \t]{0,4}[\"'](?:/|\\{1,2})[\"'])?[ \t]{0,4}[,/+][ \t]{0,4}[\"']/?([A-Za-z0-9][A-Za-z0-9._-]{0,40})/?[\"']"
)
_AFTER = rb"[\"']?[ \t]{0,6}[=:,][ \t]{0,6}"
_VALUE = rb"[rbf]?[\"']?([A-Za-z0-9][A-Za-z0-9._-]{0,60})[\"']?"


def _owner(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern)


_REMOTE = rb"(?<![\w./-])(?:ssh|scp|sftp|rsync|ssh-copy-id)[ \t][^\n@]{0,120}?(?<![\w.-])"
_ACCOUNTS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("entity", _owner(rb"(?i)wandb[A-Za-z_.( ]{0,80}\bentity[\"']?[ \t]{0,4}=[ \t]{0,4}[\"']([A-Za-z0-9][\w.-]{0,60})[\"']")),
    ("entity", _owner(rb"(?<![A-Za-z_])entity[\"']?[ \t]{0,4}[=:][ \t]{0,4}[\"']([A-Za-z0-9][\w.-]{0,60})[\"']")),
    ("entity", _owner(rb"(?m)^[ \t-]{0,12}(?:wandb_)?entity:[ \t]{0,4}([A-Za-z0-9][\w.-]{0,60})[ \t\r]*$")),
    ("entity", _owner(rb"(?:WANDB_ENTITY|WANDB_USERNAME|COMET_WORKSPACE|NEPTUNE_WORKSPACE|HF_USERNAME|KAGGLE_USERNAME)" + _AFTER + _VALUE)),
    ("entity", _owner(rb"(?:--(?:wandb[-_])?entity|--comet[-_]workspace|--hub[-_](?:user|organization))[ =][\"']?([A-Za-z0-9][\w.-]{0,60})")),
    ("entity", _owner(rb"wandb\.ai/([A-Za-z0-9][A-Za-z0-9_-]{1,60})/")),
    ("entity", _owner(rb"comet\.(?:com|ml)/([A-Za-z0-9][A-Za-z0-9_-]{1,60})/")),
    ("entity", _owner(rb"app\.neptune\.ai/(?:o/)?([A-Za-z0-9][A-Za-z0-9_.-]{1,60})/")),
    ("entity", _owner(rb"workspace[\"']?[ \t]{0,4}=[ \t]{0,4}[\"']([A-Za-z0-9][\w.-]{1,60})[\"']")),
    ("entity", _owner(rb"neptune\.init(?:_run)?\([^)\n]{0,120}project[ \t]{0,3}=[ \t]{0,3}[\"']([A-Za-z0-9][\w.-]{1,60})/")),
    ("entity", _owner(rb"(?:push_to_hub|create_repo|upload_folder|upload_file|create_tag)\([^)\n]{0,120}?[\"']([A-Za-z0-9][\w.-]{1,60})/[\w.-]{1,90}[\"']")),
    ("entity", _owner(rb"(?:hub_model_id|push_to_hub_model_id|hub_repo_id|hub_organization|HUB_REPO)" + _AFTER + rb"[\"']?([A-Za-z0-9][\w.-]{1,60})(?=[/\"'])")),
    ("entity", _owner(rb"dagshub\.(?:com/|init\([^)\n]{0,80}repo_owner[ \t]{0,3}=[ \t]{0,3}[\"'])([A-Za-z0-9][\w.-]{1,60})")),
    ("entity", _owner(rb"opencontainers\.image\.source[\"']?[ \t]{0,2}=[ \t]{0,2}[\"']?https://[a-z.]{5,40}/([A-Za-z0-9][\w.-]{1,60})/")),
    ("entity", _owner(rb"docker (?:push|tag \S{1,100}|(?:buildx )?build (?:\S{1,60} ){0,6}-t) (?:docker\.io/|ghcr\.io/|quay\.io/)?([a-z0-9][a-z0-9_.-]{1,60})/")),
    ("host", _owner(rb"(?:SLURMD_NODENAME|HOSTNAME|SLURM_SUBMIT_HOST|SLURM_JOB_NODELIST|COMPUTERNAME)[=:][ \t]{0,3}([A-Za-z0-9][A-Za-z0-9.\[\],-]{2,80})")),
    ("host", _owner(rb"events\.out\.tfevents\.\d{6,12}\.([A-Za-z0-9][A-Za-z0-9.-]{0,80}?)(?:\.\d{1,8}\.\d{1,8})?(?:\.v2)?(?![A-Za-z0-9.-])")),
    ("user name", _owner(rb"mlflow\.user([A-Za-z][A-Za-z0-9._-]{1,40})[0-9a-f]{32}")),  # a row of its SQLite store
    ("host", _owner(rb"#SBATCH[ \t]{1,4}(?:--nodelist[= ]|-w[ \t]{0,3})([A-Za-z0-9][A-Za-z0-9.-]{2,80})")),
    ("user name", _owner(rb"(?:SLURM_JOB_USER|LOGNAME|(?<![A-Z_])USER)=([a-z][a-z0-9._-]{1,40})")),
    ("account", _owner(rb"#(?:SBATCH|PBS|BSUB|\$)[ \t]{1,4}(?:--account[= ]|-A[ \t]{0,3}|-P[ \t]{1,3})([A-Za-z0-9][\w.-]{1,60})")),
    ("account", _owner(rb"SLURM_JOB_(?:ACCOUNT)=([A-Za-z0-9][\w.-]{1,60})")),
    ("partition", _owner(rb"#SBATCH[ \t]{1,4}(?:--partition[= ]|-p[ \t]{0,3})([A-Za-z0-9][\w.-]{1,60})")),
    ("partition", _owner(rb"SLURM_JOB_PARTITION=([A-Za-z0-9][\w.-]{1,60})")),
    ("path", _owner(rb"(?m)^prefix:[ \t]{0,4}((?:/|[A-Za-z]:\\)[^\s\"']{3,200})")),
    ("path", _owner(rb"@ file://(/[^\s\"';#]{3,200})")),
    ("grant", _owner(rb"(?i)\b(?:grant|award|contract)s?(?:[ \t]{1,2}(?:agreement|no\.?|number|nr\.?|id)){0,2}[ \t#:]{1,4}([A-Z]{0,6}[-/ ]?[0-9][A-Z0-9/-]{4,24})")),
)  # fmt: skip
_REMOTES: tuple[tuple[str, re.Pattern[bytes]], ...] = (  # only where one of these programs is named
    ("host", _owner(rb"(?:ssh|sftp|scp|rsync)://(?:[\w.-]{1,60}@)?([A-Za-z0-9][A-Za-z0-9.-]{2,80})")),
    ("host", _owner(_REMOTE + rb"[\w.-]{1,60}@([A-Za-z0-9][A-Za-z0-9.-]{2,80})")),
    ("user name", _owner(rb"(?:ssh|sftp|scp|rsync)://([A-Za-z][\w.-]{0,60})@")),
    ("user name", _owner(_REMOTE + rb"([A-Za-z][\w.-]{0,60})@[A-Za-z0-9]")),
)  # fmt: skip
_TRACKED: tuple[tuple[str, re.Pattern[bytes]], ...] = (  # only in files that trackers write
    ("entity", _owner(rb"\"(?:username|entity|email|team)\"[ \t]{0,3}:[ \t]{0,3}\"([A-Za-z0-9][\w.-]{1,60})\"")),
    ("host", _owner(rb"\"(?:host|hostname)\"[ \t]{0,3}:[ \t]{0,3}\"([A-Za-z0-9][A-Za-z0-9.-]{2,80})\"")),
    ("user name", _owner(rb"(?m)^[ \t]{0,6}(?:username|user):[ \t]{1,4}(?:value:[ \t]{1,4})?([A-Za-z0-9][\w.-]{1,40})[ \t\r]*$")),
    ("host", _owner(rb"(?m)^[ \t]{0,6}host(?:name)?:[ \t]{1,4}([A-Za-z0-9][A-Za-z0-9.-]{2,80})[ \t\r]*$")),
)  # fmt: skip
_USER = late(rb"\s{0,4}([A-Za-z][A-Za-z0-9._-]{1,40})\s{0,4}")
_TRACKER_FILE = late(
    r"(?i)(?:^|/)(?:wandb|\.?comet|\.neptune|\.kaggle|lightning_logs|mlruns|outputs?|sacred|runs|logs?)/|wandb-|kaggle\.json|meta\.yaml$|run\.json$"
)
_AUTHOR_LINES: tuple[re.Pattern[bytes], ...] = (
    late(rb"__author__[ \t]{0,4}=[ \t]{0,4}[\[(]?[\"']([^\"'\n]{3,120})[\"']"),
    late(rb"(?mi)^[ \t#*/;%.-]{0,12}(?:@|:|\\)?(?:authors?|maintainers?|created by|written by)[ \t]{0,2}[:={][ \t]{0,4}([^\n\r\\{}\[\]<>]{3,160})"),
    late(rb"(?m)^LABEL[ \t]{1,4}(?:[\w.]{0,40}\.)?(?:maintainer|authors?)[ \t]{0,2}=[ \t]{0,2}[\"']?([^\"'\n<]{3,120})"),
    late(rb"(?m)^MAINTAINER[ \t]{1,4}([^\n<\"']{3,120})"),
    late(rb"<dc:(?:creator|rights|publisher)>(?:\s{0,20}<[^>]{1,60}>){0,4}\s{0,20}([^<]{3,120})<"),
    late(rb"<(?:cp:lastModifiedBy|Company|Manager)>([^<]{2,120})<"),
    late(rb"/(?:Author|Company)\s{0,3}\(([^()\\]{3,160})\)"),
    late(rb"\\author\{([A-Za-z .,'-]{3,160})\}"),
)  # fmt: skip
_OFFICE_AUTHOR = late(rb"(?:\bw:author=\"|<(?:p:cmAuthor|p188:author)\b[^<>]{0,300}?\bname=\")([^\"<>]{3,120})\"")
_COMMON_PARTITIONS = frozenset(
    "gpu gpus cpu batch normal long short debug main compute standard default regular all general interactive test dev "
    "shared large small medium high low express preempt a100 v100 h100 gpu-a100 highmem bigmem devel".split()
)
_COMMON_HOSTS = late(
    r"(?i)^(?:localhost|127\.|0\.0\.0\.0|[0-9.]+$|host$|hostname$|your|example|.*\.(?:example|local|org|com|io|ai)$|postgres|redis|db$|web$)"
)
_NOT_NAMES = late(
    r"(?i)authors?$|anon|contributors|et al|unknown|todo|your name|none$|team$|^the |name|string|list|null|https?:|\d{3}|[(){}=;$@_]|matplotlib|inkscape|\.(?:py|com|org)|[.!?]$"
)


def shapes(path: str, data: bytes) -> Iterator[Mark]:
    """Marks that *data*, the file *path*, shows by their shape; may repeat."""
    source = path
    yield from _emails(data, source)
    yield from _orcids(data, source)
    for pattern in (_HOME, _SPLIT_HOME):
        yield from _users(pattern, data, source)
    for kind, pattern in (
        *_ACCOUNTS,
        *(_REMOTES if any(program in data for program in (b"ssh", b"scp", b"sftp", b"rsync")) else ()),
        *(_TRACKED if _TRACKER_FILE.search(path) else ()),
    ):
        for match in pattern.finditer(data):
            mark = _account(kind, match.group(1).decode("utf-8", "replace"), source)
            if mark:
                yield mark
    if path.endswith("tags/mlflow.user") and (user := _USER.fullmatch(data)):  # MLflow's file store: one tag a file
        mark = _account("user name", user.group(1).decode(), source)
        yield from [mark] if mark else []
    office = (_OFFICE_AUTHOR,) if b"w:author" in data or b"uthor " in data else ()
    for pattern in () if path.endswith(".bib") else (*_AUTHOR_LINES, *office):
        for match in pattern.finditer(data):
            yield from people(match.group(1).decode("utf-8", "replace"), source)


def _emails(data: bytes, source: str) -> Iterator[Mark]:
    """Addresses, also those written "jane [at] lab [dot] edu"."""
    for match in _SPELT_OUT.finditer(data) if re.search(rb"(?i)[\[({]\s{0,2}at\s{0,2}[\])}]", data) else ():
        yield Mark(kind="e-mail", text=match.group().decode("utf-8", "replace"), source=source)
    if b"@" not in data:
        return
    for match in _EMAIL.finditer(data):
        text = match.group().decode("ascii").rstrip(".-")
        if _TLD.search(text.rpartition(".")[2].lower()) and not _NO_PERSON.search(text):
            yield Mark(kind="e-mail", text=text, source=source)


def _orcids(data: bytes, source: str) -> Iterator[Mark]:
    for match in _ORCID.finditer(data):
        text = match.group(1).decode().upper()
        if is_orcid(text):
            yield Mark(kind="ORCID", text=text, source=source)


def is_orcid(text: str) -> bool:
    """Whether the check digit fits (ISO 7064 MOD 11-2) and it is not all zeros."""
    digits = text.replace("-", "")
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return digits[-1] == ("X" if check == 10 else str(check)) and set(digits[:-1]) != {"0"}


def _users(pattern: re.Pattern[bytes], data: bytes, source: str) -> Iterator[Mark]:
    for match in pattern.finditer(data):
        name = next(group for group in match.groups() if group).decode("ascii").rstrip(".-_")
        if not is_generic(name):
            yield Mark(kind="user name", text=name, source=source)


def _account(kind: str, text: str, source: str) -> Mark | None:
    text = text.strip().rstrip(".")
    if is_generic(text) or text.lower() in ("true", "false", "entity", "wandb", "args", "os", "cfg", "config", "self"):
        return None
    if kind == "partition" and text.lower() in _COMMON_PARTITIONS:
        return None
    if kind == "host" and _COMMON_HOSTS.search(text) and not text.endswith((".edu", ".local")):
        return None
    if kind == "path" and text.startswith(("/usr/", "/opt/conda", "/tmp/build", "/croot", "/home/conda/", "/tmp/")):  # noqa: S108
        return None
    return Mark(kind=kind, text=text, source=source)


def people(line: str, source: str) -> Iterator[Mark]:
    """The person names in an authors' line such as ``Jane Doe <jane@lab.edu>, Jo Roe and others``."""
    line = re.sub(r"<[^>]*>|\([^)]*\)|\S+@\S+|https?://\S+", " ", line)
    for part in re.split(r",|;|&|\band\b|\\and|\|", line):
        name = " ".join(part.strip(" \t\"'.*#-").split())
        words = name.split()
        if 1 < len(words) <= 5 and not _NOT_NAMES.search(name) and all(_like_a_name(word) for word in words):
            yield Mark(kind="name", text=name, source=source)


def _like_a_name(word: str) -> bool:
    return word[:1].isupper() or word.lower() in (
        "de",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "da",
        "dos",
        "del",
        "bin",
        "al",
    )
