"""Draw the rules of the demo as docs/images/rulegraph.svg: `python docs/images/rulegraph.py`.

Needs Snakemake and graphviz (dot, tred), and is run from the root of the repository.
"""

import re
import subprocess
from pathlib import Path

# stage: fill and line, and its rules
STAGES = {
    ("#e3ebf3", "#7f9ab5"): "demo_data demo_reads reference quantify gene_counts read_quality "
    "multiqc ingest qc audit audit_gate audit_predicted",
    ("#e2efe6", "#7ea88c"): "vocabulary scales store source_labels pretrain features",
    ("#f6ecd9", "#bda06a"): "splits sample_columns finetune baseline ensemble evaluate verdict "
    "verdicts",
    (
        "#efe4ef",
        "#a58aa8",
    ): "model explain enrichment explain_figures predict figures page overview qc_page",
}
HEAD = """\
digraph rules {
    graph [rankdir=LR, bgcolor=transparent, nodesep=0.1, ranksep=0.17];
    node [shape=box, style="rounded,filled", height=0.4, width=0, margin="0.12,0.05",
          fontname="Helvetica, Arial, sans-serif", fontsize=15, fontcolor="#1f2933", penwidth=1.2];
    edge [color="#87919c", penwidth=1.2, arrowsize=0.65];
"""
ABOUT = """\
<!-- Snakemake's rule graph, reduced by graphviz's tred; stages coloured, rule all left out.
     Filled boxes and grey arrows on a transparent ground are legible in light and dark.
     Made by docs/images/rulegraph.py. -->
<svg role="img" aria-label="Rules of the workflow and what each needs" """


def run(*command: str, given: str = "") -> str:
    """Give what a program writes."""
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout


def graph(told: str) -> str:
    """Give Snakemake's graph with the stages' colours."""
    names = dict(re.findall(r'(\d+)\s*\[label\s*=\s*"(\w+)"', told))
    edges = [(names[a], names[b]) for a, b in re.findall(r"(\d+) -> (\d+)", told)]
    colour = {rule: colours for colours, rules in STAGES.items() for rule in rules.split()}
    shown = sorted(set(names.values()) - {"all"})
    nodes = [f'{r} [fillcolor="{colour[r][0]}", color="{colour[r][1]}"];' for r in shown]
    arrows = [f"{a} -> {b};" for a, b in sorted(set(edges)) if b != "all"]
    return "\n".join([HEAD, *nodes, *arrows, "}"])


def main() -> None:
    """Write the image."""
    told = run("snakemake", "--rulegraph", "--forceall", "--cores", "1")
    svg = run("dot", "-Tsvg", given=run("tred", given=graph(told)))
    drawn = svg[svg.index("<svg") :].replace("<svg ", ABOUT, 1)
    drawn = drawn.replace(">rules<", ">Rules of the workflow and what each needs<", 1)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{drawn}'
    Path("docs/images/rulegraph.svg").write_text(text)


if __name__ == "__main__":
    main()
