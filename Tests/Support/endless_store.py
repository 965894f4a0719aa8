"""S3 and Google Cloud Storage as far as one large object needs them: what is written is compared and thrown away, what
is read is made up: the byte at place n is n modulo 251. Prints its port, and ends when standard input does.

GET /__taken tells of each object that was completed how many bytes came, or "damaged".
"""
import json
import re
import socketserver
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler

PATTERN = bytes(n % 251 for n in range(251 * 4200))
ROOM = 1 << 20
TAKEN, PARTS, LOCK = {}, {}, threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    rbufsize = 1 << 20

    def log_message(self, *arguments):
        pass

    def take(self, key, place):
        """Reads the request's body, which begins at a place of the object; whether it is right."""
        left, right = int(self.headers.get("Content-Length") or 0), True
        while left:
            piece = self.rfile.read(min(left, ROOM))
            first = place % 251
            right = right and piece == PATTERN[first : first + len(piece)]
            place, left = place + len(piece), left - len(piece)
        return right

    def do_ANY(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        if url.path == "/__taken":
            return self.answer(200, json.dumps(TAKEN).encode())
        if url.path.startswith(("/upload/", "/storage/")):
            return self.google(query)
        return self.amazon(url.path, query)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_ANY

    def amazon(self, path, query):
        if self.command == "POST" and "uploads" in query:
            with LOCK:
                PARTS[path] = {}
            return self.answer(200, b"<R><UploadId>one</UploadId></R>")
        if self.command == "PUT":
            number, length = int(query["partNumber"]), int(self.headers["Content-Length"])
            with LOCK:
                # Parts come in order here.
                place = sum(size for n, (size, _) in PARTS[path].items() if n < number)
            right = self.take(path, place)
            with LOCK:
                PARTS[path][number] = (length, right)
            return self.answer(200, headers={"ETag": f'"{number}"'})
        if self.command == "POST":
            self.rfile.read(int(self.headers["Content-Length"]))
            with LOCK:
                parts = PARTS.pop(path).values()
                TAKEN[path] = sum(size for size, _ in parts) if all(right for _, right in parts) else "damaged"
            return self.answer(200, b'<R><ETag>"whole-2"</ETag></R>')
        if self.command in ("HEAD", "DELETE"):
            return self.answer(404)
        return self.make_up(path, {"ETag": '"whole-2"'})

    def google(self, query):
        if self.command == "POST":
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            where = f"http://{self.headers['Host']}/upload/session?name={urllib.parse.quote(query['name'])}"
            return self.answer(200, headers={"Location": where})
        if self.command == "PUT":
            said = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", self.headers["Content-Range"])
            name, right = query["name"], self.take(query["name"], int(said[1]))
            with LOCK:
                PARTS[name] = PARTS.get(name, True) and right
                if said[3] != "*":
                    TAKEN[name] = int(said[3]) if PARTS.pop(name) else "damaged"
            if said[3] == "*":
                return self.answer(308, headers={"Range": f"bytes=0-{said[2]}"})
            made = {"generation": "7", "size": said[3], "timeCreated": "2026-01-01T00:00:00Z"}
            return self.answer(200, json.dumps(made).encode())
        name = urllib.parse.unquote(self.path.split("?")[0].split("/o/")[1])
        self.make_up(name, {"x-goog-generation": "7"})

    def make_up(self, name, headers):
        # The name says how long it is: …-10737418240
        length = int(name.rsplit("-", 1)[1])
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        place, end = (int(asked[1]), int(asked[2]) + 1) if asked else (0, length)
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {place}-{end - 1}/{length}")
        self.send_header("Content-Length", str(end - place))
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        for header in headers.items():
            self.send_header(*header)
        self.end_headers()
        view = memoryview(PATTERN)
        while place < end:
            count = min(ROOM, end - place)
            self.wfile.write(view[place % 251 : place % 251 + count])
            place += count

    def answer(self, status, body=b"", headers=None):
        self.send_response(status)
        for header in (headers or {}).items():
            self.send_header(*header)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
