"""A browser that looks at a running site; which content the site has is said in the folders below."""

import os
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from django.db import connections
from playwright.sync_api import TimeoutError as NoAnswer
from playwright.sync_api import sync_playwright

AXE = AXE_FILE_PATH.read_text()
RUN_AXE = """([context, options]) => axe.run(context ?? document, options).then(({violations}) => violations.flatMap(
    ({id, nodes}) => nodes.map(({html}) => [id, html.slice(0, 120)])))"""
# Playwright waits for ever for what a page computes, but not for an element: so the answer is told by an attribute.
ASK = """argument => { setTimeout(() => Promise.resolve(argument).then(%s)
    .then(value => { window.answer = {value} }, error => { window.answer = {error: String(error)} })
    .then(() => { document.documentElement.dataset.answered = '' })) }"""
TAKE_ANSWER = "() => { delete document.documentElement.dataset.answered; return window.answer }"
LONGEST = 120  # seconds; the largest form of the editors takes 10 on a busy machine
# Where colours are forced, Chromium does not tell that letters are filled with the colour of text; axe asks that.
# All colours are read before the first is set: otherwise the page would be styled anew for every element.
FILL_LETTERS = """forced => {
    const elements = [...document.querySelectorAll('body, body *')];
    const colours = elements.map(element => getComputedStyle(element).color);
    for (const [place, element] of elements.entries())
        if (forced) element.style.webkitTextFillColor = colours[place];
        else if (element.style.webkitTextFillColor) {
            element.style.webkitTextFillColor = '';
            if (!element.style.length) element.removeAttribute('style');
        }
}"""
# Nobody waits for a change of colours: one that is hidden or that never ends would not tell when it is over.
END_CHANGES = """() => { for (const change of document.getAnimations())
    change.effect.getComputedTiming().endTime === Infinity ? change.cancel() : change.finish() }"""
# WCAG 2.2 asks for it, and axe has it switched off.
TARGETS_OF_24_PIXELS = {"rules": {"target-size": {"enabled": True}}}
COLOURS_ONLY = {"runOnly": ["color-contrast", "link-in-text-block"]}
SIZES_ONLY = {"runOnly": ["target-size", "scrollable-region-focusable", "meta-viewport"]}
# Text that a box cuts off, and text that stays small where the reader has set twice the size; maps have metres.
LOST_TEXT = """small => [...document.querySelectorAll('body *:not(.map-labels *)')].flatMap(element => {
    const {overflowX, overflowY, fontSize} = getComputedStyle(element);
    const {clientWidth, clientHeight, scrollWidth, scrollHeight, childNodes, textContent} = element;
    if (clientWidth < 3 || !textContent.trim() || !element.checkVisibility()) return [];
    const cuts = overflow => ['hidden', 'clip'].includes(overflow);
    const isCut = !element.matches('select, option, textarea')
        && ((cuts(overflowX) && scrollWidth > clientWidth + 1) || (cuts(overflowY) && scrollHeight > clientHeight + 1));
    const says = [...childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const what = element.outerHTML.slice(0, 120);
    return [isCut && ['cut off', what], says && parseFloat(fontSize) < small && ['stays small', what]].filter(Boolean);
})"""
SCROLLS_SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SMALL = {16: 0, 32: 18}  # pixels, by the size of normal text
TEXT_SIZE = "getComputedStyle(document.documentElement).fontSize"


class Condition(NamedTuple):
    """How a page is looked at; where only colours or sizes are different, axe looks at nothing else."""

    color_scheme: str = "light"
    forced_colors: str = "none"
    width: int = 1280
    text: int = 16  # pixels of the text that the reader has set as normal
    rules: dict = TARGETS_OF_24_PIXELS


CONDITIONS = {
    "light": Condition(),
    "dark": Condition(color_scheme="dark", rules=COLOURS_ONLY),
    "forced colours": Condition(forced_colors="active", rules=COLOURS_ONLY),
    "320 px": Condition(width=320),
    "200 % text": Condition(text=32, rules=SIZES_ONLY),
}


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db)


