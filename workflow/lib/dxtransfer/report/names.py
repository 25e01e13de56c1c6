"""Strategies by the names that people read, and which of them a picture shows."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

Member = tuple[str, str]
"""Objective and strategy, as in the tables of the evaluation."""


REFERENCE: Member = ("none", "logistic_l2")
"""The simple model, which every strategy is held against."""


TRANSFER, CONTROL, SIMPLE = "transfer model", "target-only model", "simple model"


STRATEGY_NAMES = {
    "majority": "Majority class",
    "logistic_l2": "L2 logistic",
    "elastic_net": "Elastic net",
    "random_forest": "Random forest",
    "gradient_boosting": "Gradient boosting",
    "covariates": "Covariates",
    "covariates_omics": "Covariates and omics",
    "from_scratch": "From scratch",
    "ensemble": "Ensemble",
    "ensemble_target": "Ensemble, target only",
    "source_only": "Other cohorts only",
    "source_prior": "Prior of other cohorts",
    "l2_sp": "L2-SP",
    "linear_probe": "Linear probe",
    "full_finetune": "Full fine-tuning",
    "gradual_unfreeze": "Gradual unfreezing",
    "scalar_mix": "Scalar mix",
}


# What a strategy is for other kinds of task.
KIND_NAMES = {
    "regression": {"majority": "Mean", "logistic_l2": "Ridge"},
    "survival": {"majority": "Kaplan\N{EN DASH}Meier", "logistic_l2": "Cox ridge"},
}


OBJECTIVE_NAMES = {
    "none": "",
    "linear": "linear",
    "pca": "PCA",
    "masked": "masked",
    "supervised": "supervised",
    "joint": "joint",
}


# What source models are judged by on cohorts that they did not see.
HELD_OUT_NAMES = {"auroc": "AUROC", "c_index": "C-index", "concordance": "Concordance"}


MOST_CURVES = 5


@dataclass(frozen=True)
class Models:
    """The models that the page calls by their part, and the kind of the task.

    Attributes
    ----------
    kind
        Of the task.
    transfer, control
        What the verdict compares: the transfer model and the target-only model.
    shipped
        The model that predicts new patients.
    """

    kind: str
    transfer: Member
    control: Member
    shipped: Member

    def title(self, member: Member) -> str:
        """Name of a strategy: its part, or its method with the pretraining objective, if any."""
        if part := self.part(member):
            return part.capitalize()
        objective = OBJECTIVE_NAMES.get(member[0], member[0])
        method = method_name(member[1], kind=self.kind)
        return f"{method} · {objective}" if objective else method

    def short(self, member: Member) -> str:
        """Name of a strategy without its pretraining objective."""
        return self.part(member).capitalize() or method_name(member[1], kind=self.kind)

    def in_text(self, member: Member) -> str:
        """Name of a strategy inside a sentence."""
        return self.part(member) or in_sentence(method_name(member[1], kind=self.kind))

    @property
    def same_method(self) -> bool:
        """Whether the target-only model is the method of the transfer model, without the source."""
        return self.control[1] == {"ensemble": "ensemble_target"}.get(
            self.transfer[1], "from_scratch"
        )

    def shipped_and_simple(self, table: pd.DataFrame) -> list[Member]:
        """The shipped model and the simple one, as far as `table` has them."""
        present = members_of(table)
        return [m for m in dict.fromkeys((self.shipped, REFERENCE)) if m in present]

    def part(self, member: Member) -> str:
        """What a strategy is to the verdict, empty for all but three."""
        parts = {self.control: CONTROL, REFERENCE: SIMPLE, self.transfer: TRANSFER}
        return parts.get(member, "")


def method_name(strategy: str, *, kind: str = "binary") -> str:
    """Name of a method for people, in a task of some kind; of an import path the last part."""
    own = STRATEGY_NAMES.get(strategy, strategy.rpartition(".")[2])
    return KIND_NAMES.get(kind, {}).get(strategy, own)


def in_sentence(title: str) -> str:
    """A name with a small first letter; an abbreviation keeps its capital."""
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def ordered(members: Iterable[Member]) -> list[Member]:
    """Strategies in the order of every table and picture: by kind, never by result."""
    strategies, objectives = list(STRATEGY_NAMES), list(OBJECTIVE_NAMES)

    def rank(member: Member) -> tuple[int, str, int, str]:
        objective, strategy = member
        return (
            strategies.index(strategy) if strategy in strategies else len(strategies),
            strategy,
            objectives.index(objective) if objective in objectives else len(objectives),
            objective,
        )

    return sorted(set(members), key=rank)


def members_of(table: pd.DataFrame) -> list[Member]:
    """Strategies that a table of the evaluation holds, in the fixed order."""
    pairs = table[["objective", "strategy"]].drop_duplicates()
    return ordered(zip(pairs["objective"], pairs["strategy"], strict=True))


def chosen(table: pd.DataFrame, *, shipped: Member) -> list[Member]:
    """Strategies whose curves are drawn, picked by kind before any result is seen.

    In this order, at most `MOST_CURVES`, those which the table holds: the shipped one, the
    simple model, for an ensemble its control and the linear source model, the network from scratch,
    then source only, linear probe, scalar mix and full fine-tuning with the objective of the
    shipped model (for a model without one: supervised, masked or pca, whichever comes first), and
    the random forest.
    """
    present = members_of(table)
    objective = shipped[0]
    if objective == "none":
        held = {o for o, _ in present}
        objective = next((o for o in ("supervised", "masked", "pca") if o in held), "none")
    transfer = ("source_only", "linear_probe", "scalar_mix", "full_finetune")
    wanted = [
        shipped,
        REFERENCE,
        *(
            (("none", "ensemble_target"), ("linear", "source_only"))
            if shipped[1] == "ensemble"
            else ()
        ),
        ("none", "from_scratch"),
        *((objective, strategy) for strategy in transfer),
        ("none", "random_forest"),
    ]
    return [m for m in dict.fromkeys(wanted) if m in present][:MOST_CURVES]
