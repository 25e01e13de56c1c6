"""What became of each feature of a cohort, step by step."""

from collections.abc import Sequence

import pandas as pd

# what can be done to a name, in the order of the steps
ACTIONS = (
    *("annotated", "repaired", "version_cut", "reduced", "upper_cased"),
    *("mapped", "unmapped", "merged", "lost"),
)


class Ledger:
    """The names of a cohort on their way, and what was done to each.

    Attributes
    ----------
    delivered
        Names as delivered, stripped of white space.
    names
        Names as they stand now; empty for a feature that is lost.
    before
        Names before their canonical form, which has less in it than some of them.
    """

    def __init__(self, delivered: Sequence[str]) -> None:
        """Begin with names as they were delivered."""
        self.delivered = [str(name).strip() for name in delivered]
        self.names = list(self.delivered)
        self.before = list(self.delivered)
        self._as_delivered = list(delivered)
        self._done: list[list[tuple[str, str]]] = [[] for _ in self.names]

    def rename(self, i: int, name: str, action: str, detail: str = "") -> None:
        """Give feature `i` another name, or note an action that leaves it as it is."""
        self.names[i] = name
        self._done[i].append((action, detail))

    def lose(self, i: int, reason: str) -> None:
        """Leave feature `i` out; nothing else that was done to it counts."""
        self.names[i] = ""
        self._done[i] = [("lost", reason)]

    def open(self) -> list[int]:
        """Features that are not lost."""
        return [i for i, name in enumerate(self.names) if name]

    def close(self) -> tuple[pd.DataFrame, pd.Series]:
        """Note which features share a name, and hand over.

        Returns
        -------
        tuple
            One row per feature and action (delivered, canonical, action, reason), and the final
            name of every feature, empty where it is lost.
        """
        names = pd.Series(self.names, dtype=object)
        for i in names.index[names.duplicated(keep=False) & (names != "")]:
            self._done[i].append(("merged", ""))
        rows = [
            (given, name, *done)
            for given, name, steps in zip(self._as_delivered, self.names, self._done, strict=True)
            for done in steps
        ]
        columns = ["delivered", "canonical", "action", "reason"]
        return pd.DataFrame(rows, columns=columns, dtype=object), names
