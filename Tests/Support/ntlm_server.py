"""A web server that really verifies NTLM (NTLMv2, by pyspnego). Prints its port, and ends when standard input does.

usage: ntlm_server.py USER PASSWORD DOMAIN [SECONDS [BYTES]]
GET /report.csv gives the file `served` of its folder, in pieces, BYTES a second; it thinks SECONDS before. GET /pages.csv?page=N gives ten
rows a page, for ten pages. NTLM authenticates a connection: a new one starts over. GET /log tells how often connections
were authenticated, and how many requests were answered.
"""
import base64
import contextlib
import http.server
import os
import sys
import tempfile
import threading
import time

USER, PASSWORD, DOMAIN = sys.argv[1:4]
SECONDS = float(sys.argv[4]) if sys.argv[4:] else 0
# So many bytes a second; 0: as fast as it can.
RATE = int(sys.argv[5]) if sys.argv[5:] else 0
LOG = {"handshakes": 0, "answers": 0, "refusals": 0}

# pyspnego looks accounts up in this file; one without a domain is looked up with an empty one.
descriptor, accounts = tempfile.mkstemp(prefix="ntlm_users_")
with open(descriptor, "w", encoding="utf-8") as file:
    file.write(":%s:%s\n%s:%s:%s\n" % (USER, PASSWORD, DOMAIN, USER, PASSWORD))
os.environ["NTLM_USER_FILE"] = accounts
import spnego  # noqa: E402
from spnego.exceptions import SpnegoError  # noqa: E402


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def setup(self):
        super().setup()
        self.context = None
        self.who = None

    def log_message(self, *arguments):
        pass

    def deny(self, token=None):
        LOG["refusals"] += token is None
        self.send_response(401)
        self.send_header("WWW-Authenticate", "NTLM" + (" " + base64.b64encode(token).decode() if token else ""))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def is_known(self):
        given = self.headers.get("Authorization", "")
        if not given.startswith("NTLM "):
            if not self.who:
                self.deny()
            return bool(self.who)
        try:
            message = base64.b64decode(given[5:])
            if message[8:9] == b"\x01":
                self.who = None
                self.context = spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
            answer = self.context.step(message)
            if not self.context.complete:
                self.deny(answer)
                return False
            self.who = self.context.client_principal
            self.context = None
            LOG["handshakes"] += 1
            return True
        except (SpnegoError, ValueError, AttributeError):
            self.who = self.context = None
            self.deny()
            return False

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/log":
            return self.send("handshakes {handshakes} answers {answers} refusals {refusals}\n".format(**LOG).encode())
        if not self.is_known():
            return
        LOG["answers"] += 1
        if self.path.startswith("/pages.csv"):
            page = int(self.path.split("page=")[1])
            rows = range(page * 10, min(100, page * 10 + 10))
            return self.send(b"id,name\n" + b"".join(b"%d,row %d\n" % (n, n) for n in rows))
        if self.path.startswith("/echo.csv"):
            return self.send(b"id,name\n1," + body + b"\n")
        time.sleep(SECONDS)
        with open("served", "rb") as file, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(200)
            self.send_header("Content-Type", "text/csv")
            self.send_header("Content-Length", str(os.fstat(file.fileno()).st_size))
            self.end_headers()
            begun = time.monotonic()
            while piece := file.read(1 << 18):
                if RATE:
                    time.sleep(max(0, begun + file.tell() / RATE - time.monotonic()))
                self.wfile.write(piece)

    do_POST = do_GET

    def send(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
# Ends with whoever started it, however that ends.
sys.stdin.read()
os.unlink(accounts)
os._exit(0)
