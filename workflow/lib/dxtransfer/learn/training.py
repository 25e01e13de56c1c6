"""The training loop, one for pretraining and fine-tuning."""

import copy
import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from dxtransfer.learn.checkpoints import Checkpoint

logger = logging.getLogger("dxtransfer")
Batch = tuple[Tensor, ...]


@dataclass(frozen=True)
class Training:
    """Settings of the loop; see the configuration's schema for each."""

    epochs: int
    learning_rate: float
    weight_decay: float
    seed: int
    patience: int = 0
    precision: str = "32-true"

    @classmethod
    def of(cls, options: Mapping[str, Any], *, seed: int) -> "Training":
        """From the block `pretrain.training` of the configuration."""
        names = ("epochs", "learning_rate", "weight_decay", "patience", "precision")
        return cls(**{name: options[name] for name in names}, seed=seed)


def train(
    model: nn.Module,
    *,
    batches: Callable[[int], Iterable[Batch]],
    loss: Callable[[nn.Module, Batch], Tensor],
    settings: Training,
    rates: Sequence[tuple[Sequence[nn.Parameter], float]] = (),
    validation: Callable[[], Iterable[Batch]] | None = None,
    checkpoint: Checkpoint | None = None,
    name: str = "",
) -> list[dict[str, Any]]:
    """Train `model` in place; with a validation set it ends with the weights of the best epoch.

    An epoch is the unit of resuming: its order of batches and its random numbers depend on the
    seed and its number alone, so a training that was killed and resumed ends with the same
    weights as one that was not.

    Parameters
    ----------
    model
        The module; `loss` calls it.
    batches
        Epoch (from 1) to its batches.
    loss
        Mean loss of a batch.
    settings
        Steps, patience, seed.
    rates
        Parameters to train and their share of the step size; all of them in full where empty.
    validation
        Batches to stop early on; None trains for all epochs.
    checkpoint
        Where to keep the state after each epoch.
    name
        What is trained, for the progress lines; empty keeps the loop quiet.

    Returns
    -------
    list of dict
        Per epoch: `epoch`, `train_loss`, `validation_loss` (NaN without a validation set), `best`
        (yes for the epoch whose weights were kept).

    Raises
    ------
    FloatingPointError
        When the loss is not finite.
    """
    fabric = _fabric(settings.precision)
    given = rates or [(list(model.parameters()), 1.0)]
    groups = [{"params": list(own), "lr": settings.learning_rate * rate} for own, rate in given]
    optimiser = torch.optim.AdamW(groups, weight_decay=settings.weight_decay)
    wrapped, optimiser = fabric.setup(model, optimiser)
    state = _State.load(checkpoint, model, optimiser)
    told = 0.0
    for epoch in range(len(state.history) + 1, settings.epochs + 1):
        if settings.patience and epoch - state.best_epoch > settings.patience:
            break
        _seed(settings.seed * 1_000_003 + epoch, fabric)
        wrapped.train()
        losses = []
        for batch in batches(epoch):
            optimiser.zero_grad(set_to_none=True)
            value = loss(wrapped, _moved(batch, fabric))
            fabric.backward(value)
            optimiser.step()
            losses.append(value.detach())
        train_loss = float(torch.stack(losses).mean())
        validation_loss = math.nan
        if validation is not None:
            wrapped.eval()
            with torch.no_grad():
                values = [loss(wrapped, _moved(batch, fabric)) for batch in validation()]
            validation_loss = float(torch.stack(values).mean())
        for mean in [train_loss] if validation is None else [train_loss, validation_loss]:
            if not math.isfinite(mean):
                raise FloatingPointError(f"{name}: the loss is {mean} in epoch {epoch}")
        state.record(epoch, train_loss, validation_loss, model)
        if checkpoint is not None:
            checkpoint.save(*state.saved(model, optimiser))
        if name and (time.monotonic() - told > 2 or epoch == settings.epochs):
            told = time.monotonic()
            logger.info("%s: %s", name, state.told(settings.epochs))
    if name:
        logger.info("%s: finished, %s", name, state.told(settings.epochs))
    if state.best:
        model.load_state_dict(state.best)
    model.to("cpu").eval()
    for row in state.history:
        row["best"] = "yes" if row["epoch"] == state.best_epoch else ""
    return state.history


