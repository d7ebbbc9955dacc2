"""A claim taken apart: what is printed, to which precision, of which metric, or which relation it states."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from artifactpack.errors import ConfigError
from artifactpack.models.config import Claim
from artifactpack.models.records import record
from artifactpack.patterns import late

LONGEST = 500  # characters: a claim's parts are short, and some patterns take the square of a text's length
_NUMBER = r"[+-]?(?:\d[\d_,]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_VALUE = late(rf"^\s*({_NUMBER})\s*(%?)\s*$")
_METRIC = late(r"^\s*([\w.-]+):([^@\[\]<>=]+)(?:\[([^\]]*)\])?(?:@([\w=.+-]+))?\s*$")
_HOLDS = late(r"^(?P<left>[^<>\n]+)(?P<sign>>=|<=|>|<)\s*+(?P<right>.+)$")
_MARGIN = late(r"^(?P<side>.*\S)\s+(?P<op>[+-])\s*+(?P<number>\d[\d.]*+(?:[eE][+-]?\d++)?)\s*+(?P<percent>%?)\s*+$")
_SPREADS = {"sd", "se", "ci95"}
_PLACES = ("last", "best", "min", "max")


@record
class Printed:
    """A number as printed: ``value`` as written, ``half`` half a unit of its last digit, ``percent`` if it had a %."""

    value: float
    half: float
    percent: bool
    text: str


@record
class MetricRef:
    """``command:metric[cell]@place``: which number of which runs."""

    command: str
    metric: str
    at: str = "last"
    select: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.command}:{self.metric}" + (f"@{self.at}" if self.at != "last" else "")


@record
class Relation:
    """``left sign right + margin``; the right side is a metric, or None where it is the number ``margin`` alone."""

    left: MetricRef
    sign: str
    right: MetricRef | None
    margin: float = 0.0

    @property
    def towards(self) -> int:
        """+1 where the left side must be larger, −1 where it must be smaller."""
        return 1 if self.sign.startswith(">") else -1


@record
class ParsedClaim:
    """A claim taken apart: a ``metric`` with what is printed of it, or a ``relation``."""

    claim: Claim
    metric: MetricRef | None = None
    value: Printed | None = None
    spread: Printed | None = None
    spread_kind: str = ""
    relation: Relation | None = None

    @property
    def refs(self) -> tuple[MetricRef, ...]:
        """Every metric this claim stands on."""
        if self.relation:
            return (self.relation.left,) + ((self.relation.right,) if self.relation.right else ())
        return (self.metric,) if self.metric else ()


def parse_claim(claim: Claim) -> ParsedClaim:
    """Take *claim* apart; raises ConfigError naming the claim and the key that cannot be read."""
    where = f"claims.{claim.id}"
    for key in ("metric", "holds", "over", "value", "spread"):
        if len(str(getattr(claim, key))) > LONGEST:
            raise ConfigError(f"{where}.{key}: longer than {LONGEST} characters")
    if bool(claim.holds) == bool(claim.metric):
        raise ConfigError(f"{where}: give either metric (with value) or holds")
    if not re.fullmatch(r"mean|median|best|seed:\d+", claim.over):
        raise ConfigError(f"{where}.over: {claim.over!r} is not one of mean, median, best, seed:<number>")
    if claim.holds:
        return ParsedClaim(claim=claim, relation=parse_relation(claim.holds, f"{where}.holds"))
    text, stated = str(claim.value), claim.spread
    if "±" in text:
        text, stated = _split_printed(text, stated)
    value = parse_printed(text, f"{where}.value") if text.strip() else None
    amount, kind = _parse_spread(stated, f"{where}.spread", value)
    return ParsedClaim(
        claim=claim,
        metric=parse_metric(claim.metric, f"{where}.metric"),
        value=value,
        spread=amount,
        spread_kind=kind,
    )


def _split_printed(text: str, stated: str) -> tuple[str, str]:
    value, _, rest = text.partition("±")
    percent = " %" if "%" in rest and "%" not in value else ""
    return value.strip() + percent, stated or f"{rest.strip()} sd"


def parse_printed(text: str, where: str = "value") -> Printed:
    """``97.2 %`` → 97.2 with half a unit 0.05, in percent; thousands may be parted by commas or underscores."""
    match = _VALUE.match(text.replace("−", "-").replace("\u202f", " ").replace("\u00a0", " "))
    try:
        number = Decimal(match[1].replace(",", "").replace("_", "")) if match else None
    except InvalidOperation:
        number = None
    exponent = number.as_tuple().exponent if number is not None else 0
    if match is None or number is None or not isinstance(exponent, int) or max(-exponent, number.adjusted()) > 300:
        raise ConfigError(f'{where}: {text!r} is not a number as printed, such as "97.2 %" or "0.031"')
    unit = Decimal(1).scaleb(exponent)
    return Printed(value=float(number), half=float(unit / 2), percent=match[2] == "%", text=text.strip())


def _parse_spread(text: str, where: str, value: Printed | None) -> tuple[Printed | None, str]:
    if not text.strip():
        return None, ""
    words = text.replace("±", " ").split()
    kind = words.pop() if words and words[-1] in _SPREADS else ""
    if not kind or not words:
        raise ConfigError(f'{where}: {text!r} should be a number and what it is: "0.3 sd", "0.1 se" or "0.4 ci95"')
    amount = parse_printed(" ".join(words), where)
    percent = amount.percent or bool(value and value.percent)
    return Printed(value=amount.value, half=amount.half, percent=percent, text=text.strip()), kind


def parse_metric(text: str, where: str = "metric") -> MetricRef:
    """``train:loss@min`` or ``train:acc[dataset=wine]@step=100`` → its parts."""
    match = _METRIC.match(text)
    if match is None:
        raise ConfigError(f'{where}: {text!r} should read command:metric, such as "train:test_accuracy@best"')
    at = match[4] or "last"
    if at not in _PLACES and not re.fullmatch(r"step=\d+(\.\d+)?", at):
        raise ConfigError(f"{where}: @{at} is not one of @best, @min, @max, @last, @step=<number>")
    pairs = [p.split("=", 1) for p in (match[3] or "").split(",") if p.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise ConfigError(f"{where}: [{match[3]}] should read [name=value, …]")
    select = tuple((k.strip(), v.strip()) for k, v in pairs)
    return MetricRef(command=match[1], metric=match[2].strip(), at=at, select=select)


def parse_relation(text: str, where: str = "holds") -> Relation:
    """``a:x > b:x + 0.01``, ``a:x >= 90 %`` → left, sign, right and margin."""
    match = _HOLDS.match(text.strip())
    if match is None:
        raise ConfigError(f'{where}: {text!r} should compare two metrics: "train:acc > baseline:acc + 0.01"')
    left = parse_metric(match["left"].strip(), where)
    try:
        number = parse_printed(match["right"], where)
    except ConfigError:
        number = None
    if number is not None:
        return Relation(left=left, sign=match["sign"], right=None, margin=_plain(number))
    margin, side = 0.0, match["right"]
    added = _MARGIN.match(side)
    if added:
        amount = parse_printed(added["number"] + added["percent"], where)
        margin, side = _plain(amount) * (1 if added["op"] == "+" else -1), added["side"]
    return Relation(left=left, sign=match["sign"], right=parse_metric(side, where), margin=margin)


def _plain(printed: Printed) -> float:
    return printed.value / 100 if printed.percent else printed.value
