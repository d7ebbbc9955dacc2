"""The report as PDF, from the same page, by WeasyPrint: no file, no network, no clock."""

from __future__ import annotations

import re
from typing import Any

from artifactpack.data import data_dir
from artifactpack.errors import MissingExtraError

PAGES = {"a4": "A4", "letter": "Letter"}


def render(page: str, *, size: str = "a4") -> bytes:
    """Return *page* (HTML of ours) as PDF, tagged for screen readers, plots as vectors.

    Raises MissingExtraError where WeasyPrint or the Pango library below it is missing.
    """
    weasyprint = _weasyprint()
    style = (data_dir("templates") / "report" / "pdf.css").read_text(encoding="utf-8")
    # Last in the head, so that it wins over the page's own rules of the same weight.
    paper = _described(page).replace("</head>", f"<style>@page {{ size: {PAGES[size]} }}\n{style}</style></head>", 1)
    document = weasyprint.HTML(string=paper, url_fetcher=_closed())
    pdf: bytes = document.write_pdf(
        pdf_tags=True, pdf_variant="pdf/ua-1", pdf_identifier=b"artifactpack", finisher=_scopes
    )
    return pdf


def _described(page: str) -> str:
    """*page* with each picture's description in its title, the only words that WeasyPrint takes as alternate text."""
    return re.sub(r"<title>([^<]*)</title><desc>([^<]*)</desc>", r"<title>\1. \2</title>", page)


def _scopes(_document: Any, pdf: Any) -> None:
    """Say of every header cell what it heads, its column or its row (ISO 32000-1, 14.8.5.7); WeasyPrint does not."""
    for cell in pdf.objects:
        if isinstance(cell, dict) and cell.get("S") == "/TH" and "A" in cell:
            rows = _parent(pdf, _parent(pdf, cell))
            cell["A"]["Scope"] = "/Column" if rows.get("S") == "/THead" else "/Row"


def _parent(pdf: Any, element: Any) -> Any:
    """The structure element above *element*, which holds it as a reference: ``b"12 0 R"``."""
    return pdf.objects[int(element["P"].split()[0])]


def _closed() -> Any:
    """A fetcher that opens nothing but data: addresses, which hold their own bytes."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=["data"], allow_redirects=False)


def _weasyprint() -> Any:
    try:
        import weasyprint
    except ImportError as error:
        raise MissingExtraError("PDF output", "pdf") from error
    except OSError as error:
        raise MissingExtraError(
            "PDF output (its library Pango is missing: apt-get install libpango-1.0-0 libpangoft2-1.0-0)", "pdf"
        ) from error
    return weasyprint
