"""A server that answers as it is told. Prints its port, and ends when standard input does.

Standard input has one line, a JSON array of answers: {"method", "path", "status", "headers", "body"}. Each is given
once, to the first request of its method and path (without the query) that comes; the last one of a kind stays. "*" is
any method or path.
With --tls CERTIFICATE KEY it is also a proxy that answers for every host itself, by TLS (CONNECT).
GET /__log gives what was asked: a JSON array of {"method", "path", "headers", "body"}.
"""
import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS = json.loads(sys.stdin.readline())
LOG = []
LOCK = threading.Lock()
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
if "--tls" in sys.argv:
    TLS.load_cert_chain(*sys.argv[2:4])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/__log":
            with LOCK:
                return self.send(200, {}, json.dumps(LOG))
        path = self.path.split("?")[0]
        with LOCK:
            LOG.append({
                "method": self.command, "path": self.path, "body": body.decode("utf-8", "replace"),
                "headers": {name.lower(): value for name, value in self.headers.items()},
            })
            mine = [a for a in ANSWERS if a["method"] in (self.command, "*") and a["path"] in (path, "*")]
            if len(mine) > 1:
                ANSWERS.remove(mine[0])
        if not mine:
            return self.send(404, {}, "")
        self.send(mine[0]["status"], mine[0]["headers"], mine[0]["body"])

    def send(self, status, headers, body):
        body = body.encode()
        self.send_response_only(status)
        # What it says itself about date and length wins.
        if "Date" not in headers:
            self.send_header("Date", self.date_time_string())
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_CONNECT(self):
        self.send_response_only(200)
        self.end_headers()
        self.connection = TLS.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
