"""A new patient gets the same answer alone and among others, or a refusal with its reason."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from grid_study import STRATEGIES
from predicted import (
    LEARNT,
    LIMITS,
    NAMES,
    VOCABULARY,
    bundle_for,
    bundle_of,
    cohort,
    counts,
)

from dxtransfer.cohorts.features import project
from dxtransfer.cohorts.identifiers.mapping import gene_map
from dxtransfer.cohorts.qc import qc
from dxtransfer.errors import InputError
from dxtransfer.learn.predictor import Predictor
from dxtransfer.learn.standardiser import Standardiser
from dxtransfer.learn.transfer.registry import make
from dxtransfer.predict.bundle import Bundle, fit_bundle, load_bundle, save_bundle
from dxtransfer.predict.predict import predict


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("task", LEARNT)
def test_for_every_task_a_patient_alone_equals_the_same_patient_among_others(task, name, tmp_path):
    save_bundle(bundle_for(task, name), tmp_path)
    bundle, values = load_bundle(tmp_path), counts(5, 5)
    values[3] = np.log2(values[3] + 1) * 3
    together = predict(bundle, cohort(values)).drop(columns=["sample", "patient"])
    assert (together["status"] == "refused").sum() == 1
    for i in range(5):
        alone = predict(bundle, cohort(values[i : i + 1])).drop(columns=["sample", "patient"])
        pd.testing.assert_series_equal(
            alone.iloc[0], together.iloc[i], check_names=False, rtol=0, atol=1e-6
        )


def test_several_classes_have_a_probability_each_in_their_own_column():
    bundle, values = bundle_for("multiclass", "logistic_l2"), counts(6, 6)
    table = predict(bundle, cohort(values))
    shares = table[["p_well", "p_mild", "p_severe"]]
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (table["predicted_class"] == shares.idxmax(axis=1).str.removeprefix("p_")).all()
    checked = qc(cohort(counts(24, 1)), settings=LIMITS, role="target")
    X = project(checked.adata, VOCABULARY, method="log_cpm", scale="counts").X
    of_training = bundle.predict(X)
    for name in ("mild", "severe", "well"):
        mine = np.array([label == name for label in LEARNT["multiclass"]["labels"]])
        assert of_training[f"p_{name}"][mine].mean() > of_training[f"p_{name}"][~mine].mean()


def test_a_number_is_one_column_and_survival_a_risk_with_its_falling_curve():
    table = predict(bundle_for("regression", "logistic_l2"), cohort(counts(4, 6)))
    assert list(table.columns[3:]) == ["reason", "prediction", "coverage"]
    assert table["prediction"].between(15, 50).all()
    table = predict(bundle_for("survival", "logistic_l2"), cohort(counts(4, 6)))
    curves = table[[c for c in table if c.startswith("survival_at_")]].to_numpy()
    assert (np.diff(curves, axis=1) <= 0).all() and ((curves > 0) & (curves <= 1)).all()
    order = table["risk"].to_numpy().argsort()
    assert (np.diff(curves[order], axis=0) <= 0).all()


@pytest.fixture(scope="module")
def bundle():
    return bundle_of("logistic_l2")


@pytest.mark.parametrize("method", ["log_cpm", "rank_normal"])
@pytest.mark.parametrize("name", STRATEGIES)
def test_a_patient_alone_equals_the_same_patient_among_others(name, method):
    bundle, values = bundle_of(name, method=method), counts(9, 5)
    values[3] *= 20
    values[4] = np.log2(values[4] + 1) * 3
    together = predict(bundle, cohort(values)).drop(columns=["sample", "patient"])
    for i in range(9):
        alone = predict(bundle, cohort(values[i : i + 1])).drop(columns=["sample", "patient"])
        pd.testing.assert_series_equal(
            alone.iloc[0], together.iloc[i], check_names=False, rtol=0, atol=1e-6
        )


def test_a_prediction_names_the_likelier_class_and_both_probabilities(bundle):
    table = predict(bundle, cohort(counts(12, 6)))
    assert list(table.columns) == [
        *("sample", "patient", "status", "reason", "predicted_class", "p_well", "p_ill", "coverage")
    ]
    assert (table["status"] == "predicted").all()
    assert (table["reason"] == "").all()
    np.testing.assert_allclose(table["p_well"] + table["p_ill"], 1)
    expected = np.where(table["p_ill"] > 0.5, "ill", "well")
    np.testing.assert_array_equal(table["predicted_class"], expected)
    assert (table["coverage"] == 1).all()


def test_values_made_from_all_samples_of_a_file_are_refused(bundle):
    adata = cohort(counts(4, 7))
    adata.uns["dxtransfer"]["relative"] = "40 of 40 features are centred over the samples"
    table = predict(bundle, adata)
    assert (table["status"] == "refused").all()
    assert table["reason"].str.contains("centred over the samples, and a patient has no").all()
    assert table[["p_well", "p_ill"]].isna().all(axis=None)


def test_the_bundles_own_preprocessing_is_applied(bundle):
    values = counts(6, 7)
    library = values.sum(axis=1, keepdims=True)
    X = np.log2(values[:, :40] / library * 1e6 + 1)
    found = predict(bundle, cohort(values))["p_ill"]
    np.testing.assert_allclose(found, bundle.probability(X), atol=1e-6)


def test_features_may_come_in_any_order_and_extra_ones_do_not_count():
    bundle, values = bundle_of("linear_probe", method="rank_normal"), counts(5, 8)
    order = np.random.default_rng(1).permutation(len(NAMES))
    shuffled = cohort(
        np.hstack([values[:, order], counts(5, 9)]),
        names=[*(NAMES[j] for j in order), *(f"H{j}" for j in range(200))],
    )
    one, other = predict(bundle, cohort(values)), predict(bundle, shuffled)
    np.testing.assert_allclose(one["p_ill"], other["p_ill"], atol=1e-6)


def refused(table, i):
    row = table.iloc[i]
    assert row["status"] == "refused"
    assert row["predicted_class"] == ""
    assert np.isnan(row["p_ill"])
    assert np.isnan(row["p_well"])
    return row["reason"]


def test_low_coverage_is_refused_with_its_share(bundle):
    kept = [*NAMES[20:]]
    table = predict(bundle, cohort(counts(3, 10)[:, 20:], names=kept))
    for i in range(3):
        assert refused(table, i) == "only 50% of the model's features are measured, less than 60%"
    np.testing.assert_allclose(table["coverage"], 0.5)
    enough = predict(bundle, cohort(counts(3, 10)[:, 16:], names=NAMES[16:]))
    assert (enough["status"] == "predicted").all()
    np.testing.assert_allclose(enough["coverage"], 0.6)


def test_a_sample_that_quality_control_drops_is_refused_with_its_reason(bundle):
    values = counts(4, 11)
    values[2] = 0
    values[2, :60] = 2
    table = predict(bundle, cohort(values))
    assert refused(table, 2) == "library size 120 below 1,000"
    assert list(table["status"]) == ["predicted", "predicted", "refused", "predicted"]
    assert list(table["sample"]) == ["s00", "s01", "s02", "s03"]


def test_a_cohort_of_which_nothing_is_left_is_refused_row_by_row(bundle):
    table = predict(bundle, cohort(np.zeros((2, len(NAMES)))))
    assert [bool(refused(table, i)) for i in range(2)] == [True, True]


def test_a_sample_on_another_scale_is_refused_by_log_cpm_alone(bundle):
    values = counts(4, 12)
    values[1] = np.log2(values[1] + 1)
    values[1, 0] = 3.5
    table = predict(bundle, cohort(values))
    assert refused(table, 1) == "the values look like log, the model expects counts"
    assert (table["status"] == "predicted").sum() == 3
    ranked = predict(bundle_of("logistic_l2", method="rank_normal"), cohort(values))
    assert (ranked["status"] == "predicted").all()


ENSEMBL = [f"ENSG{j:011d}.{j % 9 + 1}" for j in range(len(NAMES))]
GENES = gene_map(pd.DataFrame({"symbol": NAMES, "ensembl": ENSEMBL, "alias": ""}))


@pytest.mark.parametrize("method", ["log_cpm", "rank_normal"])
def test_ids_of_another_kind_meet_a_model_of_symbols_without_the_mapping_table(method, tmp_path):
    save_bundle(bundle_of("logistic_l2", method=method, mapping=GENES), tmp_path / "model")
    bundle, values = load_bundle(tmp_path / "model"), counts(6, 3)
    expected = predict(bundle, cohort(values))
    assert (expected["status"] == "predicted").all()
    pd.testing.assert_frame_equal(predict(bundle, cohort(values, names=ENSEMBL)), expected)
    alone = predict(bundle, cohort(values[:1], names=ENSEMBL))
    pd.testing.assert_frame_equal(alone, expected[:1], atol=1e-6)


def test_a_bundle_keeps_no_more_of_the_mapping_table_than_its_features(tmp_path):
    save_bundle(bundle_of("logistic_l2", mapping=GENES), tmp_path / "model")
    table = pd.read_csv(tmp_path / "model/identifiers.tsv", sep="\t")
    assert set(table["feature"]) == set(VOCABULARY)
    assert set(table["kind"]) == {"ensembl", "symbol"}


def test_ids_of_another_kind_are_refused_with_what_to_do_where_nothing_maps_them(bundle):
    table = predict(bundle, cohort(counts(3, 4), names=ENSEMBL))
    assert (table["status"] == "refused").all()
    assert (
        "look like Ensembl gene ids, the model's like gene symbols: name a mapping table"
        in table["reason"][0]
    )


def test_another_species_is_refused_before_it_is_predicted(bundle):
    names = [name.replace("ENSG", "ENSMUSG") for name in ENSEMBL]
    with pytest.raises(InputError, match="cohort new: 200 of 200 ids are of mouse"):
        predict(bundle, cohort(counts(3, 4), names=names))


def test_names_that_the_model_takes_as_they_stand_are_not_judged_again():
    probes = [f"ILMN_{j}" for j in range(len(NAMES))]
    first = cohort(counts(24, 1), names=probes)
    with pytest.raises(InputError, match="Illumina probe ids"):
        qc(first, settings=LIMITS, role="target")
    checked = qc(first, settings=LIMITS, role="target", kind="other")
    shipped = bundle_of("logistic_l2")
    taken = {**shipped.settings, "feature_kind": str(checked.summary["feature_kind"])}
    bundle = replace(shipped, vocabulary=probes[:40], settings=taken)
    values = counts(4, 2)
    found = predict(bundle, cohort(values, names=probes))
    expected = predict(shipped, cohort(values))
    pd.testing.assert_frame_equal(found, expected)


# assay, scale and values of a target that its assay's own method brings to one scale
def of_assay(assay, n, seed):
    rng, base = np.random.default_rng(seed), counts(n, seed)
    share = base / base.sum(axis=1, keepdims=True)
    return {
        "metagenome": ("fractions", "clr", share),
        "proteome": ("intensity", "log2_median", np.where(base > 150, base * 1e4, np.nan)),
        "olink": ("npx", "log2", np.log2(base + 1) - 3.3),
        "methylation": ("beta", "m_values", rng.beta(0.5, 0.7, base.shape)),
        "mutations": ("binary", "binary", base > 400),
        "single_cell": ("counts", "log_cp10k", base),
        "microarray_two_colour": ("ratios", "log2", rng.normal(0, 0.8, base.shape)),
    }[assay]


ASSAYS_TRIED = [
    *("metagenome", "proteome", "olink", "methylation", "mutations", "single_cell"),
    "microarray_two_colour",
]


def model_of(assay):
    scale, method, values = of_assay(assay, 24, 1)
    limits = {
        **LIMITS,
        "max_missing_share": 0.9,
        "max_mitochondrial_share": 1.0,
        "min_features_detected": 5,
    }
    checked = qc(cohort(values, assay=assay), settings=limits, role="target")
    assert checked.summary["scale"] == scale
    settings = bundle_of("logistic_l2").settings
    about = {"normalisation": method, "pseudocount": 1e-5, "scales": {assay: scale}, "qc": limits}
    return fit_bundle(
        make("logistic_l2", encoder=None, settings={}, seed=1),
        project(checked.adata, VOCABULARY, method=method, scale=scale, pseudocount=1e-5).X,
        labels=["ill" if i % 2 else "well" for i in range(24)],
        patients=[f"p{i}" for i in range(24)],
        vocabulary=VOCABULARY,
        settings={**settings, **about},
    )


@pytest.mark.parametrize("assay", ASSAYS_TRIED)
def test_a_patient_of_every_assay_is_predicted_alone_as_among_others(assay):
    bundle = model_of(assay)
    values = np.asarray(of_assay(assay, 6, 5)[2], dtype=np.float32)
    together = predict(bundle, cohort(values, assay=assay))
    assert (together["status"] == "predicted").all()
    assert together["p_ill"].nunique() > 1
    for i in range(6):
        alone = predict(bundle, cohort(values[i : i + 1], assay=assay))
        np.testing.assert_allclose(alone["p_ill"][0], together["p_ill"][i], rtol=0, atol=1e-6)


@pytest.mark.parametrize("assay", ASSAYS_TRIED)
def test_a_patient_on_another_scale_is_refused_for_every_assay(assay):
    values = np.asarray(of_assay(assay, 4, 6)[2], dtype=np.float32)
    shares, large = np.linspace(0.01, 0.99, 200), np.linspace(60.25, 9000.75, 200)
    values[1] = shares if assay == "proteome" else large
    table = predict(model_of(assay), cohort(values, assay=assay))
    assert refused(table, 1).startswith("the values look like ")
    assert list(table["status"]) == ["predicted", "refused", "predicted", "predicted"]


def test_a_scale_stated_for_new_patients_is_held_against_the_model(bundle):
    with pytest.raises(InputError, match="states the scale log2, the model expects counts"):
        predict(bundle, cohort(counts(3, 2), scale="log2"))
    stated = predict(bundle, cohort(counts(3, 2), scale="counts"))
    pd.testing.assert_frame_equal(stated, predict(bundle, cohort(counts(3, 2))))


def test_an_assay_that_the_model_does_not_know_is_refused_unless_it_takes_any_scale(bundle):
    with pytest.raises(InputError, match="made from rnaseq with log_cpm"):
        predict(bundle, cohort(counts(3, 2), assay="generic"))
    ranked = bundle_of("logistic_l2", method="rank_normal")
    assert (predict(ranked, cohort(counts(3, 2), assay="generic"))["status"] == "predicted").all()


def test_times_that_agree_in_six_digits_keep_a_column_each():
    predictor = Predictor(None, {0: torch.ones(2).double()}, 0.0, task="survival")
    at = {"times": [3.0, 8.5, 1234567.0, 1234568.0], "hazard": [0.1, 0.2, 0.3, 0.4]}
    standardiser = Standardiser(np.zeros(2), np.ones(2))
    found = Bundle(predictor, standardiser, ["a", "b"], {"kind": "survival", "survival": at})
    names = [name for name in found.predict(np.zeros((1, 2))) if name != "risk"]
    assert names[:2] == ["survival_at_3", "survival_at_8.5"]
    assert [float(name.removeprefix("survival_at_")) for name in names] == at["times"]
