import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_core_python.base import AXE_SCRIPT
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
WIDTHS = [1280, 390]
# pictures of each page
PICTURES = {"target": 12, "qc": 6, "overview": 0}
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


def show(chromium: webdriver.Chrome, file: Path, width: int) -> webdriver.Chrome:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    for log in ("browser", "performance"):
        chromium.get_log(log)
    chromium.get(file.as_uri())
    assert chromium.execute_script("return innerWidth") == width
    return chromium


@pytest.fixture(params=WIDTHS)
def opened(
    request: pytest.FixtureRequest, chromium: webdriver.Chrome, rendered: Path
) -> webdriver.Chrome:
    """The browser with the page open, as wide as a desktop's or a phone's."""
    return show(chromium, rendered, request.param)


def open_details(driver: webdriver.Chrome) -> None:
    driver.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true; })")


def test_the_page_never_scrolls_sideways(opened: webdriver.Chrome) -> None:
    open_details(opened)
    width = opened.execute_script("return document.scrollingElement.scrollWidth")
    assert width <= opened.execute_script("return innerWidth")


@pytest.mark.parametrize("rendered", ["target"], indirect=True)
def test_wide_tables_scroll_in_their_own_box(opened: webdriver.Chrome) -> None:
    open_details(opened)
    wider = opened.execute_script(
        "return [...document.querySelectorAll('#measures .scroll')]"
        ".map(box => box.scrollWidth > box.clientWidth)"
    )
    assert wider[0] is True


@pytest.mark.parametrize("rendered", ["target"], indirect=True)
def test_the_first_column_stays_while_a_table_scrolls(opened: webdriver.Chrome) -> None:
    open_details(opened)
    moved = opened.execute_script(
        """const box = document.querySelector('#measures .scroll');
        const place = name => box.querySelector(name).getBoundingClientRect().left;
        const before = [place('tbody th'), place('tbody td')];
        box.scrollLeft = 120;
        return [before[0] - place('tbody th'), before[1] - place('tbody td')]"""
    )
    assert moved == [0, 120]


@pytest.mark.parametrize("rendered", ["target"], indirect=True)
def test_tables_of_sentences_fit_a_phone(opened: webdriver.Chrome) -> None:
    open_details(opened)
    wider = opened.execute_script(
        "return [...document.querySelectorAll('.scroll')]"
        ".filter(box => box.querySelector('.prose, .compact') && box.scrollWidth > box.clientWidth)"
        ".map(box => box.getAttribute('aria-label'))"
    )
    assert wider == []


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
    if not opened.find_elements(By.CSS_SELECTOR, "figure"):
        pytest.skip("a page without figures")
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
    open_details(opened)
    assert "owned" not in opened.title
    own = "return [...document.scripts].filter(s => !s.text.startsWith('// Sorts')).length"
    assert opened.execute_script(own) == 0
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
                   getComputedStyle(document.querySelector('figure svg text, h1')).color]
               .map(colour => colour.match(/\\d+/g).slice(0, 3).map(Number)
               .reduce((sum, part) => sum + part))"""
    )
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert (page > text) == (scheme == "light")
    assert abs(page - text) > 400


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened: webdriver.Chrome, scheme: str) -> None:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    open_details(opened)
    opened.set_script_timeout(300)
    opened.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE_SCRIPT})
    found = opened.execute_async_script(
        "const done = arguments[0]; axe.run({resultTypes: ['violations']}).then(done)"
    )
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert found["passes"], "axe looked at something"
    worst = [
        (rule["id"], rule["help"], node["target"], node["any"][0]["message"] if node["any"] else "")
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"][:3]
    ]
    assert worst == []


def test_it_prints_whole_with_its_details(opened: webdriver.Chrome) -> None:
    printed = opened.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})
    content = base64.b64decode(printed["data"])
    assert content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    closed = opened.execute_script(
        """return [...document.querySelectorAll('details > .scroll')]
            .filter(box => box.getBoundingClientRect().height < 20).length"""
    )
    wide = opened.execute_script("return document.querySelector('.controls')?.offsetHeight ?? 0")
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert (closed, wide) == (0, 0), "details are open and controls gone"


@pytest.mark.parametrize("width", WIDTHS)
def test_2000_patients_can_be_sorted_and_filtered(
    chromium: webdriver.Chrome, crowded: Path, width: int
) -> None:
    show(chromium, crowded, width)
    shown = "return [...document.querySelectorAll('.predictions tbody tr')].filter(r => !r.hidden)"
    assert len(chromium.execute_script(f"{shown}.map(row => 1)")) == 2000
    box = chromium.find_element(By.CSS_SELECTOR, ".patients input")
    box.send_keys("pn017")
    assert chromium.find_element(By.CSS_SELECTOR, ".count").text == "10 of 2000 shown"
    assert len(chromium.execute_script(f"{shown}.map(row => 1)")) == 10
    box.clear()
    box.send_keys(" ")
    button = chromium.find_elements(By.CSS_SELECTOR, ".predictions thead button")[2]
    for order in ("ascending", "descending"):
        chromium.execute_script("arguments[0].click()", button)
        sorted_by = "return document.querySelector('[aria-sort]').getAttribute('aria-sort')"
        assert chromium.execute_script(sorted_by) == order
        told = chromium.execute_script(f"{shown}.map(row => row.cells[2].textContent.trim())")
        numbers = [float(cell) for cell in told if not cell.startswith("Refused")]
        assert len(numbers) == 1800
        assert numbers == sorted(numbers, reverse=order == "descending")
        assert all(cell.startswith("Refused") for cell in told[1800:]), "they stay at the end"
    assert chromium.get_log("browser") == []
