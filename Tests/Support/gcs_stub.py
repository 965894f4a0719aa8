"""A stub of Google Cloud Storage's documented JSON API, in memory. It is no faithful server: it has what tests need.

Usage: gcs_stub.py [PORT] [--bucket NAME]... [--port-file FILE]
Prints its port (and writes it to FILE), and ends when standard input does.

Generations, metagenerations, preconditions, media, multipart and resumable upload, paging, rewrite, ranges. Writes
are done one after the other. Besides the API:

  POST /control/faults   a JSON list of faults, see Faults; POST /control/reset forgets all of them and all objects
  GET  /control/log      the requests so far, one a line; POST /control/settings {"seconds_per_write": 1, "token": "t"}
  POST /token            gives an access token, as Google's token endpoint; the assertion or refresh token is logged
  GET  /computeMetadata/v1/instance/service-accounts/default/token    the same as a metadata server
"""
import base64
import contextlib
import email.utils
import json
import re
import socket
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gcs_world import CHUNK, Faults, Problem, World


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    world, faults = None, None

    def log_message(self, *arguments):
        pass

    def handle_one_request(self):
        with contextlib.suppress(ConnectionError):
            super().handle_one_request()
            return
        self.close_connection = True

    def do_ANY(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        self.route = url.path
        length = self.headers.get("Content-Length")
        self.body = self.rfile.read(int(length)) if length else self.unchunked()
        if self.route.startswith("/control/"):
            return self.control()
        self.world.log.append(f"{self.command} {self.path}")
        self.fault = self.faults.find(self.command, self.path) or {}
        do = self.fault.get("do")
        if do == "refuse":
            return self.hang_up()
        if do and do.isdigit():
            extra = {"Retry_After": str(self.fault["retry_after"])} if "retry_after" in self.fault else {}
            return self.refuse(Problem(int(do), self.fault.get("reason", "made"), "The stub was told so.", **extra))
        try:
            if do == "twice":
                with contextlib.suppress(Problem):
                    self.act()
            status, body, headers = self.act()
        except Problem as problem:
            if do in ("lost", "break-part"):
                return self.hang_up()
            return self.refuse(problem)
        if do in ("lost", "break-part"):
            return self.hang_up()
        if do == "late-503":
            return self.refuse(Problem(503, "backendError", "The stub was told so."))
        self.answer(status, body, headers)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_ANY

    def unchunked(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return b""
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def hang_up(self):
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def answer(self, status, body=b"", headers=None):
        if not isinstance(body, (bytes, bytearray)):
            body, headers = json.dumps(body).encode(), {"Content-Type": "application/json; charset=UTF-8", **(headers or {})}
        do = self.fault.get("do") if hasattr(self, "fault") else None
        if do == "flip" and body:
            body = bytearray(body)
            body[len(body) // 2] ^= 1
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name.replace("_", "-"), value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if do == "cut" else body)
        if do == "cut":
            self.hang_up()

    def refuse(self, problem):
        if self.query.get("alt") == "media":
            return self.answer(problem.status, problem.message.encode(), {"Content-Type": "text/html", **problem.headers})
        body = {"error": {"code": problem.status, "message": problem.message,
                          "errors": [{"message": problem.message, "domain": "global", "reason": problem.reason}]}}
        self.answer(problem.status, body, problem.headers)

    def control(self):
        what = self.route.removeprefix("/control/")
        said = json.loads(self.body or b"null")
        if what == "faults":
            self.faults.list = said
        elif what == "reset":
            self.faults.list = []
            self.world.reset()
        elif what == "settings":
            self.world.settings.update(said)
        elif what == "log":
            return self.answer(200, "\n".join(self.world.log).encode())
        self.answer(200, b"{}")

    def act(self):
        if self.route == "/token":
            form = dict(urllib.parse.parse_qsl(self.body.decode()))
            self.world.log.append("token " + json.dumps(form))
            return 200, {"access_token": self.world.settings["token"] or "stub", "expires_in": 3599, "token_type": "Bearer"}, {}
        if self.route.startswith("/computeMetadata/"):
            if self.headers.get("Metadata-Flavor") != "Google":
                raise Problem(403, "forbidden", "Missing Metadata-Flavor:Google header.")
            token = {"access_token": self.world.settings["token"] or "stub", "expires_in": 3599, "token_type": "Bearer"}
            return 200, token, {"Metadata-Flavor": "Google"}
        token = self.world.settings["token"]
        if token and "upload_id" not in self.query and self.headers.get("Authorization") != f"Bearer {token}":
            raise Problem(401, "authError", "Invalid Credentials")
        parts = [urllib.parse.unquote(part) for part in self.route.strip("/").split("/")]
        if parts[:4] == ["upload", "storage", "v1", "b"] and len(parts) == 6:
            return self.resume() if "upload_id" in self.query else self.upload(parts[4])
        if parts[:2] == ["download", "storage"]:
            parts = parts[1:]
            self.query["alt"] = "media"
        if parts[:3] != ["storage", "v1", "b"] or len(parts) < 4:
            raise Problem(404, "notFound", "Not Found")
        if len(parts) == 4:
            self.world.bucket(parts[3])
            return 200, {"kind": "storage#bucket", "name": parts[3], "id": parts[3]}, {}
        if len(parts) == 5:
            return self.list(parts[3])
        if len(parts) == 11 and parts[6] == "rewriteTo":
            return self.rewrite(parts[3], parts[5], parts[8], parts[10])
        return self.single(parts[3], parts[5])

    def single(self, bucket, name):
        with self.world.lock:
            objects = self.world.bucket(bucket)
            stored = objects.get(name)
            if stored and self.query.get("generation", str(stored.generation)) != str(stored.generation):
                stored = None
            if stored is None:
                raise Problem(404, "notFound", f"No such object: {bucket}/{name}")
            self.world.check(self.query, stored)
            if self.command == "DELETE":
                del objects[name]
                return 204, b"", {}
            if self.command == "PATCH":
                stored.metadata.update(json.loads(self.body))
                stored.metageneration += 1
        if self.query.get("alt") != "media":
            return 200, stored.resource(bucket, name), {}
        return self.media(stored)

    def media(self, stored):
        headers = {
            "Content-Type": stored.metadata.get("contentType", "application/octet-stream"),
            "x-goog-generation": str(stored.generation), "x-goog-metageneration": str(stored.metageneration),
            "x-goog-hash": f"crc32c={stored.sum}", "x-goog-stored-content-length": str(len(stored.data)),
            "Last-Modified": email.utils.format_datetime(stored.created, usegmt=True),
        }
        if "contentEncoding" in stored.metadata:
            headers["Content-Encoding"] = stored.metadata["contentEncoding"]
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not match:
            return 200, stored.data, headers
        first, last = int(match[1]), min(int(match[2] or 1 << 62), len(stored.data) - 1)
        if first >= len(stored.data):
            raise Problem(416, "requestedRangeNotSatisfiable", "Request range not satisfiable",
                          Content_Range=f"bytes */{len(stored.data)}")
        headers["Content-Range"] = f"bytes {first}-{last}/{len(stored.data)}"
        return 206, stored.data[first : last + 1], headers

    def list(self, bucket):
        with self.world.lock:
            objects = dict(self.world.bucket(bucket))
        start = self.query.get("startOffset", "").encode()
        if "pageToken" in self.query:
            start = max(start, base64.b64decode(self.query["pageToken"]) + b"\0")
        prefix = self.query.get("prefix", "")
        names = sorted((name for name in objects if name.startswith(prefix) and name.encode() >= start), key=str.encode)
        most = min(1000, int(self.query.get("maxResults") or 1000))
        page = {"kind": "storage#objects"}
        if names:
            page["items"] = [objects[name].resource(bucket, name) for name in names[:most]]
        if len(names) > most:
            page["nextPageToken"] = base64.b64encode(names[most - 1].encode()).decode()
        return 200, page, {}

    def sums(self):
        return re.findall(r"crc32c=([^,\s]+)", self.headers.get("x-goog-hash", ""))

    def upload(self, bucket):
        kind = self.query.get("uploadType")
        if kind == "media":
            metadata = {"contentType": self.headers.get("Content-Type", "application/octet-stream")}
            name = self.query.get("name")
            return 200, self.world.write(bucket, name, self.body, self.query, metadata, self.sums()), {}
        if kind == "multipart":
            return self.multipart(bucket)
        if kind != "resumable":
            raise Problem(400, "invalid", f"No such uploadType: {kind}")
        metadata = json.loads(self.body or b"{}")
        if "X-Upload-Content-Type" in self.headers:
            metadata.setdefault("contentType", self.headers["X-Upload-Content-Type"])
        with self.world.lock:
            name = self.query.get("name") or metadata.get("name")
            self.world.check(self.query, self.world.bucket(bucket).get(name))
            session = f"s{next(self.world.counter)}"
            self.world.sessions[session] = {
                "bucket": bucket, "name": name, "data": bytearray(), "query": self.query, "metadata": metadata, "done": None}
        host = self.headers["Host"]
        where = f"http://{host}/upload/storage/v1/b/{urllib.parse.quote(bucket)}/o?uploadType=resumable&upload_id={session}"
        return 200, b"", {"Location": where, "X-GUploader-UploadID": session}

    def multipart(self, bucket):
        mark = re.search(r'boundary="?([^";]+)"?', self.headers["Content-Type"])[1].strip("'").encode()
        parts = self.body.split(b"--" + mark)[1:-1]
        metadata = json.loads(parts[0].split(b"\r\n\r\n", 1)[1])
        head, data = parts[1].removeprefix(b"\r\n").split(b"\r\n\r\n", 1)
        kind = re.search(rb"content-type:\s*([^\r\n]+)", head, re.I)
        if kind:
            metadata.setdefault("contentType", kind[1].decode())
        name = self.query.get("name") or metadata.get("name")
        return 200, self.world.write(bucket, name, data.removesuffix(b"\r\n"), self.query, metadata, self.sums()), {}

    def resume(self):
        with self.world.lock:
            session = self.world.sessions.get(self.query["upload_id"])
            if session is None:
                raise Problem(404, "notFound", "No such upload session")
            if self.command == "DELETE":
                del self.world.sessions[self.query["upload_id"]]
                return 499, b"", {}
            if session["done"]:
                return 200, session["done"], {}
            data, said = session["data"], self.headers.get("Content-Range")
            whole = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", said or f"bytes 0-{len(self.body) - 1}/{len(self.body)}")
            asked = re.fullmatch(r"bytes \*/(\d+|\*)", said or "")
            if not said and not self.body:
                total = "0"
            elif asked:
                total = asked[1]
            elif whole and int(whole[2]) - int(whole[1]) + 1 == len(self.body):
                total = whole[3]
                if int(whole[1]) > len(data):
                    raise Problem(503, "backendError", "Bytes are missing before these")
                if total == "*" and len(self.body) % CHUNK:
                    raise Problem(400, "badRequest", "A part must be a multiple of 256 KiB")
                new = self.body[len(data) - int(whole[1]) :]
                if self.fault.get("do") in ("keep-half", "break-part"):
                    new = new[: len(new) // 2 // CHUNK * CHUNK]
                data += new
            else:
                raise Problem(400, "badRequest", f"Invalid Content-Range: {said}")
            if total != "*" and len(data) == int(total):
                session["done"] = self.world.write(
                    session["bucket"], session["name"], data, session["query"], session["metadata"], self.sums())
                return 200, session["done"], {}
            return 308, b"", {"Range": f"bytes=0-{len(data) - 1}"} if data else {}

    def rewrite(self, source_bucket, source, bucket, name):
        with self.world.lock:
            stored = self.world.bucket(source_bucket).get(source)
            if stored is None:
                raise Problem(404, "notFound", f"No such object: {source_bucket}/{source}")
            self.world.check(self.query, stored, "ifSource")
            self.world.check(self.query, self.world.bucket(bucket).get(name))
            step, size = self.world.settings["rewrite_bytes"], len(stored.data)
            token = self.query.get("rewriteToken")
            done = size if not step else min(size, self.world.rewrites.get(token, 0) + step)
            answer = {"kind": "storage#rewriteResponse", "totalBytesRewritten": str(done), "objectSize": str(size)}
            if done < size:
                token = f"r{next(self.world.counter)}"
                self.world.rewrites[token] = done
                return 200, {**answer, "done": False, "rewriteToken": token}, {}
            metadata = {**stored.metadata, **json.loads(self.body or b"{}")}
            written = self.world.write(bucket, name, stored.data, self.query, metadata)
            return 200, {**answer, "done": True, "resource": written}, {}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass


def main():
    arguments, buckets, file = sys.argv[1:], [], None
    if "--port-file" in arguments:
        at = arguments.index("--port-file")
        file = arguments[at + 1]
        del arguments[at : at + 2]
    while "--bucket" in arguments:
        at = arguments.index("--bucket")
        buckets.append(arguments[at + 1])
        del arguments[at : at + 2]
    Handler.world, Handler.faults = World(buckets or ["bucket"]), Faults()
    server = Server(("127.0.0.1", int(arguments[0]) if arguments else 0), Handler)
    if file:
        with open(file, "w") as out:
            out.write(str(server.server_address[1]))
    print("port", server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


main()
