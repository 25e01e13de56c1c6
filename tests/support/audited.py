"""Cohorts made for the audit, what it keeps of them, and its findings as rows."""

import numpy as np
import pandas as pd
from anndata import AnnData

from dxtransfer.cohorts.audit.cohort import audited
from dxtransfer.cohorts.audit.fingerprints import feature_profile, panels
from dxtransfer.cohorts.audit.table import audit, audit_predicted

P = 800


def cohort(prefix, n=20, *, seed, study="", patients=None, names=None, **columns):
    """Unrelated people: a common profile, a few shared programmes, and each their own."""
    rng = np.random.default_rng(seed)
    fixed = np.random.default_rng(0)
    profile, programmes = fixed.normal(8, 2, P), fixed.normal(0, 0.4, (4, P))
    samples = [f"{prefix}{i}" for i in range(n)]
    X = profile + rng.normal(0, 1, (n, 4)) @ programmes + rng.normal(0, 0.6, (n, P))
    return AnnData(
        X=X.astype(np.float32),
        obs=pd.DataFrame({"patient": patients or samples, **columns}, index=samples),
        var=pd.DataFrame(index=names or [f"G{i}" for i in range(P)]),
        uns={"dxtransfer": {"cohort": prefix, "study": study or prefix}},
    )


def on_another_platform(profiles, *, noise=0.1, seed=5):
    """The same samples, each feature shifted and scaled, with noise of its own."""
    rng = np.random.default_rng(seed)
    shift, scale = rng.normal(0, 2, P), rng.uniform(0.5, 2, P)
    return profiles * scale + shift + rng.normal(0, noise, profiles.shape) * scale


def prepared(cohorts, targets, labels=None, numbers=None):
    chosen = panels({name: feature_profile(adata) for name, adata in cohorts.items()})
    return {
        name: audited(
            adata,
            labels=(labels or {}).get(name, [""] * adata.n_obs),
            panel=chosen[name],
            has_folds=name in targets,
            numbers=(numbers or {}).get(name, ()),
        )
        for name, adata in cohorts.items()
    }


def found(target, source, check=None, labels=None):
    """Findings of a study of one target and the one source that it learns from."""
    kept = prepared({"t": target, "s": source}, ["t"], labels)
    table = audit(kept, targets={"t": ["s"]}, label_columns=["state"])
    return table if check is None else table[table["check"] == check]


def found_in_predicted(own, source, *, is_evaluated=True):
    """Findings on a cohort that is only predicted; it may be of one study with the source."""
    kept = prepared({"e": own, "s": source}, [])
    return audit_predicted(
        kept["e"], [kept["s"]], is_evaluated=is_evaluated, label_columns=["state"]
    )


def rows(table):
    return table[["level", "check", "cohort", "sample", "other_sample"]].to_numpy().tolist()
