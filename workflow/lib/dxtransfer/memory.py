"""How much memory there is, and what does not fit into it."""

import os
import resource
from pathlib import Path

from dxtransfer.errors import InputError

CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory() -> int:
    """Bytes of memory that this process may have: of the machine, its container or its limit."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for name in CGROUPS:
        file = Path(name)
        text = file.read_text().strip() if file.is_file() else ""
        limits += [int(text)] if text.isdigit() else []
    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    return min(limits if allowed == resource.RLIM_INFINITY else [*limits, allowed])


def check_memory(size: int, *, what: str, path: Path) -> None:
    """Refuse what would not fit into memory before any of it is taken.

    Parameters
    ----------
    size
        Bytes that are needed.
    what, path
        What needs them, and the file, for the message.

    Raises
    ------
    InputError
        With both sizes.
    """
    if size > memory():
        raise InputError(
            f"{path}: {what} would take {size / 1e9:,.1f} GB of memory, of which there are "
            f"{memory() / 1e9:,.1f} GB; the file is damaged, or a larger machine is needed"
        )
