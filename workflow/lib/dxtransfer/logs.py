"""Logging of a rule: everything into its log file, one line for a person on the console."""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dxtransfer.errors import InputError


@contextmanager
def logged(path: str) -> Iterator[logging.Logger]:
    """Log to `path` and to the console; turn a failure into a traceback there and a line here.

    Parameters
    ----------
    path
        The rule's log file.

    Raises
    ------
    SystemExit
        With status 1, after any exception inside the block.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    logger, of_libraries = logging.getLogger("dxtransfer"), logging.getLogger("py.warnings")
    logger.setLevel(logging.INFO)
    logger.propagate = of_libraries.propagate = False
    form = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")
    file, console = logging.FileHandler(path, mode="w"), logging.StreamHandler()
    for handler in (file, console):
        handler.setFormatter(form)
        logger.addHandler(handler)
    logging.captureWarnings(True)
    # Warnings of libraries are for the one who looks into the log, not for the console.
    of_libraries.addHandler(file)
    try:
        yield logger
    except Exception as error:
        file.emit(logging.makeLogRecord({"msg": traceback.format_exc(), "levelname": "ERROR"}))
        told = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
        logger.error("%s (log: %s)", " ".join(told.split()), path)
        sys.exit(1)
    finally:
        for handler in (file, console):
            logger.removeHandler(handler)
        of_libraries.removeHandler(file)
        logging.captureWarnings(False)
        logger.propagate = of_libraries.propagate = True
        file.close()
