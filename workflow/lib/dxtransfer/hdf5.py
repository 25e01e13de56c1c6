"""Whether an HDF5 file can be read without harm to the process that reads it."""

import os
import select
import subprocess
import sys
from pathlib import Path

import h5py

from dxtransfer.errors import InputError

# without a sign of life for so long, the library is in a loop; importing h5py is not counted
SECONDS = 6
# Attributes and texts are what lies in HDF5's heaps, where damage can send the library into a loop
# without an end or end the process. A dot says that another part could be read.
VISIT = """
import sys
import h5py

def sign():
    print(".", end="", flush=True)

def visit(name, member):
    for key in member.attrs:
        member.attrs.get(key)
    sign()
    if not isinstance(member, h5py.Dataset) or not h5py.check_string_dtype(member.dtype):
        return
    # what declares more than it can hold is refused by its reader
    if member.ndim == 1 and len(member) <= 70 * member.id.get_storage_size():
        for start in range(0, len(member), 100_000):
            member[start : start + 100_000]
            sign()

sign()
try:
    with h5py.File(sys.argv[1]) as file:
        visit("/", file)
        file.visititems(visit)
except Exception:
    pass
"""


def check_hdf5(path: Path) -> None:
    """Visit attributes and texts of an HDF5 file in a process of its own; other files pass.

    What is damaged so that the library says so passes, too: the reader tells it better.

    Raises
    ------
    InputError
        Where HDF5's library ends the process or does not come back.
    """
    if not path.is_file() or not h5py.is_hdf5(path):
        return
    command = [sys.executable, "-c", VISIT, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as visitor:
        assert visitor.stdout is not None
        # the first sign comes once h5py is imported, however long that takes
        seconds = None
        while select.select([visitor.stdout], [], [], seconds)[0]:
            if not os.read(visitor.stdout.fileno(), 1 << 16):
                break
            seconds = SECONDS
        else:
            visitor.kill()
    if visitor.returncode:
        raise InputError(
            f"{path}: an HDF5 file that is damaged in its attributes or texts, so that no program "
            "can read it; fetch or write it again"
        )
