"""A web server that wants to know who asks, and gives dumps in parts. Prints its port; ends when standard input does.

With --tls CERTIFICATE KEY [CA] it speaks https, and with CA wants a client's certificate. GET /log tells what was asked,
one JSON object a line.
"""
import base64
import contextlib
import gzip
import http.cookies
import json
import os
import re
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROWS = [(n, "row %d" % n) for n in range(100)]
CSV = "id,name\n" + "".join("%d,%s\n" % row for row in ROWS)
LOG = []
COUNTS = {}
TOKENS = {}


def records(rows):
    return [{"id": str(number), "name": name} for number, name in rows]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def send(self, body, status=200, **headers):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in {"Content_Type": "text/csv", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/log":
            return self.send("".join(json.dumps(line) + "\n" for line in LOG))
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        LOG.append({
            "method": self.command, "path": self.path, "body": self.body, "time": time.time(),
            "headers": {name.lower(): value for name, value in self.headers.items()},
        })
        self.count = COUNTS[url.path] = COUNTS.get(url.path, 0) + 1
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, "at_" + url.path.split("/")[1].split(".")[0].replace("-", "_"), self.at_nothing)()

    do_GET = do_POST = answer

    def at_nothing(self):
        self.send("", 404)

    def at_open(self):
        self.send(CSV)

    def only(self, right, scheme="Basic"):
        if right:
            self.send(CSV)
        else:
            self.send("", 401, WWW_Authenticate=scheme)

    def account(self):
        given = self.headers.get("Authorization", "")
        return base64.b64decode(given[6:]).decode() if given.startswith("Basic ") else None

    def at_basic(self):
        self.only(self.account() == "reader:p\u00e4ss w\u00f6rd\u20ac")

    def at_bearer(self):
        self.only(self.headers.get("Authorization") == "Bearer s3cret-token", "Bearer")

    def at_key(self):
        self.only(self.headers.get("X-Api-Key") == "s3cret-key", "Key")

    def at_moved(self):
        """To another origin, which must not be told the key."""
        self.send("", 302, Location="http://127.0.0.1:%d/key" % server.server_address[1])

    def at_token(self):
        form = dict(urllib.parse.parse_qsl(self.body))
        given = self.account() or "%s:%s" % (form.get("client_id"), form.get("client_secret"))
        if form.get("grant_type") != "client_credentials" or given not in ("c%3Ad:s3cret%20%26", "c:d:s3cret &"):
            return self.send('{"error": "invalid_client"}', 401, Content_Type="application/json")
        token = "token-%d" % self.count
        TOKENS[token] = form.get("scope")
        self.send(json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": 3600}))

    def at_granted(self):
        token = self.headers.get("Authorization", "")[7:]
        self.only(TOKENS.get(token) == "cases.read", "Bearer")

    def at_short_lived(self):
        """Pages of which each token is good for two."""
        token = self.headers.get("Authorization", "")[7:]
        page = int(self.query["page"])
        if token not in TOKENS or page >= 2 * int(token[6:]):
            return self.send("", 401, WWW_Authenticate="Bearer")
        self.pages(page)

    def at_login(self):
        form = dict(urllib.parse.parse_qsl(self.body))
        if form != {"user": "reader", "password": "s3cret&="}:
            return self.send("<html>wrong</html>", int(self.query.get("wrong", "200")), Content_Type="text/html")
        self.send("", 302, Location="/welcome", Set_Cookie="session=s3cret-cookie; Path=/; HttpOnly")

    def at_cookies_for_all(self):
        """Shows the form again to whoever is refused, and gives a cookie to anybody."""
        if self.headers.get("If-Modified-Since"):
            return self.send("", 304)
        form = dict(urllib.parse.parse_qsl(self.body))
        right = form == {"user": "reader", "password": "s3cret&="}
        self.send("<html>sign in</html>", Content_Type="text/html",
                  Set_Cookie="session=%s; Path=/" % ("s3cret-cookie" if right else "nobody"))

    def is_known(self):
        cookies = http.cookies.SimpleCookie(self.headers.get("Cookie", ""))
        return "session" in cookies and cookies["session"].value == "s3cret-cookie"

    def at_back_to_form(self):
        if self.is_known():
            return self.send(CSV, Last_Modified="Sat, 21 Nov 2026 07:00:00 GMT")
        self.send("", 302, Location="/cookies-for-all?next=/back-to-form.csv")

    def at_table(self):
        """Records in a page."""
        rows = "".join("<tr><id>%d</id><name>row %d</name></tr>" % (n, n) for n in range(100))
        self.send("<html><body>%s</body></html>" % rows if self.is_known() else "<html/>", Content_Type="text/html")

    def at_ending(self):
        """Knows nobody any more after some pages."""
        page = int(self.query.get("page", "0"))
        self.pages(page) if page < 3 else self.send("<!-- too late --><HTML>sign in</HTML>")

    def at_one_for_all(self):
        """The form and the dump at one address."""
        if self.command == "POST":
            return self.at_cookies_for_all()
        self.at_inside()

    def at_welcome(self):
        self.send("<html>hello</html>", 200 if self.command == "GET" else 405, Content_Type="text/html")

    def at_inside(self):
        if self.is_known():
            return self.send(CSV)
        self.send("<html>sign in</html>", Content_Type="text/html")

    def at_report(self):
        """What was asked for, as a dump."""
        pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query, keep_blank_values=True)
        pairs += urllib.parse.parse_qsl(self.body, keep_blank_values=True) if "form" in self.headers.get(
            "Content-Type", "") else [("body", self.body)] if self.body else []
        rows = enumerate([("method", self.command)] + pairs)
        self.send("id,name,value\n" + "".join('%d,"%s","%s"\n' % (n, a, b.replace('"', '""')) for n, (a, b) in rows))

    # Dumps that break off.

    def at_flaky(self):
        """/flaky?n=2&tag="x"&gzip=1: breaks off n times; the rest is given to whom it was begun for."""
        text = "id,name\n" + "".join("%d,row %d\n" % (n, n * 7919) for n in range(200000))
        body = gzip.compress(text.encode(), 1) if "gzip" in self.query else text.encode()
        tag = self.query.get("tag", '"v1"') if self.count == 1 or "changes" not in self.query else '"v2"'
        start = 0
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted and self.headers.get("If-Range") == tag and "whole" not in self.query:
            start = int(wanted[1])
        self.send_response(206 if start else 200)
        if start:
            shift = int(self.query.get("shift", "0"))
            self.send_header("Content-Range", "bytes %d-%d/%d" % (start + shift, len(body) - 1, len(body)))
        if "gzip" in self.query:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        rest = body[start:]
        self.wfile.write(rest[:len(rest) // 2] if self.count <= int(self.query["n"]) else rest)
        self.close_connection = True

    # Dumps in pages of ten records.

    def pages(self, page, **headers):
        rows = ROWS[page * 10:page * 10 + 10]
        if self.path.split("?")[0].endswith(".csv"):
            return self.send("id,name\n" + "".join("%d,%s\n" % row for row in rows), **headers)
        if self.path.split("?")[0].endswith(".jsonl"):
            return self.send("".join(json.dumps(row) + "\n" for row in records(rows)), **headers)
        self.send(json.dumps({"data": {"items": records(rows)}, "meta": self.meta(page)}, indent=1), **headers)

    def meta(self, page):
        if "url" in self.query:
            return {"next": "/pages.json?url=1&page=%d" % (page + 1) if page < 9 else ""}
        return {"next": "cursor/%d+" % (page + 1) if page < 9 else None, "count": 100}

    def at_pages(self):
        self.pages(int(self.query.get("page", "0")))

    def at_tokens(self):
        self.pages(int((self.query.get("cursor") or "cursor/0+")[7:-1]))

    def at_offsets(self):
        start = int(self.query["offset"])
        rows = ROWS[start:start + int(self.query.get("limit", "10"))]
        self.send("id,name\n" + "".join("%d,%s\n" % row for row in rows))

    def at_links(self):
        page = int(self.query.get("page", "0"))
        links = ['</links.csv?page=%d>; rel="last"; title="a, b"' % 9]
        if page < 9:
            links.append('</links.csv?page=%d>; rel="next prefetch"' % (page + 1))
        self.pages(page, Link=", ".join(links))

    def at_circle(self):
        self.pages(0, Link='</circle.csv>; rel="next"')

    def at_stranger(self):
        self.pages(0, Link='<http://localhost:1/next.csv>; rel=next')

    def at_same(self):
        self.pages(0)

    def at_other_header(self):
        page = int(self.query["page"])
        self.send("id,name\n1,a\n" if page == 1 else "id,title\n2,b\n" if page == 2 else "id,name\n")

    def at_part(self):
        """/part?n=3: a tenth of the dump, with the header; without a line end behind the last."""
        page = int(self.query["n"])
        rows = ROWS[page * 10:page * 10 + 10]
        self.send("\ufeffid,name\r\n" + "\r\n".join("%d,%s" % row for row in rows))


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *arguments):
        pass


server = Server(("127.0.0.1", 0), Handler)
if sys.argv[1:2] == ["--tls"]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    if sys.argv[4:]:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
# Ends with whoever started it, however that ends.
sys.stdin.read()
os._exit(0)
