"""The report in a real browser: it filters, opens, prints, adapts, and shuts hostile text in."""

import subprocess

import pytest

from artifactpack.report import html
from tests.report.samples import check_result, item, report_data, rerun_result, run
from tests.support.apt import need
from tests.support.browser import Browser
from tests.support.npm import npm_file

pytestmark = pytest.mark.slow

EVIL = """# Hello
<script>document.title = "owned"</script>
<img src="http://127.0.0.1:9/x.png" onerror="document.title='owned'">
<svg onload="document.title='owned'"></svg>
[click](javascript:document.title='owned')
<style>main { display: none }</style>
<iframe src="file:///etc/hostname"></iframe><form action="http://127.0.0.1:9/"><button>go</button></form>
<base href="http://127.0.0.1:9/">
"""


WIDE = f"""# Wide

| method | {" | ".join(f"accuracy after {n} epochs" for n in range(9))} |
|---|{"---|" * 9}
| one hidden layer | {" | ".join(["97.2 ± 0.3"] * 9)} |

After the table.
"""


@pytest.fixture(scope="module")
def browser():
    with Browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Each page by name, written once."""
    folder = tmp_path_factory.mktemp("pages")
    verdicts = ("supported", "no-evidence", "contradicted", "author-only", "unanswered")
    many = tuple(item(i, verdicts[i % 5], f"Item number {i}", reason="because " * 9) for i in range(300))
    data = {
        "usual": report_data(),
        "rerun": report_data(check=None, claims=(), claim_values=(), readme="", rerun=rerun_result()),
        "many": report_data(check=check_result(many), runs=tuple(run(s) for s in range(50))),
        "wide": report_data(readme=WIDE, curves=report_data().curves[:1]),
        "evil": report_data(readme=EVIL, title=EVIL, name=EVIL),
    }
    for name, one in data.items():
        (folder / f"{name}.html").write_text(html.render(one), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in data}


def shown(browser):
    return browser.run(
        "return [...document.querySelectorAll('.items > li')].filter(i => i.checkVisibility()).map(i => i.id)"
    )


def test_filter_by_verdict(browser, pages):
    browser.open(pages["usual"])
    assert len(shown(browser)) == 10
    browser.click("label[for='f1-contradicted']")
    assert shown(browser) == ["item-essentials-3"]
    assert browser.run("return document.querySelector('[role=status]').textContent") == "1 of 10 items shown"
    browser.click("label[for='f1-all']")
    assert len(shown(browser)) == 10


def test_find_by_word_and_by_keyboard(browser, pages):
    browser.open(pages["usual"])
    browser.type("input[type=search]", "weights")
    assert shown(browser) == ["item-essentials-7"]
    browser.open(pages["usual"])
    browser.type("#f1-all", "\ue014")  # the right arrow
    assert shown(browser) == ["item-essentials-3"]


def test_evidence_opens_on_demand_with_the_source_line(browser, pages):
    browser.open(pages["usual"])
    visible = "return document.querySelector('#item-essentials-1 .evidence').checkVisibility()"
    assert browser.run(visible) is False
    browser.click("#item-essentials-1 summary")
    assert browser.run(visible) is True
    assert "# TODO deterministic" in browser.run("return document.querySelector('#item-essentials-3 .here').innerText")


def test_a_link_to_a_folded_run_opens_it(browser, pages):
    browser.open(pages["usual"])
    browser.click("#item-essentials-3 .fact a")
    assert browser.wait(
        "setTimeout(() => arguments[0](document.getElementById('run-train-0-a1').checkVisibility()), 200)"
    )


def test_open_all_and_close_all(browser, pages):
    browser.open(pages["usual"])
    count = "return document.querySelectorAll('.items details[open]').length"
    browser.click("[data-every]")
    assert browser.run(count) == 10
    browser.click("[data-every]")
    assert browser.run(count) == 0


def background(browser):
    return browser.run("return getComputedStyle(document.body).backgroundColor")


def test_dark_where_the_reader_prefers_it_and_where_asked(browser, pages):
    media = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.open(pages["usual"])
    light = background(browser)
    browser.click("#theme")
    assert background(browser) != light == "rgb(255, 255, 255)"
    browser.devtools("Emulation.setEmulatedMedia", features=media)
    browser.open(pages["usual"])
    assert background(browser) != light
    browser.click("#theme")
    assert background(browser) == light
    browser.devtools("Emulation.setEmulatedMedia", features=[])


def violations(browser):
    """What axe finds against WCAG 2.2 AA and its best practices: rule, how often, an example."""
    browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    browser.run(npm_file("axe-core", "axe.min.js").read_text(encoding="utf-8"))
    script = """
    axe.run({runOnly: arguments[0]})
      .then(r => arguments[1](r.violations.map(v => [v.id, v.nodes.length, v.nodes[0].html])));"""
    return browser.wait(script, ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["usual", "rerun"])
def test_accessible_by_the_rules_of_wcag_2_2_aa(browser, pages, name, scheme):
    browser.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.open(pages[name])
    found = violations(browser)
    browser.devtools("Emulation.setEmulatedMedia", features=[])
    assert found == []


def test_axe_would_see_pale_letters_and_a_missing_name(browser, pages):
    browser.open(pages["usual"])
    browser.run(
        "document.documentElement.style.setProperty('--ink', '#cccccc');"
        "document.getElementById('theme').textContent = ''"
    )
    browser.run("document.getElementById('theme').removeAttribute('aria-label')")
    assert {"color-contrast", "button-name"} <= {rule for rule, *_ in violations(browser)}


def test_printing_shows_all_evidence_whatever_is_filtered(browser, pages, tmp_path):
    need("pdftotext", "poppler-utils")
    browser.open(pages["usual"])
    browser.click("label[for='f1-contradicted']")
    (tmp_path / "page.pdf").write_bytes(browser.print())
    done = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True
    )
    for text in (
        "Every generator that the experiments",
        "random.seed(seed)",
        "Seeds that reached a generator",
        "torch",
    ):
        assert text in done.stdout
    assert "Open all" not in done.stdout


def test_no_page_break_parts_an_item_from_its_reason(browser, pages, tmp_path):
    need("pdftotext", "poppler-utils")
    browser.open(pages["many"])
    (tmp_path / "many.pdf").write_bytes(browser.print())
    done = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "many.pdf", "-"], capture_output=True, text=True, check=True
    )
    lasts = [page.rsplit("Item number", 1)[1] for page in done.stdout.split("\f") if "Item number" in page]
    assert len(lasts) > 10
    assert all("Evidence" in last for last in lasts)


OVERLAPS = """
const kinds = 'h1,h2,h3,p,table,figure,summary,.fact,.source,.badge,.chips label,button,pre';
const seen = [...document.querySelectorAll(kinds)].filter(e => e.checkVisibility())
  .map(e => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width > 1 && r.height > 1);