@pytest.fixture(scope="package")
def chromium(chromium_path):
    # Playwright runs an event loop in this thread, and Django would refuse to touch the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=flags)
        yield browser
        browser.close()
        connections.close_all()  # those beside the event loop are others than those of its absence
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Visitor:
    """A browser window on the site that collects what a page must not do."""

    def __init__(self, page, site):
        self.page = page
        self.site = site
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._note_foreign_host)

    @cached_property
    def _browser(self):
        return self.page.context.new_cdp_session(self.page)

    def _note_foreign_host(self, request):
        if not request.url.startswith((self.site, "data:")):
            self.complaints.append(f"asked {request.url}")

    def ask(self, function: str, argument=None):
        """What the page answers to a function of one argument, at last after so many seconds."""
        self.page.evaluate(ASK % function, argument)
        try:
            self.page.wait_for_selector("html[data-answered]", state="attached", timeout=LONGEST * 1000)
        except NoAnswer:
            pytest.fail(f"{self.page.url} gave no answer in {LONGEST} s to {function[:200]}")
        answer = self.page.evaluate(TAKE_ANSWER)
        assert "error" not in answer, f"{self.page.url}: {answer}"
        return answer.get("value")

    def open(self, address):
        self.page.goto(self.site + address)

    def resize(self, width, height=800):
        """As if it had been opened at this size: no script runs on our pages, so the page is laid out alike."""
        self.page.set_viewport_size({"width": width, "height": height})
        assert self.page.evaluate("innerWidth") == width

    def look(self, condition: Condition):
        """Without loading the page anew: no script of ours reads what is different."""
        self.page.emulate_media(
            color_scheme=condition.color_scheme,
            forced_colors=condition.forced_colors,
            reduced_motion="reduce",
        )
        self.resize(condition.width)
        sizes = {"fontSizes": {"standard": condition.text, "fixed": condition.text * 13 // 16}}
        self._browser.send("Page.setFontSizes", sizes)
        assert self.page.evaluate(TEXT_SIZE) == f"{condition.text}px"
        self.page.evaluate(END_CHANGES)

    def barriers(self, rules=TARGETS_OF_24_PIXELS, context=None) -> list[tuple[str, str]]:
        """Rule and element of all that axe finds on the page."""
        before = len(self.complaints)
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        found = self.ask(RUN_AXE, [context, {"resultTypes": ["violations"]} | rules])
        del self.complaints[before:]  # axe measures with inline styles, which the policy refuses
        return [tuple(barrier) for barrier in found]

    def barriers_everywhere(self, context=None) -> dict[str, list[tuple[str, str]]]:
        """By condition: what axe finds, and whether the page scrolls sideways."""
        found = {}
        for name, condition in CONDITIONS.items():
            self.look(condition)
            self.ask(FILL_LETTERS, condition.forced_colors == "active")
            found[name] = self.barriers(condition.rules, context)
            if name in ("320 px", "200 % text"):
                found[name].extend(map(tuple, self.ask(LOST_TEXT, SMALL[condition.text])))
            if self.page.evaluate(SCROLLS_SIDEWAYS):
                found[name].append(("scrolls sideways", self.page.url))
        self.look(CONDITIONS["light"])
        return {name: barriers for name, barriers in found.items() if barriers}

    def click(self, name, **kwargs):
        """Follow a link or press a button by its name."""
        self.page.get_by_role(kwargs.pop("role", "link"), name=name, **kwargs).first.click()

    @property
    def text(self):
        return " ".join(self.page.inner_text("main").split())


@pytest.fixture
def visit(site, chromium):
    """Opens windows of any size; at the end none of them may have complained."""
    windows = []

    def open_window(width=1280, height=800, **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="de-DE", **options)
        visitor = Visitor(context.new_page(), site)
        windows.append(visitor)
        return visitor

    yield open_window
    for window in windows:
        window.page.context.close()
    assert [complaint for window in windows for complaint in window.complaints] == []
