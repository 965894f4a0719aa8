"""Where and with what a run was made."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.process import run


def describe(folder: Path, tools: Mapping[str, Sequence[str | Path]], command: str) -> list[tuple[str, str]]:
    """The folder says which file system; a tool is asked for its version with the command given."""
    lines = [
        ("date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("command", f"`{command}`"),
        ("processor", f"{_processor()}, {os.cpu_count()} cores"),
        ("memory", f"{_memory() / 2**30:.0f} GiB"),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("file system", _output(["stat", "-f", "-c", "%T", str(folder)])),
        ("least peak that can be seen", f"{run(['true']).peak / 2**20:.0f} MiB, the harness's own"),
        ("Python", platform.python_version()),
    ]
    return lines + [(name, _output(call)) for name, call in tools.items()]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _output(command: Sequence[str | Path]) -> str:
    """The first line of what a program prints."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "not found"
    return (result.stdout or result.stderr).splitlines()[0].strip(" *")
