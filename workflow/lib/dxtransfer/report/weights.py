"""What the ensemble goes by, in words."""

import pandas as pd

PARTS = {
    "source_model": "model of the other cohorts",
    "source_learnt_feature_weights": (
        "model of this cohort with feature weights of the other cohorts"
    ),
    "target_alone": "model of this cohort alone",
}
LEAST = 0.005


def told_weights(weights: pd.DataFrame) -> list[str]:
    """One line per label budget: the share of each part, the largest first.

    Parameters
    ----------
    weights
        A row per fit: inner_fold, budget, the shares of `PARTS`, and without_source, why the source
        had no part in the fit, if so. Fits of inner folds are left out.
    """
    outer = weights[weights["inner_fold"] == 0]
    outer = outer.assign(budget=outer["budget"].astype(str))
    outer = outer.assign(without_source=outer["without_source"].fillna("").astype(str))
    found = set(outer["budget"])
    order = sorted(found - {"all"}, key=int) + ["all"] * ("all" in found)
    return [_line(budget, outer[outer["budget"] == budget]) for budget in order]


def _line(budget: str, fits: pd.DataFrame) -> str:
    shares = fits[list(PARTS)].mean().sort_values(ascending=False, kind="stable")
    parts = [
        f"{100 * share:.0f}% {PARTS[str(part)]}" for part, share in shares.items() if share > LEAST
    ]
    line = (
        f"{'All labels' if budget == 'all' else f'{budget} labelled patients'}: {', '.join(parts)}"
    )
    why = fits.loc[fits["without_source"] != "", "without_source"]
    if why.empty:
        return f"{line}."
    share = "any fit" if len(why) == len(fits) else f"{len(why)} of {len(fits)} fits"
    return f"{line}. The other cohorts had no part in {share}: {why.mode()[0]}."
