"""What the rules that score models take, by the question that they ask."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dxtransfer.plans.wildcards import Wildcards
from dxtransfer.study import Study

# keys of the block evaluation that its tables depend on
MEASURED = (
    "resamples",
    "level",
    "thresholds",
    "subgroups",
    "smallest_subgroup",
    "permutations",
    "prevalence",
)


@dataclass(frozen=True)
class EvaluationPlan:
    """Answers for the jobs that evaluate.

    Attributes
    ----------
    study
        The study.
    settings
        The checked configuration.
    stays
        Where every cohort is in turn the target: those that cannot be, and why.
    """

    study: Study
    settings: Mapping[str, Any]
    stays: Mapping[str, str] = field(default_factory=dict)

    def intervals(self) -> dict[str, Any]:
        """Resamples and level of every interval."""
        return {name: self.settings["evaluation"][name] for name in ("resamples", "level")}

    def settings_of_measures(self) -> dict[str, Any]:
        """What is told of each model, beside how it was tested."""
        return {name: self.settings["evaluation"][name] for name in MEASURED}

    def columns(self) -> list[str]:
        """Columns of the target's sample table that any part of the evaluation asks for."""
        own = self.settings["evaluation"]
        subgroups = [group["column"] for group in own["subgroups"].values()]
        asked = [*own["covariates"], *subgroups, own["site"], own["adjust_for"]]
        return [name for name in dict.fromkeys(asked) if name]

    def left_out_site(self) -> str:
        """Column whose values are left out one at a time; empty where folds are drawn."""
        own = self.settings["evaluation"]
        return own["site"] if own["mode"] == "leave_one_site_out" else ""

    def cohorts(self) -> list[dict[str, str]]:
        """Cohorts that are learnt from: whether each is tested, by which source, or why not."""
        targets = self.study.targets()
        return [
            {
                "cohort": name,
                "tested": "yes" if name in targets else "no",
                "source": self.study.source_of(name) if name in targets else "",
                "reason": self.stays.get(name, ""),
            }
            for name in self.study.trained_on()
        ]

    def external(self, wildcards: Wildcards) -> list[str]:
        """Scores of a target's model in the external cohorts."""
        folder = f"results/{wildcards['study']}/evaluate/external/{wildcards['target']}"
        roles = self.study.roles()
        return [f"{folder}/{cohort}.tsv" for cohort in roles if roles[cohort] == "external"]

    def stratified(self, wildcards: Wildcards) -> list[str]:
        """Measures of a target within the values of a column, where one is named."""
        study, target = wildcards["study"], wildcards["target"]
        place = f"results/{study}/evaluate/{self.study.source_of(target)}/{target}"
        return [f"{place}/stratified.tsv"] * bool(self.settings["evaluation"]["adjust_for"])

    def tables(self) -> list[str]:
        """Tables of the evaluation that no page asks for."""
        own, study = self.settings["evaluation"], self.settings["study"]
        in_turn = own["mode"] == "leave_one_cohort_out"
        return [f"results/{study}/evaluate/cohorts.tsv"] * in_turn
