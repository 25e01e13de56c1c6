"""The top of a page: the verdict in words, with the numbers of its tables."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from report_evidence import (
    CANNOT_BE_TOLD,
    CONTRASTS,
    GAINS,
    NO_DIFFERENCE,
    gain,
    saved_patients,
    verdict_record,
)
from report_tables import example
from simulated_pages import STUDIES, simulated

from dxtransfer.evidence.verdict import CANNOT_BE_TOLD as CANNOT
from dxtransfer.evidence.verdict import HELPS, HURTS
from dxtransfer.evidence.verdict import NO_DIFFERENCE as NONE
from dxtransfer.report.names import Models
from dxtransfer.report.page import page
from dxtransfer.report.verdict_words import HEADLINES, saved_words, told_verdict

OWN = {"estimate": 0.812, "low": 0.701, "high": 0.903}
MODELS = Models("binary", CONTRASTS["transfer"], CONTRASTS["control"], CONTRASTS["transfer"])
SAID = {
    "helps": "Transfer helps",
    "hurts": "Transfer hurts",
    NO_DIFFERENCE: "Transfer makes no difference that matters",
    CANNOT_BE_TOLD: "Whether transfer helps cannot be told from these patients",
}


def told(record, **more):
    settings = {"models": MODELS, "own": OWN, "target": "clinic"}
    return told_verdict(record, saved_patients(), **{**settings, **more})


def plain(html: str) -> str:
    """What a reader sees above the section on performance, as one line."""
    body = re.sub(r"<(style|script|svg|nav).*?</\1>", " ", html, flags=re.DOTALL)
    words = " ".join(re.sub(r"<[^>]+>", " ", body).split())
    return words[: words.index("How well the diagnosis is told")]


def written(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


@pytest.fixture(scope="module", params=STUDIES)
def study(request) -> SimpleNamespace:
    made = simulated(request.param)
    return SimpleNamespace(truth=request.param, made=made, seen=plain(page(**made)))


def test_every_verdict_has_its_words() -> None:
    assert set(HEADLINES) == {HELPS, HURTS, NONE, CANNOT} == set(SAID)
    assert {found: HEADLINES[found][0] for found in SAID} == SAID


@pytest.mark.parametrize("found", SAID)
def test_the_first_sentence_gives_the_verdict_and_the_gain_with_its_interval(found: str) -> None:
    words = told(verdict_record(found))
    low, high = (written(end) for end in GAINS[found][0][1:])
    assert words.headline == SAID[found]
    assert f"{written(GAINS[found][0][0])} [{low}, {high}]" in words.sentence
    assert words.sentence[0].isupper() and words.sentence.endswith(".")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ((0.02, 0.004, 0.036), (0.05, 0.01, 0.09), "there is a gain, but perhaps not one"),
        (
            (0.05, 0.01, 0.09),
            (0.02, -0.03, 0.07),
            "but over the simple model, +0.02 [\u22120.03, +0",
        ),
        ((-0.02, -0.036, -0.004), (0, -0.1, 0.1), "there is a loss, but perhaps not one"),
        ((0.02, -0.02, 0.06), (0, -0.1, 0.1), "no difference, but also a gain that matters ("),
        ((-0.02, -0.06, 0.02), (0, -0.1, 0.1), "no difference, but also a loss that matters ("),
        ((0.0, -0.06, 0.06), (0, -0.1, 0.1), "a gain and a loss that matter (0.03 or more)"),
    ],
)
def test_what_cannot_be_told_has_its_reason(first, second, said: str) -> None:
    contrasts = {"transfer - control": gain(*first), "transfer - simple": gain(*second)}
    assert said in told(verdict_record(CANNOT_BE_TOLD, contrasts=contrasts)).sentence


def test_too_few_patients_are_the_reason() -> None:
    record = verdict_record(CANNOT_BE_TOLD, reason="8 patients of the rarer class, where 10 are")
    assert told(record).sentence.startswith("Too little to go by: 8 patients of the rarer")


def test_what_is_shipped_is_told_with_its_reason_and_its_own_figure() -> None:
    helped = " ".join(told(verdict_record("helps")).shipped)
    assert helped.startswith("The transfer model is shipped, because the transfer helps.")
    assert "0.81 [0.70, 0.90]" in helped and "also made the choice" in helped
    failed = " ".join(told(verdict_record(CANNOT_BE_TOLD)).shipped)
    assert "The simple model is shipped, because the transfer was not shown" in failed
    shipped = {"objective": "linear", "strategy": "ensemble"}
    why = "the configuration ships it whatever the verdict"
    always = " ".join(told(verdict_record("hurts", shipped={**shipped, "why": why})).shipped)
    assert "whatever the verdict" in always and "model.ship: always" in always
    assert "also made the choice" not in always
    other = {"objective": "linear", "strategy": "l2_sp", "why": "the transfer helps"}
    assert "another one, the transfer model" in " ".join(
        told(verdict_record("helps", shipped=other)).shipped
    )


def test_holms_correction_is_told_where_there_are_several_targets() -> None:
    many = pd.DataFrame({"target": ["clinic", "other"], "verdict_holm": [CANNOT_BE_TOLD, "helps"]})
    assert any(
        f"becomes: {CANNOT_BE_TOLD}" in s
        for s in told(verdict_record("helps"), over_targets=many).sure
    )
    alone = told(verdict_record("helps"), over_targets=many.iloc[:1]).sure
    assert not any("Holm" in sentence for sentence in alone)


def test_sites_that_are_left_out_one_at_a_time_are_told_as_such() -> None:
    by_site = told(verdict_record("helps", folds=3, repeats=1), by_site=True)
    assert any("3 sites were left out, one at a time" in sentence for sentence in by_site.sure)
    assert "other sites like those of clinic" in by_site.estimand[0]
    assert not any("cross-validation" in sentence for sentence in by_site.sure)


def test_networks_are_said_not_to_be_covered_by_the_simulations() -> None:
    network = Models(
        "binary", ("supervised", "full_finetune"), CONTRASTS["control"], CONTRASTS["transfer"]
    )
    assert any("networks" in s for s in told(verdict_record("helps"), models=network).sure)
    assert not any("networks" in s for s in told(verdict_record("helps")).sure)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"needed": 28, "saved": 12, "low": 3, "high": np.nan}, "12 [3 to more than 22] labelled"),
        ({"needed": 28, "saved": 12, "low": 3, "high": 15}, "needs 28 to do as well"),
        (
            {"needed": 4, "saved": -12, "low": -12, "high": -4},
            "worth none: the target-only model needs 4 or fewer to do as well",
        ),
        (
            {"needed": np.nan, "saved": np.nan, "low": 22.4, "high": np.nan, "beyond": 22.4},
            "worth more than 22 labelled patients: even with 38",
        ),
        (
            {"needed": np.nan, "saved": np.nan, "low": 5, "high": np.nan, "beyond": 22.4},
            "more than 22 [5 to more than 22] labelled patients: even with 38",
        ),
    ],
)
def test_patients_saved_are_told_at_the_middle_budget(changed: dict[str, float], said: str) -> None:
    saved = saved_patients()
    for name, value in changed.items():
        saved.loc[2, name] = value
    words = saved_words(saved)
    assert words.startswith("With 16 labelled patients")
    assert said in words


@pytest.mark.parametrize("found", HEADLINES)
def test_an_open_verdict_does_not_let_patients_saved_pass_for_a_finding(found: str) -> None:
    doubt = (
        "" if found in ("helps", "hurts") else " The verdict does not show that it is worth any."
    )
    assert told(verdict_record(found)).saved == saved_words(saved_patients()) + doubt


def test_one_budget_alone_says_nothing_of_patients_saved() -> None:
    assert saved_words(saved_patients().iloc[-1:]) == ""


def test_the_four_questions_are_answered_before_anything_else(study: SimpleNamespace) -> None:
    record, seen = study.made["verdict"], study.seen
    primary, second = record["contrasts"].values()
    assert record["verdict"] == study.truth
    # did the transfer help?
    assert f"{SAID[study.truth]}." in seen
    assert not any(f"{said}." in seen for found, said in SAID.items() if found != study.truth)
    # by how much?
    for row in (primary, second):
        ends = f"[{written(row['low'])}, {written(row['high'])}]"
        assert f"{written(row['estimate'])} {ends}" in seen
    for value in record["values"].values():
        assert f"{value:.2f}" in seen
    # how sure?
    assert (
        f"{record['patients']} labelled patients ({record['counted']} of the rarer class)" in seen
    )
    assert "5-fold cross-validation (repeats: 10)" in seen and "another hospital" in seen
    # for whom not?
    groups = study.made["evaluation"]["subgroups"]
    member = (record["shipped"]["objective"], record["shipped"]["strategy"])
    own = groups[(groups["objective"] == member[0]) & (groups["strategy"] == member[1])]
    worse = own[own["difference_high"] < 0]
    assert ("the shipped model does less well there." in seen) == bool(len(worse))
    for row in worse.itertuples():
        assert f"In the group {row.subgroup}: {row.group}, the AUROC is {row.estimate:.2f}" in seen
    for row in own[own["reason"] != ""].itertuples():
        assert f"{row.subgroup}: {row.group} ({row.reason})" in seen


def test_groups_that_nobody_asked_for_are_not_passed_over() -> None:
    inputs = vars(example())
    tables = {**inputs["evaluation"], "subgroups": inputs["evaluation"]["subgroups"].iloc[:0]}
    seen = plain(page(**{**inputs, "evaluation": tables}))
    assert "No group was asked for in the configuration" in seen
