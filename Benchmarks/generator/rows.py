"""What a row says follows from its key and revision alone, so a row can be made anywhere, in any order."""

from datetime import date, timedelta
from hashlib import blake2b

from generator.words import CITIES, FAMILY_NAMES, GIVEN_NAMES, PHRASES, STATUSES

SEED = 20
COLUMNS = tuple("id opened seen given_name family_name city postcode status active amount currency remarks".split())
KEY = "id"
HEADER = ",".join(COLUMNS) + "\n"
RENAMED_HEADER = HEADER.replace("city", "town")

# Keys grow by a step, so that a new row fits between any two.
FIRST_KEY = 1_000_000_000
STEP = 10

_DAYS = [(date(2015, 1, 1) + timedelta(days)).isoformat() for days in range(4096)]
_CURRENCIES = ("EUR", "EUR", "EUR", "GBP", "CHF", "SEK", "USD", "")
_SEED_BYTES = SEED.to_bytes(8, "little")


def key_at(position: int) -> int:
    return FIRST_KEY + STEP * position


def key_before(position: int) -> int:
    """The key of a row that is put in front of the one at a position."""
    return key_at(position) - STEP // 2


def row(key: int, revision: int = 0) -> str:
    """A line of about 195 bytes; another revision differs in `seen`, `status` and `amount`."""
    # One hash a row: its bits choose everything.
    bits = int.from_bytes(blake2b(b"%d" % key, digest_size=21, key=_SEED_BYTES).digest(), "little")
    clock = (bits >> 24) % 86_400
    remarks = PHRASES[bits >> 48 & 255] + ", " + PHRASES[bits >> 56 & 255]
    # One row in eight has a line break within its quotes.
    remarks += ("\n" if bits >> 64 & 7 == 0 else "; ") + PHRASES[bits >> 67 & 255]
    remarks += f", no. {bits >> 142 & 0xFFFFF}"
    cents = (bits >> 80 & 0x3FFFF) + revision
    return (
        f"{key},{_DAYS[bits & 2047]},"
        f"{_DAYS[2048 + (bits >> 12 & 1023) + revision]}T{clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}Z,"
        f"{GIVEN_NAMES[bits >> 100 & 63]},{FAMILY_NAMES[bits >> 106 & 63]},{CITIES[bits >> 112 & 63]},"
        f"{10_000 + (bits >> 118 & 0xFFFF)},{STATUSES[(bits >> 134) + revision & 7]},"
        f"{'true' if bits >> 137 & 3 else 'false'},{cents // 100}.{cents % 100:02},{_CURRENCIES[bits >> 139 & 7]},"
        f'"{remarks}"\n'
    )
