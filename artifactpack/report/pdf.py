"""The report as PDF, from the same page, by WeasyPrint: no file, no network, no clock."""

from __future__ import annotations

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
    paper = page.replace("</head>", f"<style>@page {{ size: {PAGES[size]} }}\n{style}</style></head>", 1)
    document = weasyprint.HTML(string=paper, url_fetcher=_closed())
    pdf: bytes = document.write_pdf(pdf_tags=True, pdf_variant="pdf/ua-1", pdf_identifier=b"artifactpack")
    return pdf


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
