"""Checkpoints of a training: everything that resuming needs, without pickle."""

import json
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from dxtransfer.files import atomic

logger = logging.getLogger("dxtransfer")


@dataclass(frozen=True)
class Checkpoint:
    """A place for the state of one training.

    Attributes
    ----------
    folder
        Where it is kept; no output of any rule, so that a failed job keeps it.
    stamp
        Hash of code, params and input. A checkpoint with another stamp is not used.
    """

    folder: Path
    stamp: str

    @property
    def file(self) -> Path:
        """The one file."""
        return self.folder / "checkpoint.safetensors"

    def save(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Replace the checkpoint, atomically."""
        with atomic(self.file) as temporary:
            whole = {k: v.detach().cpu().contiguous() for k, v in tensors.items()}
            save_file(whole, temporary, {"stamp": self.stamp, "state": json.dumps(state)})

    def load(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """Tensors and state of a checkpoint with the same stamp, or None."""
        if not self.file.exists():
            return None
        try:
            with safe_open(self.file, framework="pt") as opened:
                metadata = opened.metadata() or {}
                if metadata.get("stamp") != self.stamp:
                    logger.info("the checkpoint is of another code, setting or input: not used")
                    return None
                tensors = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
        except SafetensorError as error:
            logger.warning("the checkpoint cannot be read (%s): training starts anew", error)
            return None
        return tensors, json.loads(metadata["state"])

    def remove(self) -> None:
        """Forget the checkpoint once the weights are written."""
        shutil.rmtree(self.folder, ignore_errors=True)
