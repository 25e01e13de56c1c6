"""Checklists of reporting on the page, with how much of each this run answers."""

from collections.abc import Sequence
from typing import Any

from dxtransfer.report.cells import Cell, Table
from dxtransfer.report.facts import FILL_IN, Facts
from dxtransfer.report.model_card import model_card
from dxtransfer.report.probast import probast
from dxtransfer.report.tripod import tripod

CHECKLISTS = {
    "tripod": ("TRIPOD+AI: what a report of a prediction model should hold", tripod),
    "probast": ("PROBAST: where bias could come from", probast),
    "model_card": ("Model card", model_card),
}


def checklists(known: Facts) -> list[dict[str, Any]]:
    """Fill every checklist: its table, and how many of each this run answers."""
    found = []
    for title, items in ((title, make(known)) for title, make in CHECKLISTS.values()):
        numbered = any(number for number, _, _ in items)
        rows: list[Sequence[Cell]] = [
            [Cell(number), Cell(topic), Cell(answer)] if numbered else [Cell(topic), Cell(answer)]
            for number, topic, answer in items
        ]
        columns = [*["Item"] * numbered, "Topic", "This run"]
        found.append(
            {
                "title": title,
                "answered": sum(answer != FILL_IN for _, _, answer in items),
                "total": len(items),
                "table": Table(caption=title, columns=columns, rows=rows, text_columns=3),
            }
        )
    return found
