import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
WIDTHS = [1280, 390]
# pictures of each page
PICTURES = {"target": 8, "qc": 6}
SWITCHES = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed"),
    pytest.mark.skipif(not DRIVER, reason="chromedriver (chromium-driver) is not installed"),
]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = str(CHROMIUM)
    for switch in SWITCHES:
        options.add_argument(switch)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(params=WIDTHS)
def opened(
    request: pytest.FixtureRequest, chromium: webdriver.Chrome, rendered: Path
) -> webdriver.Chrome:
    """The browser with the page open, as wide as a desktop's or a phone's."""
    size = {"width": request.param, "height": 900, "deviceScaleFactor": 1}
    mobile = {"mobile": request.param < 500}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size | mobile)
    for log in ("browser", "performance"):
        chromium.get_log(log)
    chromium.get(rendered.as_uri())
    assert chromium.execute_script("return innerWidth") == request.param
    return chromium


def test_the_page_never_scrolls_sideways(opened: webdriver.Chrome) -> None:
    width = opened.execute_script("return document.scrollingElement.scrollWidth")
    assert width <= opened.execute_script("return innerWidth")


@pytest.mark.parametrize("rendered", ["target"], indirect=True)
def test_wide_tables_scroll_in_their_own_box(opened: webdriver.Chrome) -> None:
    wider = opened.execute_script(
        "return [...document.querySelectorAll('#measures .scroll')]"
        ".map(box => box.scrollWidth > box.clientWidth)"
    )
    assert wider == [True]


def test_the_console_stays_silent(opened: webdriver.Chrome) -> None:
    assert opened.get_log("browser") == []


def test_nothing_but_the_file_is_requested(opened: webdriver.Chrome, rendered: Path) -> None:
    messages = [json.loads(entry["message"])["message"] for entry in opened.get_log("performance")]
    asked = {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }
    assert rendered.as_uri() in asked
    assert {url for url in asked if not url.startswith("data:")} == {rendered.as_uri()}


def test_each_figure_is_seen_with_caption_and_axis_labels(
    opened: webdriver.Chrome, rendered: Path
) -> None:
    figures = opened.execute_script(
        """return [...document.querySelectorAll('figure')].map(figure => ({
            name: figure.id,
            caption: figure.querySelector('figcaption').innerText.length,
            role: figure.querySelector('svg').getAttribute('role'),
            label: figure.querySelector('svg').getAttribute('aria-label'),
            width: figure.querySelector('svg').getBoundingClientRect().width,
            texts: [...figure.querySelectorAll('svg text')].map(text => ({
                words: text.textContent.trim(),
                height: text.getBoundingClientRect().height,
            })),
        }))"""
    )
    assert len(figures) == PICTURES[rendered.stem]
    for figure in figures:
        assert figure["caption"] > 60, figure["name"]
        assert figure["role"] == "img"
        assert figure["label"]
        assert figure["width"] > 300
        words = [text["words"] for text in figure["texts"]]
        assert any(len(word) > 4 and not word.isdigit() for word in words), figure["name"]


def test_text_in_figures_is_large_enough_to_read(opened: webdriver.Chrome) -> None:
    sizes = opened.execute_script(
        """return [...document.querySelectorAll('figure svg text')].map(text =>
            parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)
            .filter(size => size > 0)"""
    )
    assert min(sizes) >= 10, "CSS pixels"


def test_no_text_is_cut_off_at_the_edge_of_its_figure(opened: webdriver.Chrome) -> None:
    cut = opened.execute_script(
        """return [...document.querySelectorAll('figure svg')].flatMap(svg => {
            const edge = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter(text => {
                const box = text.getBoundingClientRect();
                return box.left < edge.left - 1 || box.right > edge.right + 1
                    || box.top < edge.top - 1 || box.bottom > edge.bottom + 1;
            }).map(text => svg.getAttribute('aria-label') + ': ' + text.textContent.trim());
        })"""
    )
    assert cut == []


def test_a_hostile_name_stays_text(opened: webdriver.Chrome) -> None:
    assert "owned" not in opened.title
    assert opened.execute_script("return document.scripts.length") == 0
    assert "<script>" in opened.execute_script("return document.body.innerText")


def test_no_id_is_used_twice(opened: webdriver.Chrome) -> None:
    found = opened.execute_script("return [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(found) == len(set(found))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_follow_the_colour_scheme(opened: webdriver.Chrome, scheme: str) -> None:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    page, text = opened.execute_script(
        """return [getComputedStyle(document.body).backgroundColor,
                   getComputedStyle(document.querySelector('figure svg text')).fill]
               .map(colour => colour.match(/\\d+/g).slice(0, 3).map(Number)
               .reduce((sum, part) => sum + part))"""
    )
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert (page > text) == (scheme == "light")
    assert abs(page - text) > 400
