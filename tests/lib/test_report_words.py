"""One name for each model, the words of the field explained, and the group that fares worst."""

import re
import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from report_evidence import CONTRASTS, explanation_tables
from report_tables import MODELS, SHIPPED, example

from dxtransfer.report.calibration_words import told_calibration
from dxtransfer.report.glossary import GLOSSARY, entries
from dxtransfer.report.groups import worst_group
from dxtransfer.report.kinds import KINDS
from dxtransfer.report.names import REFERENCE, Models
from dxtransfer.report.page import page

# Earlier names of the three models; "quality control" and the like are something else.
RETIRED = r"\breference\b|\bthe control\b|without source|\bL2 logistic\b(?! reg)"


@pytest.fixture(scope="module")
def made() -> SimpleNamespace:
    inputs = example()
    return SimpleNamespace(inputs=inputs, html=page(**vars(inputs), **explanation_tables()))


def seen(html: str) -> str:
    """What a reader sees, as one line."""
    body = re.sub(r"<(style|script|code).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", body).split())


def test_no_model_has_a_second_name(made: SimpleNamespace) -> None:
    text = seen(made.html)
    assert re.findall(RETIRED, text) == []
    assert text.count("the same method without") == 1, "where the name is explained"
    for name in ("transfer model", "target-only model", "simple model"):
        assert name in text
    head = text[: text.index("For research.")]
    assert "a model first learns from 3 other cohorts (the source, 583 samples)" in head
    assert "target-only model, the same method without the other" in head


def test_a_picture_names_the_models_as_the_text_does(made: SimpleNamespace) -> None:
    named = {"Transfer model", "Target-only model", "Simple model"}
    for key in ("verdict", "strategies", "label_efficiency"):
        texts = {
            "".join(e.itertext()).strip()
            for e in ElementTree.fromstring(made.inputs.figures[key]).iter()
            if e.tag.endswith("}text")
        }
        assert named <= texts, key


def test_each_name_stands_once_beside_that_of_the_configuration(made: SimpleNamespace) -> None:
    table = made.html[made.html.index("<caption>Names of the models") :].split("</table>")[0]
    rows = [seen(row) for row in table.split("<tr>")[2:]]
    assert rows[0].startswith("Transfer modelshipped model ensemble linear")
    assert rows[1].startswith("Target-only model ensemble_target")
    assert rows[2].startswith("Simple model logistic_l2")
    members = made.inputs.evaluation["metrics"][["objective", "strategy"]].drop_duplicates()
    assert len(rows) == len(members)


def test_a_target_only_model_of_another_method_is_not_called_the_same() -> None:
    def same(transfer: str, control: str) -> bool:
        return Models("binary", ("linear", transfer), ("none", control), REFERENCE).same_method

    assert same("ensemble", "ensemble_target") and same("full_finetune", "from_scratch")
    assert not same("ensemble", "random_forest") and not same("full_finetune", "ensemble_target")


def test_every_word_that_is_linked_is_explained_and_linked_once(made: SimpleNamespace) -> None:
    links = re.findall(r'class="term" href="#([^"]+)"', made.html)
    assert len(links) == len(set(links)) >= 15
    anchors = {entry.anchor for entry in entries("binary")}
    assert set(links) <= anchors
    assert all(made.html.count(f'id="{anchor}"') == 1 for anchor in anchors)


def test_a_page_explains_no_word_of_another_kind_of_task() -> None:
    words = {kind: {entry.word for entry in entries(kind)} for kind in KINDS}
    assert "AUROC" in words["binary"] and "AUROC" not in words["survival"]
    assert "C-index" in words["survival"] and "C-index" not in words["multiclass"]
    assert "Mean absolute error" in words["regression"] and "MCC" not in words["regression"]
    assert [e.word.lower() for e in GLOSSARY] == sorted(e.word.lower() for e in GLOSSARY)


def groups(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    """Group, estimate, and the ends of its difference to all others."""
    columns = ["group", "estimate", "difference_low", "difference_high"]
    told = pd.DataFrame(rows, columns=columns).assign(subgroup="sex", patients=21, reason="")
    told["difference"] = (told["difference_low"] + told["difference_high"]) / 2
    told["low"], told["high"] = told["estimate"] - 0.1, told["estimate"] + 0.1
    return told.assign(objective=SHIPPED[0], strategy=SHIPPED[1])


def test_the_verdict_names_the_group_in_which_the_shipped_model_does_worst() -> None:
    rows = groups(("a", 0.70, -0.30, 0.10), ("b", 0.75, -0.20, -0.02), ("c", 0.72, -0.25, -0.01))
    told = worst_group(rows, MODELS)
    assert "“sex: c” (AUROC 0.72 [0.62, 0.82], 21 patients)" in told
    assert "the shipped model (the transfer model) does worst" in told
    assert "\N{MINUS SIGN}0.13 [\N{MINUS SIGN}0.25, \N{MINUS SIGN}0.01]" in told
    assert "So it was in 1 other group." in told


def test_a_group_that_is_not_told_apart_is_not_called_worse() -> None:
    told = worst_group(groups(("a", 0.80, -0.1, 0.2), ("b", 0.75, -0.2, 0.02)), MODELS)
    assert told.startswith("No group is told apart") and "“sex: b” (AUROC 0.75" in told
    errors = Models("regression", CONTRASTS["transfer"], CONTRASTS["control"], SHIPPED)
    told = worst_group(groups(("a", 4.0, -0.1, 0.2), ("b", 3.0, -0.2, 0.02)), errors)
    assert "“sex: a” (mean absolute error 4.00" in told, "more error is worse"


def test_that_no_group_can_be_named_has_its_reason() -> None:
    nobody = groups(("a", np.nan, np.nan, np.nan))
    assert "every group that was asked for is too small" in worst_group(nobody, MODELS)
    assert "no group of patients was asked for" in worst_group(nobody.iloc[:0], MODELS)


def test_the_answer_stands_by_the_verdict_and_says_of_what_it_is(made: SimpleNamespace) -> None:
    top = seen(made.html[made.html.index('id="verdict"') : made.html.index('id="whom"')])
    subgroups = made.inputs.evaluation["subgroups"]
    assert worst_group(subgroups, MODELS) in top
    assert "Whether the transfer helps in one group more than in another was not tested" in top
    assert "These figures are of the shipped model, the transfer model, not of the gain." in seen(
        made.html
    )


@pytest.mark.parametrize(
    ("slope", "large", "told"),
    [
        ((0.7, 1.4), (-0.3, 0.2), "Nothing was found against it"),
        ((1.2, 3.0), (-0.3, 0.2), "Not as they are: they are too timid"),
        ((0.2, 0.8), (0.1, 0.9), "too near 0 and 1; and they are too low: case is more common"),
        ((0.7, 1.4), (-0.9, -0.1), "they are too high: case is less common than they say."),
        ((float("nan"),) * 2, (0.1, 0.9), ""),
    ],
)
def test_whether_probabilities_can_be_taken_at_their_word_is_said(slope, large, told):
    rows = pd.DataFrame(
        [
            ("pca", "l2_sp", "case", "slope", *slope),
            ("pca", "l2_sp", "case", "in_the_large", *large),
            ("pca", "l2_sp", "control", "slope", 9.0, 9.0),
            ("none", "majority", "case", "slope", 9.0, 9.0),
        ],
        columns=["objective", "strategy", "output", "measure", "low", "high"],
    )
    found = told_calibration(rows, ("pca", "l2_sp"), positive="case")
    assert told in found and bool(told) == bool(found)
    assert told_calibration(rows, ("pca", "l2_sp"), positive="") == ""
