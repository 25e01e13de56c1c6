import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from dxtransfer.evidence.efficiency import patients_per_budget
from dxtransfer.evidence.evaluate import evaluate
from dxtransfer.evidence.intervals import patient_weights
from dxtransfer.evidence.measures import MEASURES

SETTINGS = {"classes": ["control", "case"], "positive": "case", "level": 0.9, "seed": 7}
ROWS = ["repeat", "fold", "sample"]
REFERENCE = ("none", "logistic_l2")


def make_splits(*, patients=24, samples=1, repeats=2, folds=3, budgets=(4, 8), draws=1, seed=0):
    """Patients dealt to folds by class; each has one label and ``samples`` samples."""
    rng = np.random.default_rng(seed)
    case = np.arange(patients) % 3 == 0
    rows = []
    for repeat in range(1, repeats + 1):
        fold = np.empty(patients, int)
        for members in (np.flatnonzero(case), np.flatnonzero(~case)):
            fold[rng.permutation(members)] = np.arange(len(members)) % folds + 1
        for f in range(1, folds + 1):
            parts = [("test", np.nan, np.flatnonzero(fold == f))]
            parts += [
                ("train", d + 1, rng.permutation(np.flatnonzero(fold != f))) for d in range(draws)
            ]
            for part, draw, members in parts:
                for place, p in enumerate(members):
                    budget = next((str(b) for b in budgets if place < b), "all")
                    for s in range(samples):
                        rows.append(
                            {
                                "repeat": repeat,
                                "fold": f,
                                "part": part,
                                "draw": draw,
                                "sample": f"p{p:02d}s{s}",
                                "patient": f"p{p:02d}",
                                "label": "case" if case[p] else "control",
                                "inner_fold": np.nan if part == "test" else place % 3 + 1,
                                "budget": np.nan if part == "test" else budget,
                            }
                        )
    return pd.DataFrame(rows)


def predict(splits, score, *, strategy=REFERENCE, budget="all", draw=1):
    """Long predictions of one run: ``score`` gives a test row's probability of a case."""
    test = splits[splits["part"] == "test"]
    p = np.array([score(row) for row in test.itertuples()])
    tables = [
        pd.DataFrame(
            {
                "objective": strategy[0],
                "strategy": strategy[1],
                "repeat": test["repeat"].to_numpy(),
                "fold": test["fold"].to_numpy(),
                "inner_fold": 0,
                "budget": budget,
                "draw": draw,
                "sample": test["sample"].to_numpy(),
                "output": output,
                "value": value,
            }
        )
        for output, value in (("control", 1 - p), ("case", p))
    ]
    return pd.concat(tables, ignore_index=True)


def inner_of(splits, score, *, strategy=REFERENCE):
    """Inner predictions: each training sample by the model of the inner fold that holds it out."""
    training = splits[(splits["part"] == "train") & (splits["draw"] == 1)]
    made = predict(training.assign(part="test"), score, strategy=strategy)
    return made.assign(inner_fold=np.tile(training["inner_fold"].astype(int), 2))


def noisy(seed, *, signal=1.0, digits=2, by="patient"):
    """Scores with ties; the same for all samples of a patient within a repeat."""

    def score(row):
        word = f"{seed} {getattr(row, by)} {row.repeat}".encode()
        noise = np.random.default_rng(list(word)).normal()
        return round(1 / (1 + np.exp(-noise - signal * ((row.label == "case") - 0.4))), digits)

    return score


def run(predictions, splits, *, resamples=200, **settings):
    return evaluate(predictions, splits, resamples=resamples, **{**SETTINGS, **settings})


def pick(table, measure, *, strategy=REFERENCE, budget="all"):
    at = (table["objective"] == strategy[0]) & (table["strategy"] == strategy[1])
    rows = table[at & (table["budget"] == budget) & (table["measure"] == measure)]
    assert len(rows) == 1
    return rows.iloc[0]


def scored(predictions, splits):
    test = splits.loc[splits["part"] == "test", [*ROWS, "patient", "label"]]
    cases = predictions[predictions["output"] == "case"]
    return cases.merge(test, on=ROWS).assign(y=lambda table: table["label"] == "case")


@pytest.fixture
def splits():
    return make_splits(draws=2)


@pytest.fixture
def study(splits):
    """Two strategies, two budgets, two draws at the small one, and inner predictions."""
    tables = []
    for number, strategy in enumerate([REFERENCE, ("pca", "linear_probe")]):
        for budget, draw in (("4", 1), ("4", 2), ("all", 1)):
            score = noisy(f"{number} {budget} {draw}", signal=1 + number)
            tables.append(predict(splits, score, strategy=strategy, budget=budget, draw=draw))
    return pd.concat([*tables, inner_of(splits, noisy("inner"))], ignore_index=True)


