# What the examples have in common: sourced by each `run` before anything else. It makes a folder of its own for what the
# example writes, run/NAME, and goes there. STRANDLINE_BIN says where the functions are, WORK names another folder.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
top=$(cd "$here/../.." && pwd)
name=$(basename "$here")
bin=${STRANDLINE_BIN:-$top/.build/release}
if [ -n "${WORK:-}" ]; then
  work=$WORK
  mkdir -p "$work"
  [ -z "$(ls -A "$work")" ] || { echo "$work is not empty: name a new folder in WORK" >&2; exit 1; }
else
  work=$top/run/$name
  rm -rf "$work"
  mkdir -p "$work"
fi
cd "$work"
# Runs follow each other at once here.
sed 's/^schedule:.*/min_interval: 0s/' "$here/feed.yaml" > feed.yaml
export STRANDLINE_FEED=$work/feed.yaml

# Starts a server that prints its port and ends when its input does, so with the example; the feed file names it.
serve() {
  coproc SERVER { exec "$@"; }
  local line
  read -r line <&"${SERVER[0]}"
  port=${line##* }
  export no_proxy=127.0.0.1
  sed -i "s/:8425/:$port/g" feed.yaml
}

# A program in Python with what the tests compare with.
with_python() {
  "$top/Tests/Support/venv.sh"
  python=$top/.venv/bin/python
}

# Replaces a file at once, as a well-behaved source does.
put() {
  cp "$1" "$2.new"
  mv "$2.new" "$2"
}

# One run; arguments are for fetch.
tick() {
  "$bin/fetch" "$@" | "$bin/dedupe" | "$bin/snapshot" | "$bin/publish" > event.json
}

# The run of this number, what it is about, and from when on what it found is valid: times[number].
take() {
  echo "── Run $1: $2"
  tick
  times[$1]=$(last_time)
}

# The moment from which on what the last run found is valid.
last_time() {
  "$bin/query" --runs --format jsonl | tail -n 1 | sed -E 's/.*"valid_from":"([^"]*)".*/\1/'
}

# A port that nobody listens on.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# What changed between two moments.
show_difference() {
  echo
  echo "── What run 2 changed: query --diff $1 $2"
  "$bin/query" --diff "$1" "$2" --format jsonl
}

show_runs() {
  echo
  echo "── What each run found: query --runs"
  "$bin/query" --runs --format csv | cut -d, -f1,2,4,6-9
}

show_records() {
  echo
  echo "── The records: query --as-of now"
  "$bin/query" --as-of now --format "${1:-csv}"
}
