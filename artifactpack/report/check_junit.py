"""A check as JUnit XML: one test case an item or claim; what has no verdict of a machine is skipped."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from artifactpack.models.verdict import CheckResult
from artifactpack.patterns import late
from artifactpack.report.rows import Row, rows

_NOT_XML = late(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
FAILURES = ("contradicted", "no-evidence", "defect")


def render(result: CheckResult) -> str:
    """Return the XML; contradicted items, missing evidence and defects fail, honest No's pass."""
    root = ET.Element("testsuites", name="artifactpack")
    groups: dict[str, list[Row]] = {}
    for row in rows(result):
        groups.setdefault(row.group, []).append(row)
    for name, members in groups.items():
        _suite(root, name, members)
    for attribute in ("tests", "failures", "skipped"):
        root.set(attribute, str(sum(int(suite.get(attribute, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(root: ET.Element, name: str, members: list[Row]) -> None:
    suite = ET.SubElement(root, "testsuite", name=_text(name), tests=str(len(members)), errors="0")
    for row in members:
        case = ET.SubElement(suite, "testcase", classname=_text(name), name=_text(_name(row)))
        if row.path:
            case.set("file", _text(row.path))
            case.set("line", str(row.line))
        _outcome(case, row)
    suite.set("failures", str(len(suite.findall("*/failure"))))
    suite.set("skipped", str(len(suite.findall("*/skipped"))))


def _name(row: Row) -> str:
    """Readers know a case by its name: several defects of one kind differ only in what they say."""
    return f"{row.id} {row.message if row.kind == 'defect' else row.title}"


def _outcome(case: ET.Element, row: Row) -> None:
    if row.verdict in FAILURES:
        failure = ET.SubElement(case, "failure", type=row.verdict, message=_text(row.message))
        failure.text = _text("\n".join(filter(None, [row.source, f"fix: {row.fix}" if row.fix else ""])))
    elif row.verdict != "supported":
        ET.SubElement(case, "skipped", message=_text(row.message))


def _text(value: str) -> str:
    return _NOT_XML.sub("�", value)
