"""Gradual unfreezing: layers join the training one by one, from the head downwards."""

from collections.abc import Mapping, Sequence

from dxtransfer.learn.transfer.full_finetune import FullFinetune
from dxtransfer.learn.transfer.networks import parameters_by_depth


class GradualUnfreeze(FullFinetune):
    """The head is trained first, then each layer below joins (Howard and Ruder 2018, ULMFiT).

    The epochs are dealt evenly to the stages. Lower layers, which hold what is general, learn more
    slowly: the step size of a layer is that of the layer above over `rate_ratio` (discriminative
    fine-tuning). Within a stage the step size is constant.

    Parameters
    ----------
    encoder, seed, task
        See `FullFinetune`.
    settings
        `epochs`, `learning_rate` of the head, `weight_decay`, `rate_ratio`.
    """

    def stages(self, layers: int) -> Sequence[Mapping[str, float]]:
        """As many as there are layers, and one for the head before them."""
        ratio = self.settings["rate_ratio"]
        found: list[dict[str, float]] = []
        shares: dict[str, float] = {}
        for depth, names in enumerate(parameters_by_depth(layers)):
            shares = shares | dict.fromkeys(names, ratio**-depth)
            found.append(shares)
        return found
