#!/usr/bin/env python3
"""A million keys of Redis: `fetch` beside redis-cli, which writes the same values to a file.

Starts a redis-server of its own. Prints a table in Markdown; ends with 1 if the dump is not what the server has.
"""

import argparse
import hashlib
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.process import Failed, Usage, run

FEED = """\
feed: keys
source:
  url: redis://127.0.0.1:{port}
key: [key]
"""

# 256 names to a command: the fastest of what its own tools can do.
COMMAND_LINE = """\
redis-cli -p {port} --scan | xargs -n 256 echo MGET | redis-cli -p {port} > {folder}/values
"""


def value(number: int, size: int) -> str:
    """Text that is not packed into nothing: hexadecimal digits, another for each key."""
    seed = hashlib.shake_128(str(number).encode()).hexdigest(size // 2)
    return seed[:size]


def fill(port: int, keys: int, size: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for first in range(0, keys, 1000):
            last = min(first + 1000, keys)
            words = [(f"trace:{number:09d}", value(number, size)) for number in range(first, last)]
            text = "".join(
                f"*3\r\n$3\r\nSET\r\n${len(name)}\r\n{name}\r\n${len(text)}\r\n{text}\r\n" for name, text in words
            )
            connection.sendall(text.encode())
            left = 5 * (last - first)
            while left > 0:
                left -= len(connection.recv(left))


def wait(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise Failed("redis-server does not answer")


def check(binaries: Path, environment: dict[str, str], folder: Path, keys: int, size: int) -> None:
    """The dump, taken out again, holds each key once, with its value."""
    dump = folder / "dump"
    event = json.loads((folder / "event").read_text())
    run([binaries / "query", "--dump", event["data"]["run"]], stdout=dump, environment=environment)
    seen = 0
    with dump.open() as lines:
        for line in lines:
            record = json.loads(line)
            number = int(record["key"].removeprefix("trace:"))
            if number != seen or record["value"] != value(number, size):
                raise Failed(f"line {seen + 1} of the dump is not what the server has")
            seen += 1
    if seen != keys:
        raise Failed(f"the dump has {seen} keys, the server {keys}")


def median(usages: list[Usage]) -> Usage:
    return sorted(usages, key=lambda usage: usage.wall)[len(usages) // 2]


def main() -> int:
    top = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=Path, default=top / ".build/bundle", help="where the binaries are")
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--size", type=int, default=1000, help="bytes of a value")
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    binaries = options.bin.resolve()
    for tool in ("redis-server", "redis-cli"):
        if shutil.which(tool) is None:
            raise Failed(f"install {tool} first (Debian: redis-server, redis-tools)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", name],
            stdout=subprocess.DEVNULL,
        )
        try:
            wait(port)
            fill(port, options.keys, options.size)
            return measure(binaries, folder, port, options)
        finally:
            server.terminate()
            server.wait()


def measure(binaries: Path, folder: Path, port: int, options: argparse.Namespace) -> int:
    (folder / "feed.yaml").write_text(FEED.format(port=port))
    environment = {"STRANDLINE_FEED": str(folder / "feed.yaml"), "STRANDLINE_STORE": str(folder / "store")}
    written, fetched = [], []
    for _ in range(options.repetitions):
        written.append(run(["bash", "-ec", COMMAND_LINE.format(port=port, folder=folder)]))
        shutil.rmtree(folder / "store", ignore_errors=True)
        fetched.append(run([binaries / "fetch"], stdout=folder / "event", environment=environment))
    check(binaries, environment, folder, options.keys, options.size)
    rows = [
        ("`redis-cli --scan`, then `MGET`s of 256 names, written", median(written)),
        ("`fetch`: sorted, packed, hashed and stored", median(fetched)),
    ]
    least = rows[0][1].wall
    print(f"{options.keys:,} keys of {options.size} bytes; medians of {options.repetitions} by wall time.\n")
    print("|  | wall s | CPU s | peak MiB | times the wall time of redis-cli |")
    print("| --- | --- | --- | --- | --- |")
    for name, usage in rows:
        print(
            f"| {name} | {usage.wall:.2f} | {usage.cpu:.2f} | {usage.peak / 2**20:.0f} | {usage.wall / least:.2f} |"
        )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"redis.py: {failure}")
