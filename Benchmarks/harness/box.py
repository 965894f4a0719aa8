"""A control group: so much processor and memory, as a small container has them."""

import os
from collections.abc import Sequence
from pathlib import Path

from harness.process import Failed

_ROOT = Path("/sys/fs/cgroup")
_PERIOD = 100_000


class Box:
    """What runs in it gets a share of one processor, and is ended by the kernel if it wants more memory.

    Makes a group of either version of control groups; raises `Failed` with the reason where it cannot.
    """

    def __init__(self, cpus: float, memory: int) -> None:
        name = f"strandline-{os.getpid()}"
        self._groups: list[Path] = []
        try:
            if (_ROOT / "cgroup.controllers").exists():
                self._make_second(name, cpus, memory)
            else:
                self._make_first(name, cpus, memory)
        except OSError as error:
            self.remove()
            raise Failed(f"no control group can be made here ({error}); it takes root, and a machine that lends them") from error

    def _make_second(self, name: str, cpus: float, memory: int) -> None:
        _write(_ROOT / "cgroup.subtree_control", "+cpu +memory")
        group = self._add(_ROOT / name)
        _write(group / "cpu.max", f"{int(cpus * _PERIOD)} {_PERIOD}")
        _write(group / "memory.max", str(memory))
        _write_if_there(group / "memory.swap.max", "0")

    def _make_first(self, name: str, cpus: float, memory: int) -> None:
        group = self._add(_ROOT / "cpu" / name)
        _write(group / "cpu.cfs_period_us", str(_PERIOD))
        _write(group / "cpu.cfs_quota_us", str(int(cpus * _PERIOD)))
        group = self._add(_ROOT / "memory" / name)
        _write(group / "memory.limit_in_bytes", str(memory))
        # Where swap is counted, it counts with memory.
        _write_if_there(group / "memory.memsw.limit_in_bytes", str(memory))

    def _add(self, group: Path) -> Path:
        group.mkdir()
        self._groups.append(group)
        return group

    def command(self, words: Sequence[str | Path]) -> list[str | Path]:
        """The same command, in the box."""
        enter = "".join(f"echo $$ > {group}/cgroup.procs && " for group in self._groups)
        return ["sh", "-c", f'{enter}exec "$@"', "sh", *words]

    @property
    def throttled(self) -> int:
        """How often it had used up its share, and had to wait for the next tenth of a second."""
        lines = (line.split() for group in self._groups for line in _lines(group / "cpu.stat"))
        return sum(int(words[1]) for words in lines if words[0] == "nr_throttled")

    def remove(self) -> None:
        while self._groups:
            self._groups.pop().rmdir()


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def _write(file: Path, text: str) -> None:
    file.write_text(text)


def _write_if_there(file: Path, text: str) -> None:
    if file.exists():
        file.write_text(text)
