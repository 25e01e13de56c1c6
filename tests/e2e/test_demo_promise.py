"""The demo shows what it is for: a target too small alone, and a source that helps."""

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import roc_auc_score

from dxtransfer.cohorts.features import project, projected_chunks
from dxtransfer.cohorts.normalise import normalise
from dxtransfer.cohorts.store import Store, write_store
from dxtransfer.cohorts.vocabulary import summarise, vocabulary
from dxtransfer.config import checked, read_schema
from dxtransfer.evidence.enrichment import enrich
from dxtransfer.gene_sets import read_gene_sets
from dxtransfer.labels import classes_of, coded
from dxtransfer.learn.grid import run_grid
from dxtransfer.learn.pretrain.registry import OBJECTIVES
from dxtransfer.learn.pretrain.source import Source
from dxtransfer.learn.splits import make_splits
from dxtransfer.learn.transfer.registry import make
from dxtransfer.predict.bundle import fit_bundle
from dxtransfer.predict.explain import explain

SOURCES = ("source_a", "source_b", "source_c")


@pytest.fixture(scope="module")
def settings(finished_study: Path) -> dict:
    """The demo's own configuration, at all labels only."""
    config = yaml.safe_load((finished_study / "config/config.yaml").read_text())
    config["splits"]["budgets"] = ["all"]
    return checked(
        config, schema=read_schema(finished_study / "workflow/schemas/config.schema.yaml")
    )


@pytest.fixture(scope="module")
def cohorts(finished_study: Path) -> dict[str, anndata.AnnData]:
    """The demo's cohorts after quality control, the same in every study."""
    folder = finished_study / "results/small/qc"
    return {name: anndata.read_h5ad(folder / f"{name}.h5ad") for name in (*SOURCES, "target")}


@pytest.fixture(scope="module")
def features(cohorts, settings) -> list[str]:
    summaries = {
        name: summarise(
            [normalise(cohorts[name].X, method="log_cpm", scale="counts")],
            list(cohorts[name].var_names),
        )
        for name in SOURCES
    }
    chosen = {k: settings["features"][k] for k in ("n_features", "min_cohort_share")}
    return vocabulary(summaries, **chosen)["feature"].tolist()


@pytest.fixture(scope="module")
def encoder(cohorts, features, settings, tmp_path_factory):
    """What the demo's shipped model starts from, learnt from the source's labels."""
    folder = tmp_path_factory.mktemp("demo") / "store"
    chunks = (
        (name, projected_chunks(cohorts[name], features, method="log_cpm")) for name in SOURCES
    )
    write_store(folder, chunks, features)
    store, task = Store(folder), settings["task"]
    names = classes_of([row[task["label"]] for row in store.samples], task=task)
    source = Source(store, np.array(coded(names, positive=task["positive"])), settings["seed"])
    objective = settings["model"]["objective"]
    return OBJECTIVES[objective](source, settings=settings["pretrain"])[0]


def auroc(name: str, *, encoder, cohorts, features, settings) -> float:
    """AUROC of a strategy with all labels, by the package's own grid, mean over folds."""
    target, task = cohorts["target"], settings["task"]
    names = classes_of(list(target.obs[task["label"]]), task=task)
    splits = make_splits(
        list(target.obs_names),
        target.obs["patient"].astype(str).tolist(),
        names,
        **settings["splits"],
        seed=settings["seed"],
    )
    predictions = run_grid(
        make(name, encoder=encoder, settings={}, seed=settings["seed"]),
        project(target, features, method="log_cpm", scale="counts").X,
        samples=list(target.obs_names),
        splits=splits,
        classes=list(task["classes"]),
        positive=task["positive"],
    )
    diagnosis = pd.Series(names, index=target.obs_names)
    outer = predictions[
        (predictions["inner_fold"] == 0) & (predictions["output"] == task["positive"])
    ]
    folds = [
        roc_auc_score(diagnosis[fold["sample"]] == task["positive"], fold["value"])
        for _, fold in outer.groupby(["repeat", "fold"])
    ]
    return float(np.mean(folds))


@pytest.mark.slow
def test_the_shipped_transfer_is_better_than_a_target_that_is_hard_but_not_hopeless_alone(
    encoder, cohorts, features, settings
) -> None:
    given = {"cohorts": cohorts, "features": features, "settings": settings}
    alone = auroc("logistic_l2", encoder=None, **given)
    transferred = auroc(settings["model"]["strategy"], encoder=encoder, **given)
    assert settings["model"]["strategy"] == "ensemble"
    assert 0.65 <= alone <= 0.90
    assert transferred > alone


@pytest.mark.slow
def test_the_shipped_model_leans_on_the_programmes_of_the_disease_and_on_no_random_set(
    encoder, cohorts, features, settings, finished_study: Path
) -> None:
    target, task = cohorts["target"], settings["task"]
    samples, patients = list(target.obs_names), target.obs["patient"].astype(str).tolist()
    names = classes_of(list(target.obs[task["label"]]), task=task)
    X = project(target, features, method="log_cpm", scale="counts").X

    def unfitted(seed: int):
        return make(settings["model"]["strategy"], encoder=encoder, settings={}, seed=seed)

    told = {"strategy": "ensemble", "positive": task["positive"], "classes": list(task["classes"])}
    own = {"labels": names, "patients": patients}
    found = explain(
        fit_bundle(unfitted(1), X, vocabulary=features, settings=told, **own),
        X,
        samples=samples,
        **own,
        times=[np.nan] * len(samples),
        splits=make_splits(samples, patients, names, **settings["splits"], seed=settings["seed"]),
        make=unfitted,
        seed=settings["seed"],
        repeats=settings["explanation"]["repeats"],
    )
    sets = read_gene_sets(finished_study / "resources/demo/programmes.gmt")
    given = {"top": settings["explanation"]["top"], "seed": settings["seed"]}
    table = enrich(found.attributions, sets, {}, **given)
    either = table[table["direction"] == "either"].set_index(["method", "set"])["fdr"]
    for method in ("over-representation", "ranked"):
        fdr = either[method]
        assert (fdr[["disease_1", "disease_2"]] < 0.05).all()
        assert (fdr[[name for name in fdr.index if name.startswith("decoy")]] > 0.05).all()
    ill = {*sets["disease_1"], *sets["disease_2"]}
    assert found.attributions["feature"][:50].isin(ill).mean() > 0.5
    assert found.stability.loc[0, "selection_stability"] > 0.5
