"""What the machine itself can do, to read the other figures by."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from measure import Row

ROUNDS = 5


def ceilings() -> Iterator[Row]:
    """Matrix product, copy in memory, and writing and reading of a file, at their best."""
    yield Row("cores", float(len(os.sched_getaffinity(0))), "")
    one = np.random.default_rng(0).random((1024, 1024), dtype=np.float32)
    yield Row("fp32 matrix product", 2 * 1024**3 / _best(lambda: one @ one) / 1e9, "GFLOP/s")
    block = np.ones(1 << 28, dtype=np.uint8)
    yield Row("copy in memory", block.nbytes / _best(block.copy) / 1e9, "GB/s")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "block"
        content = block.tobytes()
        yield Row(
            "write a file", len(content) / _best(lambda: file.write_bytes(content)) / 1e9, "GB/s"
        )
        yield Row("read a file", len(content) / _best(file.read_bytes) / 1e9, "GB/s")


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
