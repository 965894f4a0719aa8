"""A web server that misbehaves on request. Prints its port, and ends when standard input does.

With --tls CERTIFICATE KEY it speaks https.
"""
import contextlib
import gzip
import socket
import ssl
import sys
import threading
import time
import urllib.parse
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LINES = b"".join(b"%d,row %d\n" % (n, n) for n in range(20000))
COUNTS = {}
COUNTS_LOCK = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def begin(self, **headers):
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.close_connection = True

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def hang_up(self):
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def retry(self):
        return {"Retry_After": self.query["retry"]} if "retry" in self.query else {}

    def count(self):
        with COUNTS_LOCK:
            COUNTS[self.path] = COUNTS.get(self.path, 0) + 1
            return COUNTS[self.path]

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        action = getattr(self, "get_" + url.path.split("/")[1].split(".")[0].replace("-", "_"), None)
        if action is None:
            self.answer(404, b"no such thing")
            return
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            action()
            return
        self.close_connection = True

    do_HEAD = do_GET

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.answer(200, self.seen(body))

    do_POST = do_PUT

    def seen(self, body=b""):
        """What was asked, one fact a line."""
        facts = ["%s %s" % (self.command, self.path), "port %d" % self.client_address[1], "body %s" % body.hex()]
        facts += ["%s: %s" % (name.lower(), value) for name, value in self.headers.items()]
        return "".join(fact + "\n" for fact in facts).encode("latin-1")

    def get_seen(self):
        self.answer(200, self.seen())

    def get_ok(self):
        self.answer(200, LINES, ETag='"v1"', Last_Modified="Sun, 06 Nov 1994 08:49:37 GMT")

    def get_empty(self):
        self.answer(200)

    def get_gzip(self):
        self.answer(200, gzip.compress(LINES), Content_Encoding="gzip")

    def get_dump(self):
        """dump.csv.gz: a compressed file, and not an encoding for transport."""
        self.answer(200, gzip.compress(LINES), Content_Type="application/octet-stream")

    def get_twice(self):
        """twice.csv.gz: the file's own compression called one for transport, as servers often do."""
        self.answer(200, gzip.compress(LINES), Content_Encoding="x-gzip")

    def get_typed(self):
        self.answer(200, gzip.compress(LINES), Content_Type="application/gzip")

    def get_brotli(self):
        self.answer(200, b"\x0b\x02\x80", Content_Encoding="br")

    def get_chunked(self):
        self.begin(Transfer_Encoding="chunked")
        for start in range(0, len(LINES), 7001):
            self.chunk(LINES[start:start + 7001])
        self.wfile.write(b"0\r\nX-Trailer: late\r\n\r\n")

    def get_redirect(self):
        left = int(self.query["n"])
        target = "/redirect?n=%d" % (left - 1) if left > 1 else self.query.get("to", "/ok")
        self.answer(302, b"elsewhere", Location=target)

    def get_nowhere(self):
        self.answer(302, b"elsewhere")

    def get_tagged(self):
        if self.headers.get("If-None-Match") == '"v1"' or self.headers.get("If-Modified-Since"):
            self.send_response(304)
            self.send_header("ETag", '"v1"')
            self.end_headers()
        else:
            self.get_ok()

    def get_unasked(self):
        self.send_response(304)
        self.end_headers()

    def get_flaky(self):
        """flaky?n=2&id=x: the first n answers are errors."""
        if self.count() <= int(self.query["n"]):
            self.answer(int(self.query.get("status", "503")), b"not now", **self.retry())
        else:
            self.get_ok()

    def get_hangs_up(self):
        """hangs-up?n=2&id=x: the first n connections are closed without an answer."""
        if self.count() <= int(self.query["n"]):
            self.hang_up()
        else:
            self.get_ok()

    def get_status(self):
        self.answer(int(self.query["code"]), b"refused", **self.retry())

    def get_tries(self):
        with COUNTS_LOCK:
            self.answer(200, str(COUNTS.get(self.query["of"], 0)).encode())

    def get_cut_length(self):
        self.count()
        self.begin(Content_Length=str(len(LINES)))
        self.wfile.write(LINES[:100000])
        self.hang_up()

    def get_cut_empty(self):
        self.count()
        self.begin(Content_Length="100")
        self.hang_up()

    def get_cut_chunked(self):
        self.begin(Transfer_Encoding="chunked")
        self.chunk(LINES[:100000])
        self.hang_up()

    def get_cut_gzip(self):
        whole = gzip.compress(LINES)
        self.answer(200, whole[:len(whole) // 2], Content_Encoding="gzip")

    def get_cut_file(self):
        whole = gzip.compress(LINES)
        self.answer(200, whole[:-1])

    def get_broken_gzip(self):
        whole = bytearray(gzip.compress(LINES))
        whole[-6] ^= 1
        self.answer(200, bytes(whole), Content_Encoding="gzip")

    def get_not_gzip(self):
        self.answer(200, LINES, Content_Encoding="gzip")

    def get_drip(self):
        self.begin(Content_Length="1000000")
        while True:
            self.wfile.write(b"x")
            time.sleep(0.1)

    def get_silent(self):
        self.connection.recv(1)
        self.close_connection = True

    def get_late(self):
        time.sleep(float(self.query["s"]))
        self.get_ok()

    def get_huge(self):
        """huge?mb=200: so many MiB, as fast as they are taken; with gzip=1 compressed a thousandfold."""
        megabytes = int(self.query["mb"])
        piece = b"0123456789abcde\n" * 65536
        if "gzip" in self.query:
            self.begin(Transfer_Encoding="chunked", Content_Encoding="gzip")
            packer = zlib.compressobj(9, zlib.DEFLATED, 31)
            for _ in range(megabytes):
                data = packer.compress(piece)
                if data:
                    self.chunk(data)
            self.chunk(packer.flush())
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.begin(Content_Length=str(megabytes << 20))
            for _ in range(megabytes):
                self.wfile.write(piece)

    def get_big_headers(self):
        self.answer(200, **{"X_%d" % n: "y" * 60000 for n in range(20)})

    def get_garbage(self):
        self.wfile.write(b"220 mail.example.org ESMTP\r\n" * 10)
        self.hang_up()


class Server(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *arguments):
        pass


def main():
    server = Server(("127.0.0.1", 0), Handler)
    if sys.argv[1:2] == ["--tls"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # Ends with whoever started it, however that ends.
    sys.stdin.read()


main()
