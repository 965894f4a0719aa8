"""One child process: what it took of the machine."""

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A program ended otherwise than it should have."""


@dataclass(frozen=True)
class Usage:
    """Of one process with all its children, or of several processes in a row."""

    cpu: float = 0.0
    wall: float = 0.0
    peak: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.cpu + other.cpu, self.wall + other.wall, max(self.peak, other.peak))


def middle(usages: Sequence[Usage]) -> Usage:
    """The one with the median CPU time: of short calls a single one says little."""
    return sorted(usages, key=lambda usage: usage.cpu)[len(usages) // 2]


def run(
    command: Sequence[str | Path],
    *,
    stdin: Path | None = None,
    stdout: Path | None = None,
    environment: Mapping[str, str] | None = None,
    statuses: Sequence[int] = (0,),
) -> Usage:
    """Runs a program to its end. Its standard error is shown only if its exit status is not expected."""
    with (
        open(stdin or os.devnull, "rb") as source,
        open(stdout or os.devnull, "wb") as sink,
        tempfile.TemporaryFile() as messages,
    ):
        begin = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=source,
            stdout=sink,
            stderr=messages,
            env={**os.environ, **(environment or {})},
        )
        # Not Popen.wait: only wait4 says what this child used, apart from all others.
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            raise
        wall = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in statuses:
            messages.seek(0)
            text = messages.read().decode(errors="replace")[-4000:]
            raise Failed(f"{' '.join(map(str, command))}\nended with {child.returncode}:\n{text}")
    return Usage(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024)
