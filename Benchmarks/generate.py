"""Makes the dumps of one size, unless they are there: generate.py FOLDER ROWS."""

import sys
from pathlib import Path

from generator.dumps import write_dumps

write_dumps(Path(sys.argv[1]), int(sys.argv[2]))