def test_tables_have_the_columns_of_the_contract(study, splits):
    found = run(study, splits)
    front = ["objective", "strategy"]
    assert list(found.metrics) == [
        *front, "budget", "measure", "estimate", "low", "high", "patients", "samples", "prevalence"
    ]  # fmt: skip
    assert list(found.comparisons) == [
        *front, "reference", "budget", "measure", "difference", "low", "high"
    ]  # fmt: skip
    assert list(found.label_efficiency) == [
        *front, "budget", "patients", "measure", "estimate", "low", "high",
        "difference", "difference_low", "difference_high",
    ]  # fmt: skip
    assert list(found.calibration) == [
        *front, "bin", "predicted", "observed", "low", "high", "samples"
    ]  # fmt: skip
    assert list(found.confusion) == [*front, "actual", "predicted", "samples", "share"]
    assert list(found.curves) == [*front, "curve", "x", "y"]
    assert len(found.metrics) == 2 * 2 * len(MEASURES)
    assert set(found.comparisons["reference"]) == {"none.logistic_l2"}
    assert set(found.comparisons["strategy"]) == {"linear_probe"}
    assert len(found.curves) == 2 * 2 * 101


def test_only_outer_predictions_are_scored(study, splits):
    outer = study[study["inner_fold"] == 0]
    pd.testing.assert_frame_equal(run(study, splits).metrics, run(outer, splits).metrics)


@pytest.mark.parametrize(
    ("measure", "theirs"),
    [("auroc", roc_auc_score), ("average_precision", average_precision_score)],
)
@pytest.mark.parametrize("budget", ["4", "all"])
def test_ranking_measures_are_means_over_folds_draws_and_repeats(
    study, splits, measure, theirs, budget
):
    table = scored(study[study["inner_fold"] == 0], splits)
    table = table[(table["strategy"] == "linear_probe") & (table["budget"] == budget)]
    expected = [theirs(t["y"], t["value"]) for _, t in table.groupby(["repeat", "fold", "draw"])]
    found = run(study, splits).metrics
    row = pick(found, measure, strategy=("pca", "linear_probe"), budget=budget)
    assert row["estimate"] == pytest.approx(np.mean(expected))
    assert row["low"] < row["estimate"] < row["high"]
    assert (row["patients"], row["samples"], row["prevalence"]) == (24, 24, pytest.approx(1 / 3))


def test_threshold_measures_are_taken_over_a_repeat_and_averaged_over_repeats(splits):
    predictions = predict(splits, noisy(1))
    table = scored(predictions, splits)
    called = table["value"] >= 0.5
    precision = [
        (table["y"] & called)[table["repeat"] == r].sum() / called[table["repeat"] == r].sum()
        for r in (1, 2)
    ]
    row = pick(run(predictions, splits).metrics, "precision")
    assert row["estimate"] == pytest.approx(np.mean(precision))


def test_auroc_is_never_pooled_over_folds(splits):
    # Perfect within each fold, but every fold's scores live in a range of their own.
    predictions = predict(splits, lambda row: 0.3 * row.fold + 0.05 * (row.label == "case") - 0.2)
    table = scored(predictions, splits)
    found = run(predictions, splits).metrics
    assert pick(found, "auroc")["estimate"] == 1
    assert pick(found, "average_precision")["estimate"] == 1
    assert roc_auc_score(table["y"], table["value"]) < 0.75


def test_a_fold_with_one_class_is_left_out_of_ranking_but_not_of_accuracy(splits):
    single = splits.copy()
    single.loc[(single["repeat"] == 1) & (single["fold"] == 1), "repeat"] = 9
    nine = single["repeat"] == 9
    one_class = single[~(nine & (single["label"] == "case") & (single["part"] == "test"))]
    predictions = predict(one_class, noisy(4))
    without = predictions[predictions["repeat"] != 9]
    found = run(predictions, one_class).metrics
    expected = run(without, one_class[one_class["repeat"] != 9]).metrics
    assert pick(found, "auroc")["estimate"] == pytest.approx(pick(expected, "auroc")["estimate"])
    assert pick(found, "accuracy")["estimate"] != pick(expected, "accuracy")["estimate"]


