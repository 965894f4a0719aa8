"""What differs between two dumps: how many keys by operation, and a checksum over them.

The checksum is a sum of hashes, so the order in which a contender reports its changes does not matter.
"""

from dataclasses import dataclass, field
from hashlib import blake2b

_MASK = (1 << 64) - 1


@dataclass
class KeySet:
    count: int = 0
    checksum: int = 0

    def add(self, key: str) -> None:
        self.count += 1
        self.checksum += int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little")
        self.checksum &= _MASK


@dataclass
class Truth:
    """Changes by operation; two that are equal hold the same keys."""

    insert: KeySet = field(default_factory=KeySet)
    update: KeySet = field(default_factory=KeySet)
    delete: KeySet = field(default_factory=KeySet)

    def add(self, operation: str, key: str) -> None:
        if operation not in ("insert", "update", "delete"):
            raise ValueError(f"unknown operation {operation!r}")
        getattr(self, operation).add(key)

    @classmethod
    def from_json(cls, value: dict[str, dict[str, int]]) -> "Truth":
        return cls(**{operation: KeySet(**keys) for operation, keys in value.items()})

    def __str__(self) -> str:
        return ", ".join(
            f"{keys.count} {name} ({keys.checksum:016x})"
            for name, keys in (("inserted", self.insert), ("updated", self.update), ("deleted", self.delete))
        )
