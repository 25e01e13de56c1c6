"""From the reads of one bulk sample to counts per transcript: checked, trimmed, pseudoaligned.

Trimming: Martin 2011, EMBnet.journal 17, 10 (cutadapt). Quantification: Bray et al. 2016, Nature
Biotechnology 34, 525 (kallisto).
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dxtransfer.cohorts.reads.fastq import check_mates, look
from dxtransfer.cohorts.reads.tools import CUTADAPT, kallisto, linked, run
from dxtransfer.errors import InputError


@dataclass(frozen=True)
class Quantified:
    """What is known of a quantified sample.

    Attributes
    ----------
    reads
        Reads (single) or pairs (paired) as delivered.
    trimmed
        The same after trimming.
    pseudoaligned
        Of these, compatible with a transcript.
    cutadapt, kallisto
        What the programs wrote, for MultiQC.
    """

    reads: int
    trimmed: int
    pseudoaligned: int
    cutadapt: str
    kallisto: str

    def numbers(self) -> dict[str, int]:
        """The counts of reads alone."""
        return {k: getattr(self, k) for k in ("reads", "trimmed", "pseudoaligned")}


def quantify(
    lanes: Sequence[Sequence[str]],
    abundance: Path,
    *,
    sample: str,
    index: Path,
    settings: Mapping[str, Any],
    scratch: Path,
    threads: int = 1,
) -> Quantified:
    """Check, trim and quantify the reads of a sample.

    Parameters
    ----------
    lanes
        One or two FASTQ files per lane.
    abundance
        Where kallisto's table of transcripts is put.
    sample
        Name of the sample, safe as a file name.
    index
        kallisto's index.
    settings
        The block `reads` of the configuration: adapter_1, adapter_2, quality_cutoff, min_length,
        fragment_length, fragment_sd.
    scratch
        Folder for trimmed reads, which are removed at the end.
    threads
        Threads of either program.

    Raises
    ------
    InputError
        For reads that fail the checks, see `look` and `check_mates`, or of which none is left.
    """
    lane_files = [[Path(file) for file in lane] for lane in lanes]
    reads = sum(check_lane(lane) for lane in lane_files)
    with TemporaryDirectory(prefix=f"{sample}.", dir=scratch) as temporary:
        work = Path(temporary)
        trimmed, told = [], []
        for number, lane in enumerate(lane_files):
            names = [f"{sample}_{mate}" for mate in range(1, len(lane) + 1)]
            delivered = linked(lane, names=names, folder=work / f"delivered_{number}")
            files, words = _trim(
                delivered, work / f"trimmed_{number}", settings=settings, threads=threads
            )
            trimmed.extend(files)
            told.append(words)
        words = _pseudoalign(trimmed, work, len(lanes[0]), index, settings, threads)
        info = json.loads((work / "run_info.json").read_text())
        if not info["n_processed"]:
            raise InputError(
                f"sample {sample}: none of {reads} reads is left after trimming; look at adapters, "
                "qualities and reads.min_length"
            )
        shutil.copyfile(work / "abundance.tsv", abundance)
    return Quantified(reads, info["n_processed"], info["n_pseudoaligned"], "".join(told), words)


def check_lane(files: Sequence[Path]) -> int:
    """Check the one or two files of a lane; give the number of their reads."""
    looks = [look(file) for file in files]
    if len(looks) == 2:
        check_mates(*looks)
    return looks[0].reads


def _trim(
    files: Sequence[Path], folder: Path, *, settings: Mapping[str, Any], threads: int
) -> tuple[list[Path], str]:
    folder.mkdir()
    # compressed lightly: trimmed reads of a deep sample would otherwise fill the disk
    out = [folder / f"{file.name.split('.fastq')[0]}.fastq.gz" for file in files]
    options: list[str | Path] = [f"--cores={threads}", "--compression-level=1"]
    options += [f"--quality-cutoff={settings['quality_cutoff']}"]
    options += [f"--minimum-length={settings['min_length']}", "-o", out[0]]
    if settings["adapter_1"]:
        options += ["-a", settings["adapter_1"]]
    if len(files) == 2:
        options += ["-p", out[1]]
        if settings["adapter_2"]:
            options += ["-A", settings["adapter_2"]]
    ran = run([*CUTADAPT, *options, *files], what=f"{files[0].resolve()}: trimming")
    return out, ran.stdout


def _pseudoalign(
    files: Sequence[Path],
    folder: Path,
    mates: int,
    index: Path,
    settings: Mapping[str, Any],
    threads: int,
) -> str:
    options = [f"--threads={threads}", "--plaintext"]
    if mates == 1:
        options += ["--single", f"--fragment-length={settings['fragment_length']}"]
        options += [f"--sd={settings['fragment_sd']}"]
    command = [kallisto(), "quant", "-i", index, "-o", folder, *options, *files]
    # 1 is also what it ends with where no read is pseudoaligned, which is told by the cohort
    ran = run(command, what=f"{files[0].name}: quantification", accepted=(0, 1))
    if not (folder / "run_info.json").exists():
        raise InputError(f"{files[0].name}: kallisto wrote nothing: {ran.stderr.strip()[-200:]}")
    return ran.stderr