def test_without_any_fold_of_both_classes_auroc_is_empty_and_nothing_warns():
    splits = make_splits(patients=6, folds=6, repeats=1)
    splits["fold"] = splits["sample"].str[1:3].astype(int)
    splits = splits[splits["part"] == "test"].drop_duplicates("sample")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = run(predict(splits, noisy(0)), splits)
    assert np.isnan(pick(found.metrics, "auroc")[["estimate", "low", "high"]].astype(float)).all()
    assert pick(found.metrics, "accuracy")["estimate"] > 0
    assert found.curves["y"].isna().all()


def test_intervals_equal_a_plain_bootstrap_that_repeats_the_patients_rows():
    splits = make_splits(samples=2)
    predictions = predict(splits, noisy(3, by="sample"))
    table = scored(predictions, splits)
    names = sorted(table["patient"].unique())
    values = []
    for drawn in patient_weights(len(names), resamples=60, seed=SETTINGS["seed"])[1:]:
        copies = table["patient"].map(dict(zip(names, drawn.astype(int), strict=True)))
        resample = table.loc[table.index.repeat(copies)]
        folds = [
            fold for _, fold in resample.groupby(["repeat", "fold"]) if fold["y"].nunique() == 2
        ]
        values.append(np.mean([roc_auc_score(fold["y"], fold["value"]) for fold in folds]))
    row = pick(run(predictions, splits, resamples=60).metrics, "auroc")
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile(values, [0.05, 0.95])))


def test_duplicating_a_patients_samples_does_not_narrow_the_interval():
    one, four = make_splits(samples=1), make_splits(samples=4)
    single = run(predict(one, noisy(5)), one).metrics
    copied = run(predict(four, noisy(5)), four).metrics
    columns = ["estimate", "low", "high"]
    assert copied[columns].to_numpy() == pytest.approx(single[columns].to_numpy())
    assert copied["patients"].unique() == 24
    assert copied["samples"].unique() == 96

    # The same copies taken for patients of their own would look far more certain.
    naive = four.assign(patient=four["sample"])
    width = [
        np.subtract(*pick(table, "accuracy")[["high", "low"]])
        for table in (run(predict(naive, noisy(5, by="patient")), naive).metrics, copied)
    ]
    assert width[0] < width[1]


def test_difference_to_an_identical_strategy_is_zero_in_every_resample(splits):
    twin = ("pca", "linear_probe")
    tables = [predict(splits, noisy(6), strategy=s) for s in (REFERENCE, twin)]
    found = run(pd.concat(tables), splits)
    assert (found.comparisons[["difference", "low", "high"]] == 0).all(axis=None)
    row = pick(found.metrics, "accuracy", strategy=twin)
    assert row["low"] < row["high"]


def test_differences_are_paired_over_the_same_resamples(splits):
    other = ("pca", "linear_probe")

    def shifted(row):
        return min(noisy(6)(row) + 0.05, 1.0)

    tables = [predict(splits, noisy(6)), predict(splits, shifted, strategy=other)]
    found = run(pd.concat(tables), splits)
    difference = pick(found.comparisons, "brier", strategy=other)
    alone = [pick(found.metrics, "brier", strategy=s) for s in (REFERENCE, other)]
    assert difference["difference"] == pytest.approx(alone[1]["estimate"] - alone[0]["estimate"])
    unpaired = np.hypot(*[row["high"] - row["low"] for row in alone])
    assert difference["high"] - difference["low"] < unpaired / 2


def test_the_result_depends_on_the_seed_and_on_no_row_order(study, splits):
    first = run(study, splits)
    again = run(study.sample(frac=1, random_state=1), splits.sample(frac=1, random_state=2))
    for name in (
        "metrics",
        "comparisons",
        "label_efficiency",
        "calibration",
        "confusion",
        "curves",
    ):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name))
    other = run(study, splits, seed=8).metrics
    pd.testing.assert_series_equal(first.metrics["estimate"], other["estimate"])
    assert not first.metrics["low"].equals(other["low"])


def test_budgets_and_rows_are_told_apart_when_a_table_was_read_as_text(study, splits):
    text = splits.astype({"repeat": str, "fold": str})
    pd.testing.assert_frame_equal(run(study, splits).metrics, run(study, text).metrics)


def test_a_wider_level_gives_a_wider_interval(study, splits):
    narrow, wide = (run(study, splits, level=level).metrics for level in (0.5, 0.95))
    assert (wide["low"] <= narrow["low"]).all()
    assert (wide["high"] >= narrow["high"]).all()
    assert pick(wide, "auroc")["high"] > pick(narrow, "auroc")["high"]


