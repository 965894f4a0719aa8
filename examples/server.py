"""The web server of the examples. Prints its port, and ends when standard input does.

It serves the files of the folder where it is started, and does it as many ways as the examples need:

GET /open/FILE          to everybody, with an ETag: who has it already is told so (304)
GET /account/FILE       to the user `reader` with the password $READER_PASSWORD (Basic)
POST /token             a token for the client `strandline` with the secret $CLIENT_SECRET (OAuth 2, client credentials)
GET /client/FILE        to who has such a token
GET /pages/FILE?cursor  of a JSON array so many records a page, and where the next page begins
"""
import base64
import hashlib
import json
import os
import secrets
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TYPES = {".csv": "text/csv", ".json": "application/json"}
TOKENS = set()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def send(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def account(self):
        scheme, _, given = self.headers.get("Authorization", "").partition(" ")
        return base64.b64decode(given).decode() if scheme == "Basic" else ""

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        secret = urllib.parse.quote(os.environ.get("CLIENT_SECRET", ""), safe="")
        if self.account() != f"strandline:{secret}" or form.get("grant_type") != ["client_credentials"]:
            return self.send(401, b'{"error": "invalid_client"}', Content_Type="application/json")
        token = secrets.token_hex(16)
        TOKENS.add(token)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": 300}
        self.send(200, json.dumps(answer).encode(), Content_Type="application/json")

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        way, _, name = url.path.strip("/").partition("/")
        if "/" in name or not os.path.isfile(name):
            return self.send(404)
        if way == "account" and self.account() != f"reader:{os.environ['READER_PASSWORD']}":
            return self.send(401, WWW_Authenticate='Basic realm="exports"')
        if way == "client" and self.headers.get("Authorization", "")[7:] not in TOKENS:
            return self.send(401, WWW_Authenticate="Bearer")
        with open(name, "rb") as file:
            body = file.read()
        if way == "pages":
            body = self.page(json.loads(body), urllib.parse.parse_qs(url.query))
        tag = '"%s"' % hashlib.sha256(body).hexdigest()[:16]
        if way == "open" and self.headers.get("If-None-Match") == tag:
            return self.send(304, ETag=tag)
        self.send(200, body, ETag=tag, Content_Type=TYPES[os.path.splitext(name)[1]])

    def page(self, records, query):
        begin, count = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        more = begin + count < len(records)
        page = {"incidents": records[begin:begin + count], "next": str(begin + count) if more else None}
        return json.dumps(page).encode()


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
os._exit(0)
