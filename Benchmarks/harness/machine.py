"""Where and with what a run was made."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def describe(folder: Path, tools: dict[str, Sequence[str]], command: str) -> list[tuple[str, str]]:
    """The folder says which file system; a tool is asked with the command given."""
    lines = [
        ("date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("command", f"`{command}`"),
        ("processor", f"{_processor()}, {os.cpu_count()} cores"),
        ("memory", f"{_memory() / 2**30:.0f} GiB"),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("file system", _output(["stat", "-f", "-c", "%T", str(folder)])),
        ("Python", platform.python_version()),
    ]
    return lines + [(name, _output(call)) for name, call in tools.items()]


def package_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _output(command: Sequence[str]) -> str:
    """The first line of what a program prints."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "not found"
    return (result.stdout or result.stderr).strip().splitlines()[0]