def test_label_efficiency_counts_labelled_training_patients_of_nested_budgets():
    splits = make_splits(samples=3, draws=2)
    assert patients_per_budget(splits, ["4", "8", "all"]) == {"4": 4, "8": 8, "all": 16}
    few = splits[~((splits["part"] == "train") & (splits["fold"] == 1) & (splits["budget"] == "4"))]
    assert patients_per_budget(few, ["4"]) == {"4": pytest.approx(4 * 2 / 3)}


def test_a_patient_counts_from_the_budget_of_its_first_labelled_sample():
    splits = make_splits(samples=2)
    late = (splits["budget"] == "4") & splits["sample"].str.endswith("s1")
    splits.loc[late, "budget"] = "8"
    assert patients_per_budget(splits, ["4", "8"]) == {"4": 4, "8": 8}


def test_budgets_rise_as_numbers_and_all_comes_last(splits):
    tables = [predict(splits, noisy(b), budget=b) for b in ("all", "16", "8", "100")]
    table = run(pd.concat(tables), splits).label_efficiency
    assert table["budget"].unique().tolist() == ["8", "16", "100", "all"]


def test_label_efficiency_holds_both_ranking_measures_with_their_differences(study, splits):
    found = run(study, splits)
    table = found.label_efficiency
    assert set(table["measure"]) == {"auroc", "average_precision"}
    assert table.drop_duplicates("budget")["budget"].tolist() == ["4", "all"]
    probe = pick(table, "auroc", strategy=("pca", "linear_probe"), budget="4")
    compared = pick(found.comparisons, "auroc", strategy=("pca", "linear_probe"), budget="4")
    assert probe["patients"] == 4
    assert probe["difference"] == compared["difference"]
    assert (probe["difference_low"], probe["difference_high"]) == (
        compared["low"],
        compared["high"],
    )
    assert np.isnan(pick(table, "auroc", budget="4")["difference"])


def test_calibration_averages_a_samples_predictions_over_repeats_first(splits):
    predictions = predict(splits, lambda row: {1: 0.2, 2: 0.4}[row.repeat])
    table = run(predictions, splits).calibration
    assert table["predicted"].tolist() == pytest.approx([0.3])
    assert table["observed"].tolist() == pytest.approx([1 / 3])
    assert table["samples"].tolist() == [24]


def test_calibration_confusion_and_curves_average_over_draws(splits):
    tables = [predict(splits, lambda row, p=p: p, draw=d) for d, p in ((1, 0.1), (2, 0.7))]
    found = run(pd.concat(tables), splits)
    assert found.calibration["predicted"].tolist() == pytest.approx([0.4])
    assert found.confusion["share"].tolist() == pytest.approx([0.5] * 4)
    right = predict(splits, lambda row: 0.1 + 0.8 * (row.label == "case"), draw=2)
    table = run(pd.concat([tables[0], right]), splits).curves
    roc = table[table["curve"] == "roc"].set_index("x")["y"]
    assert roc.loc[0.4] == pytest.approx((1 + 0.4) / 2)


def test_confusion_counts_are_means_over_repeats_and_shares_of_the_actual_class(splits):
    # Repeat 1 calls every case, repeat 2 none; controls are always right.
    predictions = predict(
        splits, lambda row: 0.9 if row.repeat == 1 and row.label == "case" else 0.1
    )
    table = run(predictions, splits).confusion
    cells = list(zip(table["actual"], table["predicted"], strict=True))
    assert cells == [
        ("control", "control"),
        ("control", "case"),
        ("case", "control"),
        ("case", "case"),
    ]
    assert table["samples"].tolist() == pytest.approx([16, 0, 4, 4])
    assert table["share"].tolist() == pytest.approx([1, 0, 0.5, 0.5])


def test_the_positive_class_may_be_the_first(splits):
    predictions = predict(splits, noisy(2))
    found = run(predictions, splits, positive="control").metrics
    assert pick(found, "auroc")["prevalence"] == pytest.approx(2 / 3)
    mirrored = pick(run(predictions, splits).metrics, "auroc")
    assert pick(found, "auroc")["estimate"] == pytest.approx(mirrored["estimate"])


def test_curves_are_means_over_folds_on_a_fixed_grid(splits):
    perfect_in_one = predict(
        splits, lambda row: 0.5 if row.fold > 1 else 0.1 + 0.8 * (row.label == "case")
    )
    table = run(perfect_in_one, splits).curves
    roc = table[table["curve"] == "roc"].set_index("x")["y"]
    assert roc.index.tolist() == (np.arange(101) / 100).tolist()
    # Two folds on the diagonal, one at 1.
    assert roc.loc[0.4] == pytest.approx((1 + 0.4 + 0.4) / 3)


