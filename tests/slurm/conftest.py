"""A real SLURM of one pretended large node, with a munge of its own, for the time of the tests.

Nothing of the machine's own SLURM or munge is read or changed: all files lie in one temporary
folder, and every port is free when the daemons start.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

PROGRAMS = ("munged", "slurmctld", "slurmd", "srun")
PROFILE = "workflow/profiles/slurm"

# config_overrides: SLURM believes in 64 cores and 256 GB, so that honest requests of the rules
# are granted on any machine. MinJobAge keeps finished jobs visible without an accounting database.
SLURM_CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TaskProlog={folder}/prolog
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MinJobAge=3600
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=64 RealMemory=256000 Gres=gpu:1 State=UNKNOWN
PartitionName=cpu Nodes={host} Default=YES State=UP
PartitionName=gpu Nodes={host} State=UP
"""

# Snakemake's jobs call srun without the variables of SLURM, the path of slurm.conf among them.
SRUN = """\
#!/bin/sh
SLURM_CONF={folder}/slurm.conf exec {srun} "$@"
"""

# SLURM runs this before each task with the task's own environment.
PROLOG = """\
#!/bin/sh
echo "$SLURM_JOB_ID $SLURM_JOB_PARTITION ${{CUDA_VISIBLE_DEVICES-none}}" >>{folder}/tasks
"""


@dataclass(frozen=True)
class Job:
    """What SLURM itself says of one job: its rule, its partition and the GPUs its tasks saw."""

    rule: str
    partition: str
    devices: str
    state: str


@dataclass(frozen=True)
class Cluster:
    """A running SLURM, told to its clients by `environment`."""

    folder: Path
    environment: Mapping[str, str]

    def command(self, *arguments: str) -> str:
        """Standard output of a SLURM client."""
        return subprocess.run(
            arguments, env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def jobs(self) -> list[Job]:
        """All jobs so far, finished ones included."""
        devices = dict(
            re.findall(r"^(\d+) \S+ (\S+)$", (self.folder / "tasks").read_text(), re.MULTILINE)
        )
        listing = self.command("scontrol", "show", "job", "--oneliner")
        return [
            Job(
                rule=_field(line, r"StdOut=\S*/rule_(\w+)/"),
                partition=_field(line, r" Partition=(\S+)"),
                devices=devices[_field(line, r"^JobId=(\d+)")],
                state=_field(line, r" JobState=(\S+)"),
            )
            for line in listing.splitlines()
            if line.startswith("JobId=")
        ]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A SLURM with the partitions cpu (default) and gpu, stopped at the end."""
    missing = [name for name in PROGRAMS if not shutil.which(name, path=_path())]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("SLURM's daemons are started as root here")
    # a short path, since a socket's name is limited to 108 characters
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{folder}/bin:{_path()}",
        "SLURM_CONF": str(folder / "slurm.conf"),
    }
    try:
        _configure(folder)
        _start(folder, environment)
        running = Cluster(folder, environment)
        _wait_until_idle(running)
        yield running
    finally:
        _stop(folder)
        shutil.rmtree(folder)


@pytest.fixture
def run_study(cluster: Cluster) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a workflow's copy through the SLURM profile, changed only where tests are in a hurry."""

    def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        # about as long as a small job: a check that finds none finished puts off the next by 10 s
        in_a_hurry = ("--slurm-init-seconds-before-status-checks=8", "--latency-wait=10")
        # no accounting database here: states come from squeue
        profile = ("--workflow-profile", PROFILE, "--slurm-status-command=squeue")
        command = [sys.executable, "-m", "snakemake", *profile, *in_a_hurry, "--jobs=6"]
        return subprocess.run(
            [*command, *arguments],
            cwd=folder,
            env=cluster.environment,
            capture_output=True,
            text=True,
        )

    return run


def _path() -> str:
    """Daemons often lie outside of a user's PATH."""
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"


def _configure(folder: Path) -> None:
    for name in ("state", "spool", "bin"):
        (folder / name).mkdir()
    (folder / "tasks").touch()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    srun = shutil.which("srun", path=_path())
    for program, text in (("prolog", PROLOG), ("bin/srun", SRUN)):
        (folder / program).write_text(text.format(folder=folder, srun=srun))
        (folder / program).chmod(0o755)
    (folder / "gres.conf").write_text("Name=gpu Count=1 File=/dev/null\n")
    controller_port, node_port = _free_ports(2)
    (folder / "slurm.conf").write_text(
        SLURM_CONF.format(
            host=socket.gethostname().split(".")[0],
            folder=folder,
            controller_port=controller_port,
            node_port=node_port,
        )
    )


def _start(folder: Path, environment: Mapping[str, str]) -> None:
    key = (f"--socket={folder}/munge.socket", f"--key-file={folder}/munge.key")
    files = [f"--{name}-file={folder}/munged.{name}" for name in ("pid", "log", "seed")]
    for command in (["munged", *key, *files], ["slurmctld"], ["slurmd"]):
        subprocess.run(command, env=environment, check=True, capture_output=True)


def _wait_until_idle(running: Cluster) -> None:
    deadline = time.monotonic() + 30
    state = "no answer"
    while time.monotonic() < deadline:
        answer = subprocess.run(
            ["sinfo", "--noheader", "--format=%T"],
            env=running.environment,
            capture_output=True,
            text=True,
        )
        state = answer.stdout or answer.stderr
        if set(state.split()) == {"idle"}:
            return
        time.sleep(0.5)
    pytest.fail(f"SLURM did not come up: {state}")


def _stop(folder: Path) -> None:
    """End exactly the daemons that were started here, by their process ids."""
    for name in ("slurmd", "slurmctld", "munged"):
        file = folder / f"{name}.pid"
        if not file.exists():
            continue
        process = int(file.read_text())
        os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + 15
        while Path(f"/proc/{process}").exists() and time.monotonic() < deadline:
            time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _field(line: str, pattern: str) -> str:
    found = re.search(pattern, line)
    if not found:
        raise ValueError(f"no {pattern} in {line}")
    return found.group(1)
