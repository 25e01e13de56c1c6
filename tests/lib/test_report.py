import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from report_tables import HOSTILE, SHIPPED, example

from dxtransfer.report import cohort_figures, names, svg
from dxtransfer.report.page import page

AXES = {
    "strategies": ["AUROC"],
    "roc": ["False positive rate", "True positive rate"],
    "pr": ["Recall", "Precision"],
    "label_efficiency": ["Labelled patients", "AUROC"],
    "calibration": ["Predicted probability of disease", "Observed share"],
    "loss": ["Epoch", "Loss", "Components", "Variance (%)"],
    "cohorts_pca": ["PC1", "PC2"],
    "qc": ["Samples (%"],
    "verdict": ["Labelled patients", "AUROC", "smallest difference"],
    "reliability": ["Predicted probability", "Observed share"],
    "decision_curve": ["Probability", "Net benefit"],
    "subgroups": ["AUROC", "fewer than 10 patients"],
}


@pytest.fixture(scope="module")
def inputs() -> SimpleNamespace:
    return example()


@pytest.fixture(scope="module")
def html(inputs: SimpleNamespace) -> str:
    return page(**vars(inputs))


def rendered_with(inputs: SimpleNamespace, **changes: Any) -> str:
    """The page with other tables of the evaluation, or other arguments."""
    told = {name: changes.pop(name) for name in list(changes) if name in inputs.evaluation}
    return page(**{**vars(inputs), "evaluation": {**inputs.evaluation, **told}, **changes})


def words(html: str) -> str:
    """The page as one line; links to the glossary are left out."""
    return " ".join(re.sub(r'<a class="term"[^>]*>([^<]*)</a>', r"\1", html).split())


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def ids(html: str) -> list[str | None]:
    return [attributes["id"] for _, attributes in Elements(html).found if "id" in attributes]


def test_the_same_tables_give_the_same_page_and_pictures(inputs: SimpleNamespace) -> None:
    again = example()
    assert again.figures == inputs.figures
    assert page(**vars(again)) == page(**vars(inputs))


@pytest.mark.parametrize("key", AXES)
def test_every_picture_is_svg_with_named_axes_as_text(inputs: SimpleNamespace, key: str) -> None:
    root = ElementTree.fromstring(inputs.figures[key])
    texts = " | ".join("".join(e.itertext()) for e in root.iter() if e.tag.endswith("}text"))
    assert all(label in texts for label in AXES[key]), texts
    assert root.get("role") == "img"
    assert root.get("aria-label")
    width = float(root.get("viewBox", "").split()[2])
    assert width == pytest.approx(4.2 * 72, abs=1), "points"


@pytest.mark.parametrize("key", AXES)
def test_a_picture_brings_no_black_no_background_and_no_style_sheet(
    inputs: SimpleNamespace, key: str
) -> None:
    svg = inputs.figures[key]
    assert "#000000" not in svg
    assert "currentColor" in svg
    assert "#ffffff" not in svg
    assert "<style" not in svg
    assert "<metadata" not in svg


@pytest.mark.parametrize("key", AXES)
def test_every_reference_inside_a_picture_finds_its_id(inputs: SimpleNamespace, key: str) -> None:
    svg = inputs.figures[key]
    known = set(re.findall(r'\bid="([^"]+)"', svg))
    asked = set(re.findall(r'href="#([^"]+)"', svg)) | set(re.findall(r"url\(#([^)]+)\)", svg))
    assert asked, "a picture without markers or clipping would prove nothing"
    assert asked <= known


def test_ids_are_unique_on_the_page(html: str) -> None:
    found = ids(html)
    assert len(found) > 100
    assert len(found) == len(set(found))


def test_names_in_pictures_stay_text() -> None:
    hostile = "<script>1</script>"
    summary = pd.DataFrame(
        {"cohort": [hostile, "$a_b$"], "samples_delivered": [3, 2], "samples_kept": [2, 2]}
    )
    root = ElementTree.fromstring(cohort_figures.qc(summary))
    assert "script" not in {e.tag.rpartition("}")[2] for e in root.iter()}
    texts = {"".join(e.itertext()).strip() for e in root.iter() if e.tag.endswith("}text")}
    assert {hostile, "$a_b$"} <= texts


