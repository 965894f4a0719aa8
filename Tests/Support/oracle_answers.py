"""Asks the oracle many things about folders of dumps in one process, and brings the product's answers into the same form.

  oracle_answers.py FOLDER-OF-ORACLE < requests

A request is one line, a JSON array of texts. Each makes the file OUT:
  ["oracle", OUT, COMMAND, ARGUMENT...]   what `oracle.py COMMAND ARGUMENT...` prints
  ["records", OUT, IN]                    JSON lines as they are
  ["changes", OUT, IN]                    of JSON lines: op and key
  ["versions", OUT, KEY, IN...]           of JSON lines with times beside the columns: key, valid_from, valid_to, row
  ["keys", OUT, HISTORY]                  some keys of an answer to `history`; OUT.0, OUT.1 ...: the versions of each
Lines are canonical JSON by the oracle's own `canon`. All but the answer to `stats` and keys are sorted.
"""
import copy, json, os, sys

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import oracle

loaded = {}


def ticks(a, only=None):
    """`oracle.ticks`, but each dump is read once for all requests."""
    for time, name, kind in oracle.files(a.dir):
        if only and not only(time):
            continue
        path = os.path.realpath(os.path.join(a.dir, name))
        if path not in loaded:
            loaded[path] = oracle.load(oracle.read(path), a.key, name, time, kind, a.delimiter, a.dup, a.unwrap)
        # The same dump may come at several times.
        tick = copy.copy(loaded[path])
        tick.name, tick.time = name, time
        yield tick


oracle.ticks = ticks


def ask(out, arguments):
    """Runs a command of the oracle with standard output going to a file."""
    terminal = os.dup(1)
    file = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(file, 1)
    os.close(file)
    try:
        sys.argv = ["oracle.py"] + arguments
        oracle.main()
    finally:
        os.dup2(terminal, 1)
        os.close(terminal)
    if arguments[0] != "stats":
        with open(out, "rb") as f:
            lines = f.readlines()
        with open(out, "wb") as f:
            f.writelines(sorted(lines))


def key(row, columns):
    values = (row.get(c) for c in columns)
    return ["" if v is None else v if isinstance(v, str) else oracle.canon(v) for v in values]


def version(line, columns):
    row = dict(line)
    row.pop("recorded_at")
    times = {name: row.pop(name) for name in ("valid_from", "valid_to")}
    return dict(times, key=key(row, columns), row=row)


def rewrite(out, files, change):
    lines = []
    for name in files:
        with open(name, encoding="utf-8", errors="surrogatepass", newline="\n") as f:
            lines += [oracle.canon(change(json.loads(line))) + "\n" for line in f]
    with open(out, "wb") as f:
        f.writelines(sorted(line.encode("utf-8", "surrogatepass") for line in lines))


def choose(versions):
    """Keys of every kind there is: much changed, gone and back, with blank parts, awkward to write, any."""
    keys = list(versions)

    def returned(k):
        return any(a["valid_to"] != b["valid_from"] for a, b in zip(versions[k], versions[k][1:]))

    some = sorted(keys, key=lambda k: -len(versions[k]))[:3]
    some += [k for k in keys if returned(k)][:3]
    some += [k for k in keys if "" in k][:2]
    some += [k for k in keys if any(not c.isalnum() and c not in "-_ " for c in "".join(k))][:2]
    some += [keys[0], keys[len(keys) // 3], keys[-1]]
    return list(dict.fromkeys(some))


def keys(out, history):
    versions = {}
    with open(history, encoding="utf-8", errors="surrogatepass", newline="\n") as f:
        for line in f:
            one = json.loads(line)
            versions.setdefault(tuple(one["key"]), []).append(one)
    for some in versions.values():
        some.sort(key=lambda one: one["valid_from"])
    chosen = choose(versions)
    with open(out, "w", encoding="utf-8", errors="surrogatepass") as f:
        f.writelines(json.dumps(k) + "\n" for k in chosen)
    for number, k in enumerate(chosen):
        with open(f"{out}.{number}", "wb") as f:
            lines = (oracle.canon(one).encode("utf-8", "surrogatepass") + b"\n" for one in versions[k])
            f.writelines(sorted(lines))


for request in sys.stdin:
    what, out, *rest = json.loads(request)
    if what == "oracle":
        ask(out, rest)
    elif what == "records":
        rewrite(out, rest, lambda line: line)
    elif what == "changes":
        rewrite(out, rest, lambda line: {"op": line["op"], "key": line["key"]})
    elif what == "versions":
        columns = rest[0].split(",")
        rewrite(out, rest[1:], lambda line: version(line, columns))
    elif what == "keys":
        keys(out, rest[0])
    else:
        sys.exit(f"no such request: {what}")
