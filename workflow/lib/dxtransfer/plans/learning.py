"""What the rules that pretrain, compare and ship models take, by the question that they ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dxtransfer.config import go_together
from dxtransfer.fingerprint import code
from dxtransfer.plans.wildcards import Wildcards
from dxtransfer.study import Study

NEEDS_NO_ENCODER = (
    "from_scratch",
    "ensemble_target",
    "majority",
    "logistic_l2",
    "random_forest",
)


@dataclass(frozen=True)
class LearningPlan:
    """Answers for the jobs that learn: each gets the settings and the code of its own alone.

    Attributes
    ----------
    study
        The study.
    settings
        The checked configuration.
    """

    study: Study
    settings: Mapping[str, Any]

    def objective_code(self, wildcards: Wildcards) -> dict[str, str]:
        """Modules behind one pretraining objective."""
        objective = f"dxtransfer.learn.pretrain.{wildcards['objective']}"
        return code(objective)

    def objective_settings(self, wildcards: Wildcards) -> dict[str, Any]:
        """The part of the configuration that one pretraining objective reads."""
        parts = {"pca": ["pca"], "linear": [], "masked": ["network", "training", "masked"]}
        names = parts.get(wildcards["objective"], ["network", "training"])
        return {name: self.settings["pretrain"][name] for name in names}

    def encoder(self, wildcards: Wildcards) -> dict[str, str]:
        """The encoder that a strategy starts from, if any; the shipped one where none is named."""
        model = self.settings["model"]
        objective = wildcards.get("objective", model["objective"])
        if wildcards.get("strategy", model["strategy"]) in NEEDS_NO_ENCODER:
            return {}
        source = wildcards.get("source", "") or self.study.source_of(wildcards["target"])
        folder = f"results/{wildcards['study']}/source/{source}/pretrain/{objective}"
        return {"weights": f"{folder}/encoder.safetensors", "encoder": f"{folder}/encoder.json"}

    def strategy_code(self, wildcards: Wildcards) -> dict[str, str]:
        """Modules behind one strategy and the grid."""
        strategy = f"dxtransfer.learn.transfer.{wildcards['strategy']}"
        return code(strategy, "dxtransfer.learn.grid")

    def strategy_settings(self, wildcards: Wildcards) -> dict[str, Any]:
        """The part of the configuration that one strategy reads."""
        return self._network(wildcards["strategy"])

    def predictions(self, wildcards: Wildcards) -> list[str]:
        """Predictions of every strategy and baseline for a target."""
        objectives = self.settings["pretrain"]["objectives"]
        strategies = self.settings["transfer"]["strategies"]
        alone = [s for s in strategies if s in NEEDS_NO_ENCODER] + self.settings["baselines"]
        carried = [s for s in strategies if s not in NEEDS_NO_ENCODER]
        names = [f"{o}.{s}" for o in objectives for s in carried if go_together(o, s)]
        names += [f"none.{s}" for s in alone]
        study, source, target = (wildcards[name] for name in ("study", "source", "target"))
        return [f"results/{study}/finetune/{source}/{target}/{name}.parquet" for name in names]

    def ensemble_weights(self, wildcards: Wildcards) -> list[str]:
        """Weights of the ensemble's parts, where it is compared."""
        study, target = wildcards["study"], wildcards["target"]
        folder = f"results/{study}/finetune/{self.study.source_of(target)}/{target}"
        compared = "ensemble" in self.settings["transfer"]["strategies"]
        return [f"{folder}/linear.ensemble.weights.tsv"] * compared

    def shipped(self) -> list[str]:
        """Objective and strategy of the shipped model."""
        model = self.settings["model"]
        alone = model["strategy"] in NEEDS_NO_ENCODER
        return ["none" if alone else model["objective"], model["strategy"]]

    def shipped_code(self) -> dict[str, str]:
        """Modules behind the shipped model."""
        strategy = self.settings["model"]["strategy"]
        baseline = strategy in self.settings["baselines"]
        return code(
            "dxtransfer.learn.baselines" if baseline else f"dxtransfer.learn.transfer.{strategy}",
            "dxtransfer.predict.bundle",
            "dxtransfer.cohorts.readers.mapping",
            "dxtransfer.labels",
        )

    def shipped_settings(self) -> dict[str, Any]:
        """The part of the configuration that the shipped model reads."""
        return self._network(self.settings["model"]["strategy"])

    def _network(self, strategy: str) -> dict[str, Any]:
        tuning = dict(self.settings["transfer"]["network"])
        step = tuning.pop("learning_rate_from_scratch")
        if strategy == "from_scratch":
            widths = self.settings["pretrain"]["network"]["widths"]
            return {**tuning, "learning_rate": step, "widths": widths}
        return tuning if strategy in ("full_finetune", "scalar_mix") else {}