@pytest.mark.filterwarnings("error::UserWarning")
def test_long_names_leave_room_for_the_picture() -> None:
    names = [f"GSE{i}_a_name_that_is_far_too_long_for_a_picture" for i in range(6)]
    points = pd.DataFrame(
        {"cohort": names, "role": "source", "sample": "s", "pc1": 0.0, "pc2": 1.0}
    )
    counts = pd.DataFrame({"cohort": names, "samples_delivered": 9, "samples_kept": 8})
    for picture in (cohort_figures.cohorts_pca(points), cohort_figures.qc(counts)):
        assert "GSE5" in picture
        assert names[5] not in picture


def test_curves_are_chosen_by_kind_and_not_by_result(inputs: SimpleNamespace) -> None:
    before = names.chosen(inputs.evaluation["metrics"], shipped=SHIPPED)
    best_last = (
        inputs.evaluation["metrics"]
        .assign(estimate=1 - inputs.evaluation["metrics"]["estimate"])
        .iloc[::-1]
    )
    assert names.chosen(best_last, shipped=SHIPPED) == before
    assert before[:2] == [SHIPPED, names.REFERENCE]
    assert len(before) <= names.MOST_CURVES


def test_a_shipped_reference_is_drawn_and_told_once(inputs: SimpleNamespace) -> None:
    assert (
        names.chosen(inputs.evaluation["metrics"], shipped=names.REFERENCE).count(names.REFERENCE)
        == 1
    )
    model = inputs.model | {"strategy": "logistic_l2", "objective": "none"}
    text = words(rendered_with(inputs, model=model))
    assert "The shipped model is the simple model itself." in text
    assert text.count("<b>Simple model</b><small>shipped model</small>") >= 4


def test_large_cohorts_do_not_make_large_pictures() -> None:
    count = 50_000
    points = pd.DataFrame(
        {"cohort": "big", "role": "source", "sample": range(count), "pc1": range(count), "pc2": 1.0}
    )
    svg = cohort_figures.cohorts_pca(points)
    assert len(svg) < 400_000
    assert f"big (n = {count})" in svg


def test_the_summary_tells_the_numbers_of_the_tables(inputs: SimpleNamespace, html: str) -> None:
    text = words(html)
    auroc = inputs.evaluation["metrics"].query("measure == 'auroc' and budget == 'all'")
    own = auroc.set_index(["objective", "strategy"]).loc[SHIPPED]
    told = f"AUROC of {own.estimate:.2f} [{own.low:.2f}, {own.high:.2f}] in patients"
    assert told in text


def test_the_level_of_the_intervals_is_the_one_in_the_settings(inputs: SimpleNamespace) -> None:
    settings = inputs.settings | {"evaluation": {"level": 0.9, "resamples": 500}}
    verdict = inputs.verdict | {"level": 0.9}
    text = words(rendered_with(inputs, settings=settings, verdict=verdict))
    assert "Brackets and bars are 90% intervals" in text
    assert "Brackets behind a gain are 90% intervals" in text
    assert "500 resamples" in text
    assert "95%" not in text


def test_a_name_with_markup_stays_text(html: str) -> None:
    assert HOSTILE not in html
    assert html.count("&lt;script&gt;") >= 2
    assert [tag for tag, _ in Elements(html).found].count("script") == 1


def test_the_page_refers_to_nothing_outside(html: str) -> None:
    for tag, attributes in Elements(html).found:
        for key in ("src", "href", "srcset", "action"):
            value = attributes.get(key) or "#"
            # the study's other pages lie beside this one
            assert value in ("qc.html", "index.html") or value.startswith(("#", "data:")), (
                tag,
                attributes,
            )
    assert "@import" not in html
    assert "url(http" not in html


def test_the_order_is_the_clinician_first_and_the_engineer_second(html: str) -> None:
    sections = ["verdict", "whom", "performance", "labels", "calibration", "decisions"]
    sections += ["measures", "comparisons", "predictions", "cohorts", "audit", "pretraining"]
    sections += ["method", "limits", "reporting", "provenance", "glossary"]
    order = ["Transfer helps.", "For research.", *(f'<section id="{s}"' for s in sections)]
    places = [html.index(mark) for mark in order]
    assert places == sorted(places)