const bad = [];
for (let i = 0; i < seen.length; i++) for (let j = i + 1; j < seen.length; j++) {
  const [a, r] = seen[i], [b, s] = seen[j];
  if (a.contains(b) || b.contains(a)) continue;
  const x = Math.min(r.right, s.right) - Math.max(r.left, s.left);
  const y = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
  if (x > 2 && y > 2) bad.push(a.outerHTML.slice(0, 60) + ' / ' + b.outerHTML.slice(0, 60));
}
return bad.slice(0, 5);
"""


@pytest.mark.parametrize("width", [1280, 900, 420])
def test_nothing_overlaps_and_nothing_sticks_out(browser, pages, width):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.devtools("Emulation.setDeviceMetricsOverride", **size)
    for name in ("usual", "rerun", "wide"):
        browser.open(pages[name])
        browser.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert browser.run(OVERLAPS) == []
        assert browser.run("return document.documentElement.scrollWidth") <= width
    browser.devtools("Emulation.clearDeviceMetricsOverride")


def test_tables_keep_their_words_and_hashes_whole_on_a_telephone(browser, pages):
    browser.devtools("Emulation.setDeviceMetricsOverride", width=390, height=900, deviceScaleFactor=1, mobile=False)
    browser.open(pages["wide"])
    lines = """return [...document.querySelectorAll(arguments[0])]
      .map(e => Math.round(e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).fontSize)))"""
    assert all(height <= 4 for height in browser.run(lines, ".hash"))
    broken = """return [...document.querySelectorAll('.prose td')].map(e => e.firstChild)
      .flatMap(text => [...text.data.matchAll(/\\S+/g)].filter(word => {
        const range = new Range();
        range.setStart(text, word.index); range.setEnd(text, word.index + word[0].length);
        return range.getClientRects().length > 1;
      }).map(word => word[0]))"""
    assert browser.run(broken) == []
    gap = """const [table, after] = ['.prose .scroll', '.prose .scroll + p'].map(q => document.querySelector(q));
      return after.getBoundingClientRect().top - table.getBoundingClientRect().bottom"""
    assert browser.run(gap) > 8
    browser.devtools("Emulation.clearDeviceMetricsOverride")


def test_a_curve_alone_is_no_larger_than_one_among_others(browser, pages):
    browser.devtools("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
    size = "return document.querySelector('.plots .plot').getBoundingClientRect().width"
    browser.open(pages["usual"])
    among = browser.run(size)
    browser.open(pages["wide"])
    assert browser.run(size) == among
    browser.devtools("Emulation.clearDeviceMetricsOverride")


def test_words_in_plots_do_not_overlap(browser, pages):
    browser.open(pages["usual"])
    script = """
    return [...document.querySelectorAll('svg.plot')].flatMap(svg => {
      const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent)
        .map(t => [t.textContent, t.getBoundingClientRect()]);
      return texts.flatMap(([a, r], i) => texts.slice(i + 1).filter(([, s]) =>
        Math.min(r.right, s.right) - Math.max(r.left, s.left) > 1
        && Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top) > 3)
        .map(([b]) => a + ' / ' + b));
    });"""
    assert browser.run(script) == []


def test_three_hundred_items_paint_within_a_second(browser, pages):
    browser.open(pages["many"])
    script = """
    const done = arguments[0];
    const read = () => performance.getEntriesByName('first-contentful-paint')[0];
    const wait = (left) => read() ? done(read().startTime) : left ? setTimeout(() => wait(left - 1), 50) : done(-1);
    wait(60);"""
    painted = browser.wait(script)
    assert 0 < painted < 1000
    assert len(shown(browser)) == 300
    browser.click("label[for='f1-contradicted']")
    assert len(shown(browser)) == 60


def test_a_hostile_project_runs_nothing_and_loads_nothing(browser, pages):
    browser.open(pages["evil"])
    assert browser.run("return document.title").startswith("# Hello")
    assert browser.run("return performance.getEntriesByType('resource').map(e => e.name)") == []
    assert browser.run("return document.querySelector('main').checkVisibility()")
    assert browser.run("return document.querySelectorAll('img, iframe, form, base, link').length") == 0
    blocked = """
    const done = arguments[0];
    document.addEventListener('securitypolicyviolation', e => done(e.violatedDirective), {once: true});
    const s = document.createElement('script'); s.textContent = 'document.title = "owned"'; document.body.append(s);
    setTimeout(() => done('nothing was refused'), 500);"""
    assert browser.wait(blocked).startswith("script-src")
    assert browser.run("return document.title").startswith("# Hello")
