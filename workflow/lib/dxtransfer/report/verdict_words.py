"""The verdict in words: whether the transfer helps, by how much, how sure that is, what is shipped.

The four verdicts are told as `dxtransfer.evidence.verdict` writes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dxtransfer.report.cells import Cell, interval, known, number, percent, signed, text
from dxtransfer.report.kinds import KINDS
from dxtransfer.report.names import CONTROL, REFERENCE, SIMPLE, TRANSFER, Models

# What each verdict is called, and the colour that it takes.
HEADLINES = {
    "helps": ("Transfer helps", "good"),
    "makes no difference that matters": ("Transfer makes no difference that matters", "neutral"),
    "cannot be told from these patients": (
        "Whether transfer helps cannot be told from these patients",
        "neutral",
    ),
    "hurts": ("Transfer hurts", "bad"),
}
# Encoders that simulations of the intervals did not cover.
NETWORKS = ("masked", "supervised", "joint")


@dataclass(frozen=True)
class Told:
    """What the top of a page says.

    Attributes
    ----------
    headline, tone
        The verdict, and `good`, `neutral` or `bad`.
    sentence
        Why, in one sentence.
    figures
        Titles and cells: both gains, the measure of each of the three, what matters.
    sure, estimand, shipped
        Sentences.
    saved
        One sentence, empty where no budget was compared.
    """

    headline: str
    tone: str
    sentence: str
    figures: list[tuple[str, Cell]]
    sure: list[str]
    estimand: list[str]
    shipped: list[str]
    saved: str


def told_verdict(
    verdict: Mapping[str, Any],
    saved: pd.DataFrame,
    *,
    models: Models,
    own: Mapping[str, Any],
    target: str,
    label: str = "",
    by_site: bool = False,
    over_targets: pd.DataFrame | None = None,
) -> Told:
    """Put a verdict into words.

    Parameters
    ----------
    verdict
        The record of the verdict, as `verdict.json` holds it.
    saved
        Patients saved: budget, patients, saved, low, high, beyond.
    models
        What the verdict compares, and the shipped model.
    own
        Estimate, low and high of the shipped model's measure.
    target, label
        Name of the cohort, and the column of the outcome.
    by_site
        Whether sites were left out one at a time, instead of folds of patients.
    over_targets
        The verdicts on all targets of the study: target, verdict_holm.
    """
    headline, tone = HEADLINES[verdict["verdict"]]
    kind = models.kind
    return Told(
        headline=headline,
        tone=tone,
        sentence=_capital(_why(verdict, kind=kind, label=label)),
        figures=_figures(verdict, kind=kind),
        sure=_sure(
            verdict, target=target, models=models, by_site=by_site, over_targets=over_targets
        ),
        estimand=_estimand(verdict, target=target, by_site=by_site),
        shipped=_shipped(verdict, own, models),
        saved=" ".join(filter(None, [saved_words(saved), _unsure(verdict, saved)])),
    )


def _unsure(verdict: Mapping[str, Any], saved: pd.DataFrame) -> str:
    if saved.empty or verdict["verdict"] in ("helps", "hurts"):
        return ""
    return "The verdict does not show that it is worth any."


def _estimand(verdict: Mapping[str, Any], *, target: str, by_site: bool) -> list[str]:
    whom = f"the population that {target} was drawn from"
    if by_site:
        whom = f"other sites like those of {target}"
    return [
        f"The verdict is about new patients of {whom}, and about models that learn from about "
        f"{verdict['training_patients']:.0f} labelled patients of the cohort.",
        "Sites of another kind are not covered."
        if by_site
        else "It does not say how either model does in another hospital.",
    ]


def _gains(verdict: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [verdict["contrasts"][f"transfer - {name}"] for name in ("control", "simple")]


def gain(row: Mapping[str, Any]) -> str:
    """A gain with its interval."""
    return f"{signed(row['estimate'])} {interval(row['low'], row['high'], signed)}"


def _why(verdict: Mapping[str, Any], *, kind: str, label: str) -> str:
    primary, second = _gains(verdict)
    words = KINDS[kind]
    small = f"{verdict['delta']:g}"
    amount = f"the {words.gain} the {CONTROL} is {gain(primary)}{words.unit.format(label=label)}"
    if verdict["verdict"] == "helps":
        return f"{amount}, and {words.gain.rpartition(' ')[2]} the {SIMPLE} {gain(second)}."
    if verdict["verdict"] == "hurts":
        reached = {name: number(value) for name, value in verdict["values"].items()}
        return (
            f"the {words.in_text} of the {TRANSFER} is {reached['transfer']}, that of the "
            f"{CONTROL} {reached['control']}; {amount}."
        )
    if verdict["verdict"] == "makes no difference that matters":
        return f"{amount}; a difference of {small} or more is excluded."
    if verdict["reason"]:
        return f"too little to go by: {verdict['reason']}. For what it is worth, {amount}."
    return f"{amount}; {_open(primary, second, verdict['delta'])}."


def _open(primary: Mapping[str, Any], second: Mapping[str, Any], delta: float) -> str:
    """What the interval leaves open."""
    small = f"{delta:g}"
    if primary["low"] > 0:
        if primary["estimate"] < delta:
            return f"there is a gain, but perhaps not one that matters ({small})"
        return f"but over the {SIMPLE}, {gain(second)}, none was shown"
    if primary["high"] < 0:
        return f"there is a loss, but perhaps not one that matters ({small})"
    sides = {"gain": primary["high"] >= delta, "loss": primary["low"] <= -delta}
    kept = [word for word, is_open in sides.items() if is_open]
    matters = f"a {' and a '.join(kept)} that matter{'s' * (len(kept) == 1)} ({small} or more)"
    return f"the interval holds no difference, but also {matters}"


def _figures(verdict: Mapping[str, Any], *, kind: str) -> list[tuple[str, Cell]]:
    words = KINDS[kind]
    better = words.gain[:1].upper() + words.gain[1:]
    cells = [
        Cell(signed(row["estimate"]), interval(row["low"], row["high"], signed))
        for row in _gains(verdict)
    ]
    values = verdict["values"]
    names = {"transfer": TRANSFER, "control": CONTROL, "simple": SIMPLE}
    return [
        (f"{better} the {CONTROL}", cells[0]),
        (f"{better} the {SIMPLE} ({words.reference})", cells[1]),
        *((f"{words.title}, {names[n]}", Cell(number(values[n]))) for n in names),
        ("Smallest difference that matters, fixed beforehand", Cell(f"{verdict['delta']:g}")),
    ]


def _sure(
    verdict: Mapping[str, Any],
    *,
    target: str,
    models: Models,
    by_site: bool,
    over_targets: pd.DataFrame | None,
) -> list[str]:
    folds = f"{verdict['folds']}-fold cross-validation (repeats: {verdict['repeats']})"
    if by_site:
        folds = f"{verdict['folds']} sites were left out, one at a time"
    level = percent(verdict["level"])
    lines = [
        f"Brackets behind a gain are {level} intervals: of many such studies, about {level} would "
        "have the true gain inside. They allow for other patients to test on and for other "
        "patients to learn from, all of the same population. Those behind a figure of one model "
        "allow for other patients to test on alone, and are narrower than they would be.",
        f"Gains rest on {text(verdict['patients'])} labelled patients ({text(verdict['counted'])} "
        f"{verdict['counted_as']}), each tested by models that had not seen them: {folds}.",
    ]
    if models.transfer[0] in NETWORKS:
        lines.append(
            "Simulations behind the intervals were made with linear models; whether they hold for "
            "networks, too, was not shown."
        )
    if over_targets is not None and len(over_targets) > 1:
        row = over_targets.set_index("target").loc[target]
        stays = "stays" if row["verdict_holm"] == verdict["verdict"] else "becomes"
        lines.append(
            f"Held together with the {len(over_targets) - 1} other targets of this study (Holm's "
            f"correction), the verdict {stays}: {row['verdict_holm']}."
        )
    return lines


def _shipped(verdict: Mapping[str, Any], own: Mapping[str, Any], models: Models) -> list[str]:
    shipped = verdict["shipped"]
    member = (shipped["objective"], shipped["strategy"])
    name, title = models.in_text(member), KINDS[models.kind].in_text
    failed = "hurts" if verdict["verdict"] == "hurts" else "was not shown to help"
    because = {
        "the transfer was not shown to help": f"because the transfer {failed}",
        "the transfer helps": "because the transfer helps",
        "named in the configuration": "as the configuration names it",
        "the configuration ships it whatever the verdict": "whatever the verdict, because the "
        "configuration says so (model.ship: always)",
    }[shipped["why"]]
    lines = [
        f"The {name} is shipped, {because}.",
        f"Its own {title} in patients it had not seen is {number(own['estimate'])} "
        f"{interval(own['low'], own['high'])}.",
    ]
    if shipped["why"] in ("the transfer was not shown to help", "the transfer helps"):
        lines.append(
            "This cross-validation also made the choice, so that figure may be a little too good."
        )
    if member not in (models.transfer, REFERENCE):
        lines.append(f"The verdict was drawn on another one, the {TRANSFER}.")
    return lines


def saved_words(saved: pd.DataFrame) -> str:
    """What the transfer is worth in labelled patients at the middle one of their numbers."""
    rows = saved[saved["budget"].astype(str) != "all"].sort_values("patients")
    if rows.empty:
        return ""
    row = rows.iloc[len(rows) // 2].to_dict()
    n, most, least = float(row["patients"]), saved["patients"].max(), saved["patients"].min()
    low, high = worth_ends(row, least=float(least), most=float(most))
    begin = f"With {n:.0f} labelled patients of this cohort, the transfer is worth"
    if not known(row["saved"]):
        beyond = float(row["beyond"])
        # an interval that begins where the patients end says nothing more
        span = f" [{low} to {high}]" if float(row["low"]) < beyond else ""
        means = f"even with {most:.0f}, the {CONTROL} does not do as well"
        return f"{begin} more than {beyond:.0f}{span} labelled patients: {means}."
    fewer = " or fewer" if row["needed"] <= least else ""
    needs = f"the {CONTROL} needs {float(row['needed']):.0f}{fewer} to do as well"
    if float(row["saved"]) < 0:
        return f"{begin} none: {needs}."
    worth = number(row["saved"], 0) + " or less" * bool(fewer)
    span = low if low == high else f"{low} to {high}"
    return f"{begin} {worth} [{span}] labelled patients: {needs}."


def worth_ends(row: Mapping[Any, Any], *, least: float, most: float) -> tuple[str, str]:
    """Ends of the interval of the patients saved at one budget.

    Where an end lies outside the budgets, `least` to `most` patients, that is said.
    """
    n = float(row["patients"])
    ends = [number(row["low"], 0), number(row["high"], 0)]
    if not known(row["high"]):
        ends[1] = f"more than {most - n:.0f}"
    for i, end in enumerate((row["low"], row["high"])):
        if known(end) and float(end) + n <= least:
            ends[i] += " or less"
    return ends[0], ends[1]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
