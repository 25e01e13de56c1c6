"""What the rules that pretrain, compare and ship models take, by the question that they ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dxtransfer.config import NEVER_SEE_THE_SOURCE, go_together
from dxtransfer.fingerprint import code
from dxtransfer.own_estimators import is_own, version_of
from dxtransfer.plans.wildcards import Wildcards
from dxtransfer.study import Study

# clinical models, compared where evaluation.covariates names columns
COMPARATORS = ("covariates", "covariates_omics")
# what objectives read of pretrain
READ = {
    "pca": ("pca",),
    "linear": (),
    "masked": ("network", "training", "masked"),
    "supervised": ("network", "training", "auxiliary"),
    "joint": ("network", "training", "auxiliary", "masked", "joint"),
}
# what strategies that train a network read of transfer.network
TUNED = {
    "full_finetune": ("epochs", "learning_rate", "weight_decay"),
    "gradual_unfreeze": ("epochs", "learning_rate", "weight_decay", "rate_ratio"),
    "l2_sp": ("epochs", "learning_rate", "source_penalty"),
}

# what is shipped where the transfer does not help
SIMPLE = "logistic_l2"

# What every job of the grid reads and runs.
GRID = ("dxtransfer.learn.grid", "dxtransfer.split_tables")


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
        return {name: self.settings["pretrain"][name] for name in READ[wildcards["objective"]]}

    def encoder(self, wildcards: Wildcards) -> dict[str, str]:
        """The encoder that a strategy starts from, if any; the shipped one where none is named."""
        model = self.settings["model"]
        objective = wildcards.get("objective", model["objective"])
        if self._alone(wildcards.get("strategy", model["strategy"])):
            return {}
        source = wildcards.get("source", "") or self.study.source_of(wildcards["target"])
        folder = f"results/{wildcards['study']}/source/{source}/pretrain/{objective}"
        return {"weights": f"{folder}/encoder.safetensors", "encoder": f"{folder}/encoder.json"}

    def strategy_code(self, wildcards: Wildcards) -> dict[str, str]:
        """Modules behind one strategy and the grid."""
        strategy = _module(wildcards["strategy"], wildcards["objective"])
        return code(strategy, *GRID)

    def baselines(self) -> list[str]:
        """Names of the baselines, a user's own estimators among them."""
        return list(self.settings["baselines"])

    def comparators(self) -> list[str]:
        """Names of the clinical models, where covariates are named."""
        return list(COMPARATORS) if self.settings["evaluation"]["covariates"] else []

    def compared_with(self, wildcards: Wildcards) -> dict[str, str]:
        """Features of a clinical model beside its covariates, if any."""
        if wildcards["strategy"] == "covariates":
            return {}
        folder = f"results/{wildcards['study']}/features/{wildcards['source']}"
        return {"features": f"{folder}/{wildcards['target']}.h5ad"}

    def baseline_code(self, wildcards: Wildcards) -> dict[str, Any]:
        """Modules behind one baseline and the grid; of a user's own, what is known of it."""
        name = wildcards["strategy"]
        if is_own(name):
            own = {name: version_of(name)}
            return {**code("dxtransfer.own_estimators", *GRID), **own}
        return code(f"dxtransfer.learn.baselines.{name}", *GRID)

    def comparator_code(self, wildcards: Wildcards) -> dict[str, str]:
        """Modules behind one clinical model and the grid."""
        model = f"dxtransfer.learn.baselines.{wildcards['strategy']}"
        return code(model, "dxtransfer.learn.covariates", *GRID)

    def strategy_settings(self, wildcards: Wildcards) -> dict[str, Any]:
        """The part of the configuration that one strategy reads."""
        return self._network(wildcards["strategy"], wildcards["objective"])

    def predictions(self, wildcards: Wildcards) -> list[str]:
        """Predictions of every strategy and baseline for a target."""
        objectives = self.settings["pretrain"]["objectives"]
        strategies = self.settings["transfer"]["strategies"]
        named = [*strategies, *self.settings["baselines"], *self.comparators()]
        alone = [s for s in named if self._alone(s)]
        carried = [s for s in strategies if not self._alone(s)]
        names = [f"{o}.{s}" for o in objectives for s in carried if go_together(o, s)]
        names += [f"none.{s}" for s in alone]
        study, source, target = (wildcards[name] for name in ("study", "source", "target"))
        return [f"results/{study}/finetune/{source}/{target}/{name}.parquet" for name in names]

    def contrasts(self) -> dict[str, list[str]]:
        """Objective and strategy of what the verdict compares."""
        judged = self.settings["verdict"]
        members = {"transfer": judged["transfer"], "control": judged["control"]}
        named = {
            part: ["none" if self._alone(strategy) else judged["objective"], strategy]
            for part, strategy in members.items()
        }
        return {**named, "simple": ["none", SIMPLE]}

    def contrasted(self, wildcards: Wildcards) -> list[str]:
        """Predictions of what the verdict compares."""
        names = dict.fromkeys(".".join(member) for member in self.contrasts().values())
        study, source, target = (wildcards[name] for name in ("study", "source", "target"))
        return [f"results/{study}/finetune/{source}/{target}/{name}.parquet" for name in names]

    def ensemble_weights(self, wildcards: Wildcards) -> list[str]:
        """Weights of the ensemble's parts, where it is compared."""
        study, target = wildcards["study"], wildcards["target"]
        folder = f"results/{study}/finetune/{self.study.source_of(target)}/{target}"
        compared = "ensemble" in self.settings["transfer"]["strategies"]
        return [f"{folder}/linear.ensemble.weights.tsv"] * compared

    def shipped(self) -> list[str]:
        """Objective and strategy of the model that is shipped where the verdict allows it."""
        model = self.settings["model"]
        return ["none" if self._alone(model["strategy"]) else model["objective"], model["strategy"]]

    def shipped_code(self) -> dict[str, str]:
        """Modules behind the shipped model and behind the one that may take its place."""
        objective, strategy = self.shipped()
        module = f"dxtransfer.learn.baselines.{strategy}"
        return code(
            module if strategy in self.settings["baselines"] else _module(strategy, objective),
            f"dxtransfer.learn.baselines.{SIMPLE}",
            "dxtransfer.predict.bundle",
            "dxtransfer.cohorts.readers.mapping",
            "dxtransfer.labels",
        )

    def explanation_code(self) -> dict[str, str]:
        """Modules behind the shipped model, which is refitted, and its explanation."""
        return {
            **self.shipped_code(),
            **code("dxtransfer.predict.explain", "dxtransfer.split_tables"),
        }

    def enrichment(self, wildcards: Wildcards) -> list[str]:
        """Gene sets among the attributions, where the configuration names any."""
        table = f"results/{wildcards['study']}/explain/{wildcards['target']}/enrichment.tsv"
        return [table] * bool(self.settings["explanation"]["gene_sets"])

    def shipped_settings(self) -> dict[str, Any]:
        """The part of the configuration that the shipped model reads."""
        objective, strategy = self.shipped()
        return self._network(strategy, objective)

    def _alone(self, strategy: str) -> bool:
        return strategy in (
            *NEVER_SEE_THE_SOURCE,
            *self.settings["baselines"],
            *COMPARATORS,
        )

    def _network(self, strategy: str, objective: str) -> dict[str, Any]:
        tuning = self.settings["transfer"]["network"]
        if strategy == "from_scratch":
            widths = self.settings["pretrain"]["network"]["widths"]
            step = tuning["learning_rate_from_scratch"]
            own = {name: tuning[name] for name in TUNED["full_finetune"]}
            return {**own, "learning_rate": step, "widths": widths}
        if objective == "linear":
            return {}
        return {name: tuning[name] for name in TUNED.get(strategy, ())}


def _module(strategy: str, objective: str) -> str:
    """Module of a strategy; l2_sp has one for the linear model and one for networks."""
    network = strategy == "l2_sp" and objective != "linear"
    return f"dxtransfer.learn.transfer.{strategy}{'_network' * network}"