def _fabric(precision: Any) -> Any:
    # Half of a short job is importing this, so only what trains a network does.
    from lightning_fabric import Fabric
    from lightning_fabric.plugins.environments.lightning import LightningEnvironment

    # Without the plugin, Fabric takes a SLURM job for a cluster of its own and waits for peers.
    environment = LightningEnvironment()
    return Fabric(accelerator="auto", devices=1, precision=precision, plugins=[environment])


def _seed(number: int, fabric: Any) -> None:
    if fabric.device.type == "cpu":
        # torch.manual_seed also notes a stack trace for every kind of device that is not there.
        torch.default_generator.manual_seed(number)
    else:
        torch.manual_seed(number)


def _moved(batch: Batch, fabric: Any) -> Batch:
    return tuple(fabric.to_device(tensor) for tensor in batch)


class _State:
    """What the loop knows between two epochs."""

    def __init__(self) -> None:
        self.history: list[dict[str, Any]] = []
        self.best: dict[str, Tensor] = {}
        self.best_epoch = 0
        self.best_loss = math.inf

    def record(self, epoch: int, train: float, validation: float, model: nn.Module) -> None:
        """Add an epoch; remember its weights where none was better."""
        self.history.append({"epoch": epoch, "train_loss": train, "validation_loss": validation})
        if validation < self.best_loss:
            self.best_epoch, self.best_loss = epoch, validation
            self.best = copy.deepcopy(model.state_dict())

    def told(self, epochs: int) -> str:
        """One line of progress."""
        if not self.history:
            return "no epoch"
        last = self.history[-1]
        line = f"epoch {last['epoch']}/{epochs}, loss {last['train_loss']:.4f}"
        if math.isfinite(last["validation_loss"]):
            line += f", held out {last['validation_loss']:.4f}"
            line += f" (best {self.best_loss:.4f} in epoch {self.best_epoch})"
        return line

    def saved(
        self, model: nn.Module, optimiser: torch.optim.Optimizer
    ) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and the rest, for a checkpoint."""
        tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
        tensors |= {f"best.{k}": v for k, v in self.best.items()}
        for i, slots in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{i}.{slot}": v for slot, v in slots.items()}
        best = {"best_epoch": self.best_epoch, "best_loss": self.best_loss}
        return tensors, {"history": self.history, **best}

    @classmethod
    def load(
        cls, checkpoint: Checkpoint | None, model: nn.Module, optimiser: torch.optim.Optimizer
    ) -> "_State":
        """State of a checkpoint, put into model and optimiser, or a fresh one."""
        state = cls()
        loaded = checkpoint.load() if checkpoint is not None else None
        if loaded is None:
            return state
        tensors, rest = loaded
        model.load_state_dict(_under("model.", tensors))
        slots: dict[int, dict[str, Tensor]] = {}
        for key, value in _under("optimiser.", tensors).items():
            index, _, slot = key.partition(".")
            slots.setdefault(int(index), {})[slot] = value
        optimiser.load_state_dict({**optimiser.state_dict(), "state": slots})
        state.history = rest["history"]
        state.best = _under("best.", tensors)
        state.best_epoch, state.best_loss = rest["best_epoch"], rest["best_loss"]
        logger.info("resuming after epoch %d", len(state.history))
        return state


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def use_threads(threads: int) -> None:
    """Let torch use as many threads as the rule was given, and compute deterministically.

    Sums change in their last bits with the number of threads, so equal results need an equal
    number.
    """
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
