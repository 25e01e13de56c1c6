"""Many problems over the samples of one cohort, in pieces of one size that fit into memory."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

# Bytes that the problems being solved at a time may take, in all threads together.
MEMORY = 2**26
# Problems are padded to a multiple of this many samples, whatever is solved beside them. A larger
# one costs arithmetic and saves calls, of which there is one for each size.
PADDED = 4
# Once a block of nearly 32 MB was freed, glibc keeps freed memory for the next step instead of
# giving it back and asking for it anew, page by page (mallopt(3), M_MMAP_THRESHOLD).
torch.empty(2**25 - 2**14, dtype=torch.uint8)


@dataclass(frozen=True)
class Piece:
    """Problems with about as many samples each.

    Attributes
    ----------
    problems
        Their numbers, (problems,).
    rows
        Samples of each, those with a weight first, (problems, size).
    weights
        Weights of these rows, 0 for those that fill up, (problems, size).
    """

    problems: Tensor
    rows: Tensor
    weights: Tensor

    def at(self, kept: Tensor) -> "Piece":
        """Some of the problems."""
        return Piece(self.problems[kept], self.rows[kept], self.weights[kept])

    def kernel(self, K: Tensor) -> Tensor:
        """Kernel of each problem's rows, (problems, size, size); K is shared or one a problem."""
        own = () if K.dim() == 2 else (self.problems[:, None, None],)
        return K[(*own, self.rows[:, :, None], self.rows[:, None])]

    def offset(self, offset: Tensor | None, outputs: int) -> Tensor:
        """Offsets of each problem's rows, (problems, size, outputs)."""
        if offset is None:
            return self.weights.new_zeros(*self.rows.shape, outputs)
        if offset.dim() == 2:
            return offset[self.rows]
        return offset[self.problems[:, None], self.rows]


def in_pieces(
    work: Callable[[Piece], None],
    weights: Tensor,
    *,
    matrices: int,
    memory: int,
    padded: int = PADDED,
) -> None:
    """Do `work` on all problems that have a sample, piece by piece, those of one size together.

    Parameters
    ----------
    work
        Called with each piece, in threads; pieces share no problem.
    weights
        (problems, samples); 0 leaves a sample out.
    matrices
        Matrices of a problem's size squared that `work` holds at a time, 8 bytes a number.
    memory
        Bytes for all threads together.
    padded
        Problems are padded to a multiple of it.
    """
    counts = (weights > 0).sum(1)
    sizes = (-(-counts // padded) * padded).clamp_max(weights.shape[1])

    def gathered(problems: Tensor) -> None:
        size, inside = int(sizes[problems[0]]), weights[problems]
        rows = (inside <= 0).to(torch.uint8).argsort(dim=1, stable=True)[:, :size]
        work(Piece(problems, rows, inside.gather(1, rows)))

    for size in sorted(set(sizes[sizes > 0].tolist())):
        problems = (sizes == size).nonzero().squeeze(1)
        on_threads(gathered, problems, each=8 * matrices * size**2, memory=memory)


def on_threads(work: Callable[[Tensor], None], problems: Tensor, *, each: int, memory: int) -> None:
    """Do `work` on parts of `problems` that fit into memory.

    Parts go to as many threads as torch may use, one core each: LAPACK on many small matrices
    gets slower, not faster, with more than one. A problem by itself is given all cores.

    Parameters
    ----------
    work
        Called with the numbers of each part, in threads.
    problems
        Numbers of the problems, (problems,).
    each
        Bytes that `work` takes for a problem.
    memory
        Bytes for all threads together.
    """
    threads = torch.get_num_threads()
    most = max(1, min(memory // threads // each, -(-len(problems) // threads)))
    parts = torch.split(problems, most)
    if len(parts) < 2 or threads == 1:
        for part in parts:
            work(part)
        return
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(work, parts):
                pass
    finally:
        torch.set_num_threads(threads)
