"""Runs a file of SQL on a database: [--threads N] [--sync FILE]... DATABASE FILE [NAME=VALUE]...

$NAME in the SQL stands for VALUE. Files given with --sync are on the disk when this ends.
"""

import argparse
import os
from pathlib import Path
from string import Template

import duckdb


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sync", action="append", default=[])
    parser.add_argument("database")
    parser.add_argument("file", type=Path)
    parser.add_argument("values", nargs="*", metavar="NAME=VALUE")
    options = parser.parse_args()
    values = dict(value.split("=", 1) for value in options.values)
    statements = Template(options.file.read_text()).substitute(values)
    with duckdb.connect(options.database) as connection:
        # Records are a set: nobody asked for an order, and keeping one costs memory.
        connection.execute(f"SET threads = {options.threads}; SET preserve_insertion_order = false;")
        connection.execute(statements)
    for path in options.sync:
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


main()
