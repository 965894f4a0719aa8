"""Folders that are put back as they were, and what was written into them."""

import os
import shutil
import subprocess
from pathlib import Path

# What tells one content of a file from another, as long as nobody sets clocks back.
Stamp = tuple[int, int, int]


def restore(prepared: Path, place: Path) -> None:
    """Copies a folder or file to a place, replacing what is there, and waits until the disk has it.

    Without that wait the first program that syncs would pay for the copy.
    """
    remove(place)
    subprocess.run(["cp", "-a", prepared, place], check=True)
    os.sync()


def remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def stamps(folder: Path) -> dict[Path, Stamp]:
    """Every file below a folder, by its path within."""
    result: dict[Path, Stamp] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            status = path.stat()
            result[path.relative_to(folder)] = (status.st_ino, status.st_mtime_ns, status.st_size)
    return result


def written_since(before: dict[Path, Stamp], folder: Path) -> dict[Path, int]:
    """The sizes of files that are new or other than before."""
    return {path: stamp[2] for path, stamp in stamps(folder).items() if before.get(path) != stamp}
