"""Which rows change between two dumps, as a stream in the order of rows."""

from collections.abc import Iterator
from hashlib import blake2b
from itertools import cycle
from typing import Literal, NamedTuple

Operation = Literal["insert", "update", "delete"]
# Of four changes two are insertions, so the number of rows grows a little, as in most feeds.
_MIX: tuple[Operation, ...] = ("insert", "update", "insert", "delete")


class Change(NamedTuple):
    position: int
    operation: Operation


def scattered(rows: int, total: int) -> Iterator[Change]:
    """Changes all over the dump: one at a random place in each of as many equal stretches.

    No two are near by chance, so nobody gets away with touching fewer places than there are changes.
    """
    operations = cycle(_MIX)
    for number in range(total):
        begin, end = number * rows // total, (number + 1) * rows // total
        chance = int.from_bytes(blake2b(b"%d" % number, digest_size=8).digest(), "little")
        yield Change(begin + chance % (end - begin), next(operations))


def clustered(rows: int, total: int) -> Iterator[Change]:
    """As many changes to rows that follow one another."""
    operations = cycle(_MIX)
    begin = rows * 5 // 8
    for position in range(begin, begin + total):
        yield Change(position, next(operations))
