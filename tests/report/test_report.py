"""The report in a real browser: what a click opens, what a keyboard and a phone can do, and that no value is code."""

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import chromium
import environments
import pytest
from playwright.sync_api import Browser, Page, expect
from typer.testing import CliRunner

from mesh import findings
from mesh.commands.cli import app
from mesh.render import plan
from mesh.report.contents import Judged, contents
from mesh.report.page import page

ROOT = Path(__file__).parents[2]
LAB = ROOT / "stacks/Pulumi.lab.yaml"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium.running(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of stack lab, as the command writes it."""
    out = tmp_path_factory.mktemp("report") / "lab.html"
    result = CliRunner().invoke(app, ["report", str(LAB), "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out.read_text()


Show = Callable[..., Page]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Opens a page; it may ask nobody for anything, and complain of nothing."""
    asked: list[str] = []
    complaints: list[str] = []
    opened: list[Page] = []

    def shown(text: str, width: int = 1280, height: int = 800) -> Page:
        file = tmp_path / "report.html"
        file.write_text(text)
        made = browser.new_page(viewport={"width": width, "height": height})
        made.on("request", lambda request: asked.append(request.url))
        made.on("console", lambda message: complaints.append(message.text))
        made.on("pageerror", lambda error: complaints.append(str(error)))
        made.goto(file.as_uri(), timeout=120_000)
        made.wait_for_selector("html[data-ready]", timeout=120_000)
        opened.append(made)
        return made

    yield shown
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert complaints == []
    for made in opened:
        made.close()


def call(text: str, caller: str, callee: str) -> dict[str, Any]:
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])
    return next(one for one in data["calls"] if (one["caller"], one["callee"]) == (caller, callee))


def test_a_click_on_an_arrow_opens_the_trace_of_its_call(show: Show, lab: str) -> None:
    made = show(lab)
    number = made.evaluate(
        "picture.edges().filter(e => e.source().id() === 'storefront' && e.target().id() === 'cart')[0].id()"
    )
    point = made.evaluate(f"picture.getElementById('{number}').renderedMidpoint()")
    box = made.locator("#drawing").bounding_box()
    assert box

    made.mouse.click(box["x"] + point["x"], box["y"] + point["y"])

    expect(made.locator("#details h2").first).to_have_text("storefront → cart")
    expect(made.locator("#details strong")).to_have_text("allowed")
    last = call(lab, "storefront", "cart")["trace"]["ways"][0]["steps"][-1]
    expect(made.locator("#details li b").filter(has_text=last["by"]).first).to_be_visible()


def test_the_matrix_opens_the_same_and_says_of_an_empty_cell_that_it_is_closed(show: Show, lab: str) -> None:
    made = show(lab)
    made.click("#tab-matrix")

    made.click("#matrix button[aria-label^='storefront → cart']")
    expect(made.locator("#details h2").first).to_have_text("storefront → cart")

    empty = made.locator("#matrix tbody tr", has=made.locator("th", has_text=re.compile("^orders$"))).locator(
        "td:empty"
    )
    empty.first.click()
    expect(made.locator("#details strong")).to_have_text("denied")


def test_a_search_leaves_what_is_asked_for(show: Show, lab: str) -> None:
    made = show(lab)

    made.fill("#search", "storefront cart")
    expect(made.locator("#count")).to_have_text(re.compile(r"^1 of \d+ calls$"))
    made.click("#tab-calls")
    expect(made.locator("#calls tbody tr")).to_have_count(1)
    made.fill("#search", "nobody-of-this-name")
    expect(made.locator("#count")).to_have_text(re.compile(r"^0 of "))


def test_a_keyboard_is_enough(show: Show, lab: str) -> None:
    made = show(lab)
    made.keyboard.press("/")
    expect(made.locator("#search")).to_be_focused()

    made.focus("#tab-picture")
    made.keyboard.press("ArrowRight")
    made.keyboard.press("ArrowRight")
    expect(made.locator("#calls")).to_be_visible()
    made.keyboard.press("Tab")
    made.keyboard.press("Enter")
    first = made.locator("#calls button").first
    expect(made.locator("#details h2").first).to_have_text(first.text_content() or "nothing")
    made.keyboard.press("Escape")
    expect(made.locator("#details")).to_be_hidden()
    expect(first).to_be_focused()

    made.click("#tab-picture")
    made.focus("#drawing")
    before = made.evaluate("[picture.zoom(), picture.pan().x]")
    made.keyboard.press("+")
    made.keyboard.press("ArrowLeft")
    after = made.evaluate("[picture.zoom(), picture.pan().x]")
    assert after[0] > before[0]
    assert after[1] != before[1]


def test_it_reads_on_a_phone(show: Show, lab: str) -> None:
    made = show(lab, 390, 800)
    for tab in ("picture", "calls", "findings"):
        made.click(f"#tab-{tab}")
        assert made.evaluate("document.documentElement.scrollWidth") <= 390, tab

    made.click("#tab-calls")
    made.locator("#calls button").first.click()

    box = made.locator("#details").bounding_box()
    assert box
    assert (box["x"], box["width"]) == (0, 390)
    assert box["y"] + box["height"] <= 800