def outer_row(study, number=0):
    return study.index[study["inner_fold"] == 0][number]


def test_a_prediction_without_a_test_row_is_refused_by_name(study, splits):
    study.loc[outer_row(study), "sample"] = "stranger"
    with pytest.raises(ValueError, match=r"no such test sample.*logistic_l2.*'stranger'"):
        run(study, splits)


def test_a_prediction_in_the_wrong_fold_is_refused(study, splits):
    study["fold"] = study["fold"] % 3 + 1
    with pytest.raises(ValueError, match="no such test sample"):
        run(study, splits)


def test_a_missing_test_sample_is_refused_by_name(study, splits):
    gone = (study["strategy"] == "linear_probe") & (study["budget"] == "4") & (study["draw"] == 2)
    gone &= (study["sample"] == "p05s0") & (study["repeat"] == 2)
    assert gone.sum() == 2
    message = r"without a prediction: pca.linear_probe budget 4 draw 2, repeat 2 .*'p05s0'"
    with pytest.raises(ValueError, match=message):
        run(study[~gone], splits)


def test_half_a_prediction_is_refused_by_name(study, splits):
    half = study.drop(index=outer_row(study))
    with pytest.raises(ValueError, match=r"without a prediction.*output 'control'"):
        run(half, splits)


def test_a_double_prediction_is_refused_by_name(study, splits):
    row = study.loc[[outer_row(study, 5)]]
    with pytest.raises(ValueError, match=f"predicted twice.*{row['sample'].iloc[0]}"):
        run(pd.concat([study, row]), splits)


@pytest.mark.parametrize("value", [-0.01, 1.01, np.nan, np.inf])
def test_a_value_that_is_no_probability_is_refused_by_name(study, splits, value):
    at = outer_row(study, 7)
    study.loc[at, "value"] = value
    with pytest.raises(ValueError, match=f"no probability.*{study.loc[at, 'sample']}"):
        run(study, splits)


def test_probabilities_that_do_not_sum_to_one_are_refused_by_name(study, splits):
    at = outer_row(study, 3)
    study.loc[at, "value"] *= 0.9
    with pytest.raises(ValueError, match=f"do not sum to 1.*{study.loc[at, 'sample']}"):
        run(study, splits)


def test_rounding_of_single_precision_is_accepted(study, splits):
    study["value"] = study["value"].astype(np.float32).astype(float)
    assert len(run(study, splits).metrics)


def test_an_unknown_output_is_refused(study, splits):
    study.loc[outer_row(study), "output"] = "healthy"
    with pytest.raises(ValueError, match=r"not a class.*'healthy'"):
        run(study, splits)


def test_splits_that_contradict_themselves_are_refused(study, splits):
    first = splits.index[splits["part"] == "test"][0]
    sample = splits.loc[first, "sample"]
    with pytest.raises(ValueError, match=f"listed twice.*{sample}"):
        run(study, pd.concat([splits, splits.loc[[first]]]))
    for column, value in (("patient", "somebody"), ("label", "case")):
        changed = splits.copy()
        other = "control" if changed.loc[first, column] == "case" else value
        changed.loc[first, column] = other
        with pytest.raises(ValueError, match=f"{sample}.*more than one {column}"):
            run(study, changed)
    empty = splits.copy()
    empty.loc[first, "label"] = np.nan
    with pytest.raises(ValueError, match=f"empty cell.*{sample}"):
        run(study, empty)
    unknown = splits.replace({"label": {"case": "tumour"}})
    with pytest.raises(ValueError, match="'tumour'"):
        run(study, unknown)


def test_a_training_sample_without_a_budget_is_refused_by_name(study, splits):
    first = splits.index[splits["part"] == "train"][0]
    splits.loc[first, "budget"] = np.nan
    with pytest.raises(ValueError, match=f"{splits.loc[first, 'sample']}.*no budget"):
        run(study, splits)


def test_a_missing_reference_is_refused(study, splits):
    with pytest.raises(ValueError, match="0 strategies named 'elastic_net'"):
        run(study, splits, reference="elastic_net")
    without = study[~((study["strategy"] == "logistic_l2") & (study["budget"] == "4"))]
    with pytest.raises(ValueError, match=r"pca.linear_probe has budget 4"):
        run(without, splits)


def test_a_positive_that_is_no_class_is_refused(study, splits):
    with pytest.raises(ValueError, match="'tumour'"):
        run(study, splits, positive="tumour")
