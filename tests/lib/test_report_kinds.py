"""The page and its pictures show what fits the kind of task, and nothing of another kind."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict
from types import SimpleNamespace

import pandas as pd
import pytest
from outcome_tables import NAMES, tables
from report_tables import example

from dxtransfer.evidence.evaluate import evaluate
from dxtransfer.evidence.verdict import verdict
from dxtransfer.report import figures, kind_figures
from dxtransfer.report.evidence_figures import evidence
from dxtransfer.report.kinds import KINDS
from dxtransfer.report.names import Models
from dxtransfer.report.page import page

SHIPPED = ("none", "linear")
REFERENCE = ("none", "logistic_l2")
CONTRASTS = {"transfer": SHIPPED, "control": REFERENCE, "simple": REFERENCE}
TASKS = {
    "multiclass": {"kind": "multiclass", "label": "state"},
    "regression": {"kind": "regression", "label": "age & <sex>"},
    "survival": {"kind": "survival", "time": "months", "event": "died", "event_values": [1]},
}
DRAWN = {
    "multiclass": {"roc", "pr", "calibration"},
    "regression": {"scatter", "reliability"},
    "survival": {"kaplan_meier"},
}
NAMED = {"auroc": "AUROC", "concordance": "Concordance", "c_index": "C-index"}
PREDICTED = {
    "multiclass": {"predicted_class": "mild", "p_mild": 0.5, "p_severe": 0.3, "p_well": 0.2},
    "regression": {"prediction": 54.321},
    "survival": {"risk": -0.4567, "survival_at_3": 0.9, "survival_at_8.5": 0.67},
}


@pytest.fixture(scope="module", params=TASKS)
def drawn(request):
    """Kind, evaluation and pictures."""
    task = TASKS[request.param]
    predictions, splits = tables(request.param)
    found = evaluate(
        predictions, splits, task=request.param, classes=NAMES, resamples=100, level=0.9, seed=1
    )
    judged, saved = verdict(
        predictions,
        splits,
        task=request.param,
        classes=NAMES,
        **CONTRASTS,
        delta=0.03,
        shipped=SHIPPED,
        always=True,
    )
    found = SimpleNamespace(
        tables={**vars(found), "patients_saved": saved}, verdict=asdict(judged), **vars(found)
    )
    outcome = task.get("time") or task["label"]
    models = Models(request.param, SHIPPED, REFERENCE, SHIPPED)
    pictures = {
        **evidence(found.tables, models, delta=0.03),
        "strategies": figures.strategies(found.metrics, models),
        "label_efficiency": figures.label_efficiency(found.label_efficiency, models),
        **kind_figures.of_kind(
            models,
            found.curves,
            found.calibration,
            prevalence=found.metrics["prevalence"].iloc[-1],
            positive="",
            outcome=outcome,
        ),
    }
    return request.param, found, pictures


def rendered(kind, found, pictures, **more):
    base = vars(example())
    row = {"sample": "n1", "patient": "n1", "status": "predicted", "reason": "", "coverage": 1.0}
    refused = {**dict.fromkeys(PREDICTED[kind]), "status": "refused", "reason": "too little"}
    return page(
        **{
            **base,
            "settings": {**base["settings"], "task": TASKS[kind]},
            "verdict": found.verdict,
            "contrasts": CONTRASTS,
            "evaluation": found.tables,
            "figures": pictures,
            "predictions": {"late": pd.DataFrame([row | PREDICTED[kind], row | refused])},
            "model": {
                "strategy": "linear",
                "objective": "none",
                "kind": kind,
                "classes": NAMES if kind == "multiclass" else [],
                "positive": "",
            },
            **more,
        }
    )


def test_each_kind_has_its_pictures_and_they_are_whole(drawn):
    kind, _, pictures = drawn
    assert set(pictures) == {"strategies", "label_efficiency", "verdict", *DRAWN[kind]}
    for svg in pictures.values():
        assert ElementTree.fromstring(svg).attrib["aria-label"]


def test_the_pictures_name_the_measure_of_the_kind_and_the_simple_model(drawn):
    kind, _, pictures = drawn
    measure = {"multiclass": "AUROC", "regression": "Mean absolute error", "survival": "C-index"}[
        kind
    ]
    assert measure in pictures["strategies"] and "Simple model" in pictures["strategies"]
    assert measure in pictures["label_efficiency"]
    if kind != "multiclass":
        assert "L2 logistic" not in "".join(pictures.values())


def test_thirds_by_risk_are_named_as_the_evaluation_names_them(drawn):
    kind, found, pictures = drawn
    if kind == "survival":
        assert set(found.curves["curve"]) == set(kind_figures.THIRDS)
        assert all(third in pictures["kaplan_meier"] for third in kind_figures.THIRDS)


def test_a_calibration_slope_is_spoken_of_where_there_is_one(drawn):
    kind, found, pictures = drawn
    html = rendered(kind, found, pictures)
    section = html.split('<section id="calibration">')[1].split("</section>")[0]
    assert ("calibration slope" in section) == (kind != "survival")


def test_the_page_tells_the_main_measure_and_shows_what_fits(drawn):
    kind, found, pictures = drawn
    html = rendered(kind, found, pictures)
    flat = " ".join(html.split())
    measure, said = {
        "multiclass": ("auroc", "an AUROC of"),
        "regression": ("mae", "a mean absolute error of"),
        "survival": ("c_index", "a C-index of"),
    }[kind]
    rows = found.metrics[found.metrics["measure"] == measure].query("strategy == 'linear'")
    assert f"{said} {rows['estimate'].iloc[0]:.2f}" in flat
    has_classes = kind == "multiclass"
    assert 'id="calibration"' in html
    assert ("Samples by actual and predicted class" in html) == has_classes
    assert {key for key in ("roc", "scatter", "kaplan_meier") if f'id="figure-{key}"' in html} == (
        DRAWN[kind] & {"roc", "scatter", "kaplan_meier"}
    )
    if kind != "multiclass":
        named = html.replace("logistic_l2", "")
        assert "AUROC" not in named and "logistic" not in named
    if kind == "regression":
        assert "<sex>" not in html


def test_a_prediction_stands_with_its_unit_and_a_refused_one_with_its_reason(drawn):
    kind, found, pictures = drawn
    flat = " ".join(rendered(kind, found, pictures).split())
    assert "Refused: too little" in flat
    for told in {
        "multiclass": ("Probability of the predicted class", "<td>mild</td>", "width:50.0%"),
        "regression": ("Prediction", "<td>54.32</td>"),
        "survival": ("Risk", "\N{MINUS SIGN}0.46", "Without the event at 8.5", "width:67.0%"),
    }[kind]:
        assert told in flat


@pytest.mark.parametrize(
    ("held_out", "said"),
    [
        ("cohorts", "on source cohorts that they did not see"),
        ("patients", "on source patients that they did not see"),
    ],
)
def test_what_linear_models_of_the_source_were_judged_on_is_told(drawn, held_out, said):
    measure = {"multiclass": "auroc", "regression": "concordance", "survival": "c_index"}[drawn[0]]
    rows = [
        {"model": "one", measure: 0.75, "kept": 1, "held_out": held_out},
        {"model": "two", measure: 0.5, "kept": 0, "held_out": held_out},
    ]
    flat = " ".join(rendered(*drawn, history={"linear": pd.DataFrame(rows)}).split())
    assert f"1 of 2 models averaged, {NAMED[measure]} 0.75 {said}" in flat


def test_an_ensemble_is_not_said_to_choose_in_inner_folds_alone(drawn):
    flat = " ".join(rendered(*drawn).split())
    assert "every choice is made in" not in flat
    assert "ensembles weigh their members by leaving out one sample at a time" in flat


def test_a_strategy_in_a_sentence_keeps_the_capital_of_an_abbreviation():
    models = Models("binary", ("linear", "l2_sp"), REFERENCE, REFERENCE)
    assert models.in_text(("linear", "l2_sp")) == "transfer model"
    models = Models("binary", SHIPPED, REFERENCE, SHIPPED)
    assert models.in_text(("linear", "l2_sp")) == "L2-SP"
    assert models.in_text(("linear", "ensemble")) == "ensemble"


def test_the_verdict_of_every_kind_is_told_in_its_measure(drawn):
    kind, found, pictures = drawn
    flat = " ".join(rendered(kind, found, pictures).split())
    primary = found.verdict["contrasts"]["transfer - control"]
    sign = "+" if primary["estimate"] > 0 else "\N{MINUS SIGN}"
    text = re.sub("<[^>]+>", "", flat)
    assert (
        f"{KINDS[kind].gain} the target-only model is {sign}{abs(primary['estimate']):.2f} ["
        in text
    )
    assert ("in the unit of age &amp; &lt;sex&gt;" in flat) == (kind == "regression")
    assert "2 repeats of the cross-validation, where 10 are the least" in text
