"""Zero-shot: the source's own model, which never sees a label of the target."""

from collections.abc import Sequence

from dxtransfer.errors import InputError
from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.estimators import Floats, Ints, Split, TransferEstimator
from dxtransfer.learn.predictor import Predictor


class SourceOnly(TransferEstimator):
    """The head that was fitted on the source, on the target's standardised features.

    Parameters
    ----------
    encoder
        A pretrained encoder with a head.
    """

    def __init__(self, encoder: Pretrained) -> None:
        self.encoder = encoder

    def fit_one(self, X: Floats, y: Ints, split: Split, weight: Floats) -> Predictor:
        """Nothing is fitted."""
        head = self.encoder.head
        if head is None:
            raise InputError(
                f"source_only needs a source with both classes; {self.encoder.objective} was "
                "pretrained without: take source_only out of transfer.strategies"
            )
        weights = head[0].double() / self.encoder.scale
        last = len(self.encoder.encoder.architecture.widths) - 1
        return Predictor(self.encoder.encoder, {last: weights}, float(head[1]))

    def solve_grid(
        self, X: Floats, y: Ints, splits: Sequence[Split], weight: Floats
    ) -> list[Floats]:
        """The same model for every split."""
        p = self.fit_one(X, y, splits[0], weight).probability(X)
        return [p[split.test] for split in splits]
