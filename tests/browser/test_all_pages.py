"""Every page of the realm and of the demonstration, as a person finds it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from arware import local
from arware.demo.people import ADA
from arware.kit.catalogues import catalogues
from tests.adapters.hosts import HOST
from tests.browser.realm_site import serving
from tests.browser.steps import log_in_at_home
from tests.browser.walk import SETTINGS, Walk, page_routes

HERE = Path(local.__file__).parent
DESKTOP, PHONE = (1280, 800), (320, 640)

#: What the rules of WCAG 2.2 A and AA and axe's own advice find wrong.
CHECK = """rules => axe.run({
    resultTypes: ["violations"],
    ...(rules && {runOnly: {type: "rule", values: rules}}),
}).then(found => found.violations.flatMap(one =>
    one.nodes.map(node => `${one.id}: ${node.html} (${node.failureSummary})`)))"""
#: What depends on the colours and on the width of the window.
LOOKS = ["color-contrast", "target-size"]


@pytest.fixture(scope="module")
def axe():
    """The script that finds what keeps people out."""
    try:
        from axe_playwright_python.base import AXE_SCRIPT
    except ModuleNotFoundError:
        if os.environ.get("ARWARE_REQUIRE_SERVICES") == "1":
            pytest.fail("axe-playwright-python is not installed")
        # As with a browser that is missing: CI, which requires all, fails above.
        pytest.skip("axe-playwright-python is not installed")
    return AXE_SCRIPT


@pytest.fixture
def walk(browser, tmp_path):
    """Somebody who has not set out yet, in a language that the test says."""

    def begin(locale):
        context = browser.new_context(locale=locale)
        contexts.append(context)
        return Walk(site, context.new_page())

    contexts = []
    with serving(HOST["wsgi"], tmp_path, **SETTINGS) as site:
        yield begin
    for context in contexts:
        context.close()


def wrong_with(page, axe):
    """Return what axe finds, in both colour schemes and on both screens."""
    page.evaluate(axe)
    found = []
    for size in (DESKTOP, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            is_first = (size, scheme) == (DESKTOP, "light")
            wrong = page.evaluate(CHECK, None if is_first else LOOKS)
            found += [f"{size[0]} {scheme} {one}" for one in wrong]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{size[0]} has to be scrolled sideways")
    return found


def test_everybody_can_use_every_page_of_the_realm(walk, axe):
    """No rule of WCAG 2.2 is broken, desktop and phone, light and dark."""
    walker = walk("en")
    found = [
        f"{name}: {wrong}"
        for name in walker.steps()
        for wrong in wrong_with(walker.page, axe)
    ]

    assert not found, "\n".join(found)
    left = {path for path in page_routes().values() if "{" not in path}
    assert left - walker.came_to == set()


#: All that a person sees or hears of a page.
SAID = """() => {
    const seen = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const said = [document.title.split(" · ")[0]];
    while (seen.nextNode()) said.push(seen.currentNode.textContent);
    for (const one of document.querySelectorAll("[aria-label], [title], [alt]"))
        said.push(one.ariaLabel, one.title, one.alt);
    return said.filter(Boolean).map(text => text.trim());
}"""
#: What is filled in.
FILLED_IN = re.compile(r"%\(\w+\)[sd]|\$\{\w+\}")


def english(language):
    """Return what English texts look like that are another one in *language*."""
    texts = set()
    for path, catalogue in catalogues(HERE).items():
        for one in catalogue if path.stem == language else ():
            ids = [one.id] if isinstance(one.id, str) else one.id
            texts.update(text for text in ids if text and text != one.string)
    parts = (map(re.escape, FILLED_IN.split(text)) for text in texts)
    return re.compile("|".join(".+".join(part) for part in parts))


@pytest.mark.parametrize("language", ["es", "ja"])
def test_every_page_is_in_the_language_of_who_reads_it(walk, language):
    """Whoever goes through all of them reads no text in English."""
    walker, strange = walk(language), english(language)
    found = []
    for name in walker.steps():
        if walker.page.locator("html").get_attribute("lang") != language:
            found.append(f"{name}: another language")
        said = walker.page.evaluate(SAID)
        found += [f"{name}: {text}" for text in said if strange.fullmatch(text)]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("demo", ["wsgi"], indirect=True)
def test_everybody_can_use_every_page_of_the_demonstration(demo, page, axe):
    """The pages of the sample, before and after the login."""
    page.goto(f"{demo.url}/")
    found = wrong_with(page, axe)
    log_in_at_home(page, demo, ADA)
    for path in ("/", "/private?colour=green", "/reports", "/nowhere"):
        page.goto(f"{demo.url}{path}")
        found += wrong_with(page, axe)

    assert not found, "\n".join(found)
