"""Zero-shot: the source's own model, which never sees a label of the target."""

from collections.abc import Sequence

from dxtransfer.errors import InputError
from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.estimators import Array, Floats, Split, TransferEstimator
from dxtransfer.learn.predictor import Predictor


class SourceOnly(TransferEstimator):
    """The head that was fitted on the source, on the target's standardised features.

    Parameters
    ----------
    encoder
        A pretrained encoder with a head.
    task
        A key of `dxtransfer.learn.tasks.TASKS`.
    """

    def __init__(self, encoder: Pretrained, *, task: str = "binary") -> None:
        self.encoder = encoder
        self.task = task

    def fit_one(self, X: Floats, y: Array, split: Split, weight: Floats) -> Predictor:
        """Nothing is fitted."""
        head = self.encoder.head
        if head is None:
            raise InputError(
                "source_only needs a source cohort that tells all there is to predict; "
                f"{self.encoder.objective} was pretrained without: take source_only out of "
                "transfer.strategies"
            )
        mean, deviation = self.encoder.unit
        weights = head[0].double() / self.encoder.scale * deviation
        bias = head[1].double() * deviation + mean
        last = len(self.encoder.encoder.architecture.widths) - 1
        given = tuple(bias.tolist())
        return Predictor(self.encoder.encoder, {last: weights}, given, task=self.task)

    def solve_grid(
        self, X: Floats, y: Array, splits: Sequence[Split], weight: Floats
    ) -> list[Floats]:
        """The same model for every split."""
        p = self.fit_one(X, y, splits[0], weight).predict(X)
        return [p[split.test] for split in splits]
