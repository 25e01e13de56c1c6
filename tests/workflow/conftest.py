"""Snakemake's own command line, loaded once: a call costs a third of a fresh process."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# Each call is a fork of its own, so that nothing of one call is seen by the next. What all of them
# would load late and the plugins that all of them would look for are there before.
SERVER = """
import json, os, sys
import docutils.core, jsonschema, smart_open, snakemake.cli, yte

snakemake.cli.get_argument_parser()

for line in sys.stdin:
    folder, output, arguments = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        told = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(told, 1)
        os.dup2(told, 2)
        sys.argv = ["snakemake", *arguments]
        snakemake.cli.main()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Plan:
    """What a dry run says: its exit status, its words, and its jobs as rule and wildcards."""

    status: int
    text: str
    jobs: tuple[tuple[str, dict[str, str]], ...]

    @property
    def rules(self) -> set[str]:
        """Rules that would run; the target rule `all` does nothing itself."""
        return {rule for rule, _ in self.jobs} - {"all"}

    def of(self, rule: str, *wildcards: str) -> set[str]:
        """Values of some wildcards, joined by dots, of the jobs of a rule."""
        return {".".join(w.get(k, "none") for k in wildcards) for r, w in self.jobs if r == rule}


Plans = Callable[..., Plan]


def _jobs(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    kind = "(?:local)?(?:rule|checkpoint)"
    for rule, block in re.findall(rf"^{kind} (\w+):\n((?: {{4}}.*\n)*)", text, re.MULTILINE):
        found = re.search(r"^    wildcards: (.*)$", block, re.MULTILINE)
        pairs = found[1].split(", ") if found else []
        yield rule, dict(pair.split("=", 1) for pair in pairs)


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plans]:
    """`snakemake -n` in a folder: `plan(folder, *args)`."""
    output = tmp_path_factory.mktemp("plans") / "output"
    command = [sys.executable, "-c", SERVER]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdin is not None and server.stdout is not None

        def ask(folder: Path, *args: str) -> Plan:
            assert server.stdin is not None and server.stdout is not None
            arguments = ["-n", "--cores", "2", "--nocolor", *args]
            server.stdin.write(json.dumps([str(folder), str(output), arguments]) + "\n")
            server.stdin.flush()
            status = int(server.stdout.readline())
            text = output.read_text()
            return Plan(status, text, tuple(_jobs(text)))

        yield ask
        server.stdin.close()
