"""What the rules that score models take, by the question that they ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dxtransfer.study import Study


@dataclass(frozen=True)
class EvaluationPlan:
    """Answers for the jobs that evaluate.

    Attributes
    ----------
    study
        The study.
    settings
        The checked configuration.
    """

    study: Study
    settings: Mapping[str, Any]

    def intervals(self) -> dict[str, Any]:
        """Resamples and level of every interval."""
        return {name: self.settings["evaluation"][name] for name in ("resamples", "level")}

    def columns(self) -> list[str]:
        """Columns of the target's sample table that any part of the evaluation asks for."""
        own = self.settings["evaluation"]
        asked = [*own["covariates"], *own.get("subgroups", []), own["site"], own["adjust_for"]]
        return [name for name in dict.fromkeys(asked) if name]

    def left_out_site(self) -> str:
        """Column whose values are left out one at a time; empty where folds are drawn."""
        own = self.settings["evaluation"]
        return own["site"] if own["mode"] == "leave_one_site_out" else ""
