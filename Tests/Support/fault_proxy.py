"""A proxy before a store that spoils some of what passes. Prints its port; when standard input ends, it prints as one
line of JSON how often it did what, and ends.

Usage: fault_proxy.py ADDRESS SEED [SHARE [STALL]]
Which request meets which fault follows from the seed and the request's number; SHARE of them do (0.08). Of an upload
whose path has STALL in it hardly more than the beginning is taken, and then nothing for ever.
"""
import collections
import contextlib
import http.client
import json
import random
import socket
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

UPSTREAM = urllib.parse.urlsplit(sys.argv[1])
SEED = int(sys.argv[2])
SHARE = float(sys.argv[3]) if len(sys.argv) > 3 else 0.08
STALL = sys.argv[4] if len(sys.argv) > 4 else None
FAULTS = {
    "refused": "the connection is closed, and nothing was passed on",
    "lost": "carried out, and the answer is lost",
    "late-500": "carried out, and answered 500 all the same",
    "late-503": "carried out, and answered 503 all the same",
    "burst-500": "this request and up to three that follow are answered 500, and not carried out",
    "burst-503": "the same with 503",
    "slow": "the answer comes in small pieces",
    "cut": "half of the answer's body comes, then the connection closes",
    "cut-header": "half of the answer's headers come, then the connection closes",
    "twice-first": "carried out twice, the first answer is sent",
    "twice-last": "carried out twice, the second answer is sent",
    "again-later": "carried out and answered; a little later the same request comes once more",
}
# What a proxy has to say itself.
OWN = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Plan:
    def __init__(self):
        self.lock = threading.Lock()
        self.number, self.burst, self.counts = 0, [], collections.Counter()

    def next(self):
        """What happens to the next request, and random numbers of its own."""
        with self.lock:
            self.number += 1
            self.counts["requests"] += 1
            dice = random.Random(f"{SEED} {self.number}")
            if self.burst:
                fault = self.burst.pop()
            else:
                fault = dice.choice(list(FAULTS)) if dice.random() < SHARE else None
                if fault and fault.startswith("burst"):
                    self.burst = [fault] * dice.randrange(4)
            if fault:
                self.counts[fault] += 1
            return fault, dice


PLAN = Plan()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def handle_one_request(self):
        with contextlib.suppress(OSError):
            super().handle_one_request()
            return
        self.close_connection = True

    def do_ANY(self):
        if STALL and self.command in ("PUT", "POST") and STALL in self.path:
            print("stalled", flush=True)
            threading.Event().wait()
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault, dice = PLAN.next()
        if fault == "refused":
            return self.hang_up()
        if fault and fault.startswith("burst"):
            return self.fail(int(fault[-3:]))
        answer = self.carry_out()
        if fault in ("twice-first", "twice-last"):
            again = self.carry_out()
            answer = again if fault == "twice-last" else answer
        if fault == "again-later":
            threading.Timer(dice.uniform(0.01, 0.4), self.carry_out).start()
        if fault == "lost":
            return self.hang_up()
        if fault and fault.startswith("late"):
            return self.fail(int(fault[-3:]))
        self.send(*answer, fault, dice)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_ANY

    def carry_out(self):
        """Asks the store, by a connection for this request alone, so that none is met half-closed."""
        connection = http.client.HTTPConnection(UPSTREAM.hostname, UPSTREAM.port, timeout=60)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() != "connection":
                connection.putheader(name, value)
        connection.putheader("Connection", "close")
        connection.endheaders(self.body)
        with contextlib.closing(connection), connection.getresponse() as answer:
            return answer.status, answer.reason, answer.getheaders(), answer.read()

    def send(self, status, reason, headers, body, fault, dice):
        # The length of an answer without a body is that of the object.
        length = next((value for name, value in headers if name.lower() == "content-length"), None)
        lines = [f"HTTP/1.1 {status} {reason}"]
        lines += [f"{name}: {value}" for name, value in headers if name.lower() not in OWN]
        if self.command == "HEAD" and length is not None:
            lines.append(f"Content-Length: {length}")
        elif status != 204:
            lines.append(f"Content-Length: {len(body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if fault == "cut-header":
            self.wfile.write(head[: dice.randrange(1, len(head) - 2)])
            return self.hang_up()
        if self.command == "HEAD":
            body = b""
        self.wfile.write(head)
        if fault == "cut":
            self.wfile.write(body[: len(body) // 2])
            return self.hang_up()
        if fault == "slow":
            step = max(1, len(body) // 20)
            for start in range(0, len(body), step):
                self.wfile.write(body[start : start + step])
                time.sleep(0.01)
            return
        self.wfile.write(body)

    def fail(self, status):
        head = f"HTTP/1.1 {status} Made Up\r\nContent-Length: 0\r\n\r\n"
        self.wfile.write(head.encode())

    def hang_up(self):
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
print(json.dumps(PLAN.counts), flush=True)