def test_no_value_becomes_code(show: Show, lab: str) -> None:
    evil = "</script><script>window.taken = 1</script><img src=x onerror='window.taken = 2'>{{DATA}}"
    judged = Judged(plan(environments.resolved(environments.declared())), ())
    shown = contents(judged, None)
    shown |= {"title": evil, "summary": evil, "warning": evil}
    for node in shown["nodes"]:
        node["title"] = node["about"] = evil
    for one in shown["calls"]:
        one |= {"caller": evil, "port": evil, "kept": evil, "what": [evil]}
        for way in one["trace"]["ways"]:
            way["from"] = evil
            for step in way["steps"]:
                step |= {"by": evil, "text": evil}
    text = page(shown)
    assert evil not in text

    made = show(text)
    for tab in ("matrix", "calls", "findings"):
        made.click(f"#tab-{tab}")
    made.click("#tab-calls")
    made.locator("#calls button").first.click()

    expect(made.locator("#details li b").first).to_have_text(evil)
    assert made.evaluate("[window.taken, document.images.length]") == [None, 0]


def test_what_changed_since_a_revision_is_in_colour(show: Show, tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    file = tmp_path / "stacks" / LAB.name
    shutil.copyfile(LAB, file)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "before"]):
        subprocess.run([*git, *arguments], check=True)
    lines = file.read_text().splitlines(keepends=True)
    route = next(line for line in lines if "from: storefront" in line and "to: cart" in line)
    file.write_text("".join(line for line in lines if line != route))

    result = CliRunner().invoke(app, ["report", str(file), "--base", "HEAD", "--out", str(tmp_path / "out.html")])

    assert result.exit_code == 0, result.output
    text = (tmp_path / "out.html").read_text()
    assert call(text, "storefront", "cart")["change"] == "removed"
    made = show(text)
    assert "HEAD at " in made.locator("#changes").inner_text()
    assert ": 1 call gone." in made.locator("#changes").inner_text()
    made.click("#changes button:has-text('storefront → cart')")
    expect(made.locator("#details h2")).to_have_text("storefront → cart")
    assert made.evaluate("picture.edges('.removed').style('z-index') > picture.nodes('.card').style('z-index')")
    made.keyboard.press("Escape")
    made.select_option("#show", "change")
    made.click("#tab-calls")
    row = made.locator("#calls tbody tr.removed", has_text="storefront → cart")
    expect(row).to_have_count(1)
    assert row.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 235, 233)"


def test_three_hundred_workloads_stay_fluid(show: Show) -> None:
    declared = environments.declared()
    like = declared["workloads"]["storefront"]
    names = [f"part-{number}" for number in range(300)]
    declared["workloads"] |= dict.fromkeys(names, like)
    declared["routes"] += [
        {"from": names[number], "to": names[(number * 7 + step) % 300], "http": [{"paths": ["/*"]}]}
        for number in range(300)
        for step in (1, 5)
        if (number * 7 + step) % 300 != number
    ]
    judged = Judged(plan(environments.resolved(declared)), ())

    made = show(page(contents(judged, None)))

    frames = made.evaluate(
        """() => new Promise((done) => {
          const spent = [];
          function frame() {
            const began = performance.now();
            picture.panBy({ x: 5, y: 3 });
            picture.zoom(picture.zoom() * 1.01);
            picture.forceRender();
            spent.push(performance.now() - began);
            if (spent.length < 30) requestAnimationFrame(frame); else done(spent.sort((a, b) => a - b));
          }
          requestAnimationFrame(frame);
        })"""
    )
    assert frames[15] < 100, "milliseconds of work for a frame, the median"
    made.fill("#search", "part-299")
    expect(made.locator("#count")).to_have_text(re.compile(r"^[1-9] of \d+ calls$"))


def test_a_page_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["report", str(LAB), "--out", str(tmp_path / "no/such/folder.html")])

    assert result.exit_code == 3
    assert "No such file or directory" in result.output


def test_findings_are_those_of_a_check() -> None:
    judged = plan(environments.resolved(environments.declared()))
    found = findings.of_plan(judged)

    shown = contents(Judged(judged, found), None)["findings"]

    assert [(one["code"], one["subject"]) for one in shown] == [(one.code, one.subject) for one in found]


def test_the_library_is_the_one_that_was_published() -> None:
    """Cytoscape.js 3.34.4, dist/cytoscape.min.js of its package on npm."""
    file = ROOT / "mesh/report/vendor/cytoscape.min.js"

    assert hashlib.sha256(file.read_bytes()).hexdigest() == (
        "081591ab735b2b6a3b31a3c60f8f3a3e2fee8c92939e0c7820ad1208571b6cd8"
    )