def test_every_table_has_a_caption_and_scoped_headers(html: str) -> None:
    tags = Elements(html).found
    count = sum(tag == "table" for tag, _ in tags)
    assert count >= 10
    assert sum(tag == "caption" for tag, _ in tags) == count
    assert all(a.get("scope") in ("col", "row") for tag, a in tags if tag == "th")


def test_a_refusal_shows_its_reason_and_no_probability(inputs: SimpleNamespace) -> None:
    rows = inputs.predictions["new"].iloc[[-1]].assign(p_disease=0.77)
    text = words(rendered_with(inputs, predictions={"new": rows}))
    assert "Refused: 31% of the vocabulary measured" in text
    assert "0.77" not in text[text.index('id="predictions"') : text.index('id="cohorts"')]


def test_missing_figures_and_numbers_do_not_stop_the_page(inputs: SimpleNamespace) -> None:
    metrics = inputs.evaluation["metrics"].copy()
    metrics.loc[metrics["strategy"] == "majority", ["estimate", "low", "high"]] = float("nan")
    nothing = {"figures": {}, "predictions": {}, "audit": inputs.audit.iloc[:0]}
    nothing["samples_left_out"] = inputs.samples_left_out.iloc[:0]
    text = words(rendered_with(inputs, metrics=metrics, **nothing))
    assert "No sample was left out." in text
    assert "There is no new cohort" in text
    assert not re.search(r"\bnan\b", text)


def test_a_stated_prevalence_is_told(inputs: SimpleNamespace, html: str) -> None:
    stated = {"prevalence": 0.02, "training_prevalence": 0.4375}
    told = words(rendered_with(inputs, model={**inputs.model, **stated}))
    assert "made for a prevalence of 0.02 of" in told
    assert "not for 0.44, which it was fitted for" in told
    assert "made for a prevalence of" not in words(html)


def test_a_shipped_model_that_was_not_evaluated_is_named(inputs: SimpleNamespace) -> None:
    model = inputs.model | {"strategy": "gradual_unfreeze"}
    with pytest.raises(ValueError, match=r"linear\.gradual_unfreeze"):
        rendered_with(inputs, model=model)


def test_the_page_stays_small_when_the_tables_are_long(inputs: SimpleNamespace) -> None:
    many = {"ignore_index": True}
    left_out = pd.concat([inputs.samples_left_out] * 1000, **many)
    predictions = {"new": pd.concat([inputs.predictions["new"]] * 1000, **many)}
    audit = pd.concat([inputs.audit] * 5000, **many)
    html = rendered_with(inputs, samples_left_out=left_out, predictions=predictions, audit=audit)
    assert len(html.encode()) < 1_500_000
    assert "The first 300 of 18,000 rows are shown" in html
    assert "The first 2,000 of 10,000 samples are shown" in html


def luminance(colour: str) -> float:
    full = "".join(2 * c for c in colour[1:]) if len(colour) == 4 else colour[1:]
    parts = [int(full[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_text_and_curves_have_contrast_in_every_theme(theme: str) -> None:
    css = files("dxtransfer.report").joinpath("page.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL)
    light, dark, printed = (dict(re.findall(r"--(\w+): (#\w+)", block)) for block in blocks)
    colours = {"light": light, "dark": dark, "print": printed}[theme]
    for surface in ("page", "raised"):
        for text in ("text", "muted", "accent", "warning"):
            assert contrast(colours[text], colours[surface]) >= 4.5, (text, surface)
    for curve in svg.PALETTE:
        assert contrast(colours[curve], colours["page"]) >= 3, curve
    for name, colour in svg.PALETTE.items():
        assert light[name] == colour


def test_every_colour_of_a_picture_is_left_to_the_theme(html: str) -> None:
    inside = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    for colour in svg.COLOURS:
        assert not any(re.search(rf"(?:fill|stroke): {colour}", svg) for svg in inside)


def test_captions_of_the_workflow_report_are_there_and_short() -> None:
    folder = Path(__file__).parents[2] / "workflow" / "report"
    names = sorted(file.stem for file in folder.glob("*.rst"))
    for name in names:
        text = (folder / f"{name}.rst").read_text("utf-8")
        assert 10 <= len(text.split()) <= 100, name
