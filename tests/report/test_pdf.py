"""The PDF: same bytes every time, pages and contents, nothing opened, helpful where it cannot be made."""

import builtins
import io
import subprocess
import tempfile

import pytest

from artifactpack.errors import InputError, MissingExtraError
from artifactpack.report import html, pdf
from tests.report.samples import report_data
from tests.support.apt import need


@pytest.fixture(scope="module")
def page():
    return html.render(report_data())


@pytest.fixture(scope="module")
def made(page):
    return pdf.render(page)


def tool(name, content, *arguments):
    """What a poppler program prints about *content*."""
    target = ["-"] if name == "pdftotext" else []
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(content)
        file.flush()
        command = [need(name, "poppler-utils"), *arguments, file.name, *target]
        return subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8", "replace")


@pytest.mark.slow
def test_same_page_gives_the_same_bytes(page, made):
    assert made[:5] == b"%PDF-"
    assert pdf.render(page) == made


@pytest.mark.slow
def test_a4_and_letter_tagged_with_title_and_embedded_fonts(page, made):
    information = tool("pdfinfo", made)
    assert "(A4)" in information and "Tagged:          yes" in information
    assert "One hidden layer is enough" in information
    assert "CreationDate" not in information
    assert "(letter)" in tool("pdfinfo", pdf.render(page, size="letter"))
    fonts = tool("pdffonts", made).splitlines()[2:]
    assert fonts and all(" yes yes yes " in line for line in fonts)


@pytest.mark.slow
def test_keeps_the_rules_of_pdf_ua_that_a_machine_can_check(page, made, tmp_path):
    """Structure tree, marked content, language, title, figures' words, table scopes, links' words (ISO 14289-1)."""
    pdfua = pytest.importorskip("pdfua")
    file = tmp_path / "report.pdf"
    file.write_bytes(made)
    assert broken(pdfua, file) == []
    bare = tmp_path / "bare.pdf"
    weasyprint = pytest.importorskip("weasyprint")
    weasyprint.HTML(string=page, url_fetcher=pdf._closed()).write_pdf(bare)
    assert broken(pdfua, bare)


def broken(pdfua, file):
    """The rules that *file* breaks; SKIP is what the checker itself could not look at."""
    found = pdfua.validate(str(file)).findings
    return [f"{f.rule_id}: {f.message}" for f in found if f.severity.name != "SKIP"]


@pytest.mark.slow
def test_pictures_are_told_in_words_and_cells_have_heads(made):
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(io.BytesIO(made)) as document:
        elements = [o for o in document.objects if isinstance(o, pikepdf.Dictionary)]
        told = [str(o.get("/Alt")) for o in elements if o.get("/S") == "/Figure"]
        heads = [str(o.get("/A", {}).get("/Scope")) for o in elements if o.get("/S") == "/TH"]
    assert any("test_accuracy over seeds. train: 5 values, mean 0.9723" in words for words in told)
    assert len(told) >= 6 and all(". " in words for words in told)
    assert set(heads) == {"/Column", "/Row"}


@pytest.mark.slow
def test_pages_contents_and_words(made):
    text = tool("pdftotext", made, "-layout")
    assert "1/8" in text.replace(" ", "")
    assert any(line.strip().startswith("Reference run") and line.strip()[-1].isdigit() for line in text.splitlines())
    for words in ("set_seed is defined but nothing calls it", "test_accuracy", "What was not verified", "97.2"):
        assert words in text


@pytest.mark.slow
def test_plots_are_vectors(made):
    assert tool("pdfimages", made, "-list").splitlines()[2:] == []


@pytest.mark.slow
def test_hostile_addresses_are_not_opened(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("do not attach me")
    hostile = f"""<!doctype html><html lang="en"><head><title>x</title>
    <link rel="attachment" href="{secret.as_uri()}"><link rel="stylesheet" href="http://127.0.0.1:9/a.css">
    </head><body><img src="{secret.as_uri()}" alt="x"><img src="http://127.0.0.1:9/x.png" alt="x"><p>kept</p>
    </body></html>"""
    made = pdf.render(hostile)
    assert b"/EmbeddedFile" not in made
    assert tool("pdfdetach", made, "-list").startswith("0 embedded files")
    assert "kept" in tool("pdftotext", made)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(ImportError("weasyprint"), r"pip install 'artifactpack\[pdf\]'", id="no-weasyprint"),
        pytest.param(OSError("cannot load library 'libpango-1.0-0'"), "libpango-1.0-0", id="no-pango"),
    ],
)
def test_what_is_missing_is_named_and_the_html_still_made(monkeypatch, tmp_path, error, words):
    from artifactpack.pipeline.report import write

    real = builtins.__import__

    def refuse(name, *arguments, **more):
        if name.split(".")[0] == "weasyprint":
            raise error
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match=words):
        pdf.render("<p>x</p>")
    with pytest.raises(InputError, match=words):
        write(report_data(), tmp_path / "report.pdf")
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    assert not (tmp_path / "report.pdf").exists()
