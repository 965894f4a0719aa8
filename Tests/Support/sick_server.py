"""A web server whose dump is as sick as a file says. Prints its port, and ends when standard input does.

It sends the file `served` of its folder at /dump; the file `mode` there names the sickness, and `cut-length 3` and the
like cut it after three tenths. With --tls CERTIFICATE KEY it speaks https.
"""
import contextlib
import gzip
import io
import socket
import ssl
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = b"<!DOCTYPE html>\n<html><body><h1>Down for maintenance</h1></body></html>\n"
SIGN_IN = b"\n\n<html><head><title>Sign in</title></head><body><form method=post><input name=user></form></body></html>\n"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def begin(self, status=200, **headers):
        self.send_response(status)
        for name, value in {"Content_Type": "text/csv", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.close_connection = True

    def send(self, body, status=200, **headers):
        self.begin(status, Content_Length=str(len(body)), **headers)
        self.wfile.write(body)

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def hang_up(self):
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def do_GET(self):
        mode, *arguments = open("mode").read().split() or ["whole"]
        self.body = open("served", "rb").read()
        self.lines = self.body.splitlines(True)
        if self.path == "/sign-in":
            mode = "sign_in_page"
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, OSError):
            getattr(self, "do_" + mode.replace("-", "_"))(*arguments)
        self.close_connection = True

    def do_whole(self):
        self.send(self.body)

    def cut(self, tenths, body=None):
        body = self.body if body is None else body
        end = len(body) * int(tenths) // 10
        # Never where a line ends: that could be all of it.
        return body[:end - (body[end - 1:end] == b"\n")]

    def do_cut_length(self, tenths):
        self.begin(Content_Length=str(len(self.body)))
        self.wfile.write(self.cut(tenths))
        self.hang_up()

    def do_cut_chunked(self, tenths):
        self.begin(Transfer_Encoding="chunked")
        if self.cut(tenths):
            self.chunk(self.cut(tenths))
        self.hang_up()

    def do_cut_gzip(self, tenths):
        """Of a length that is right for what is left."""
        self.send(self.cut(tenths, gzip.compress(self.body)), Content_Encoding="gzip")

    def do_cut_file(self, tenths):
        """A compressed file that is cut where it is kept."""
        self.send(self.cut(tenths, gzip.compress(self.body)), Content_Type="application/gzip")

    def do_cut_silent(self, tenths):
        """Nothing says how long the body is: the connection just ends."""
        self.begin(Connection="close")
        self.wfile.write(self.cut(tenths))

    def do_too_long(self):
        self.begin(Content_Length=str(len(self.body) + 100))
        self.wfile.write(self.body)
        self.hang_up()

    def do_too_short(self):
        self.begin(Content_Length=str(len(self.body) - 100))
        self.wfile.write(self.body)

    def do_page(self):
        self.send(PAGE, Content_Type="text/html")

    def do_sign_in(self):
        self.begin(302, Location="/sign-in", Content_Length="0")

    def do_sign_in_page(self):
        self.send(SIGN_IN, Content_Type="text/html")

    def do_error_document(self):
        self.send(b'{"error": {"code": 500, "message": "query timed out"}}\n', Content_Type="application/json")

    def do_error_text(self):
        self.send(b"ORA-01555: snapshot too old\n")

    def do_empty(self):
        self.send(b"")

    def do_blanks(self):
        self.send(b"\r\n\r\n   \r\n")

    def do_header(self):
        self.send(self.lines[0])

    def do_half(self):
        self.send(b"".join(self.lines[:len(self.lines) // 2]))

    def do_doubled(self):
        self.send(self.body + b"".join(self.lines[1:]))

    def do_twice(self):
        """Two answers in one, header and all, of which the second is older."""
        self.send(self.body + self.body.replace(b",v\n", b",old\n"))

    def do_other(self):
        self.send(b"when,where,level\n" + b"".join(b"%d,Cuxhaven,%d\n" % (n, n * 7) for n in range(1000)))

    def do_no_header(self):
        self.send(b"".join(self.lines[1:]))

    def do_semicolons(self):
        self.send(self.body.replace(b",", b";"))

    def do_ragged(self):
        self.send(b"".join(line if n % 9 else line[:-3] + b"\n" for n, line in enumerate(self.lines)))

    def do_utf16(self):
        self.send(self.body.decode().encode("utf-16"))

    def do_latin1(self):
        self.send(self.body.decode().replace("name", "n\u00e4me").encode("latin-1").replace(b"n\xe4me,", b"name,", 1))

    def do_open_quote(self):
        self.send(b"".join(self.lines[:500]) + b'500,"never,v\n' + b"".join(self.lines[501:]))

    def do_zeros(self):
        """What a disk gives after a crash."""
        self.send(self.cut(5) + bytes(len(self.body) // 2))

    def do_noise(self):
        self.send(zlib.compress(self.body) * 3)

    def do_endless(self):
        self.begin(Transfer_Encoding="chunked")
        self.chunk(self.lines[0])
        number = 0
        while True:
            self.chunk(b"".join(b"%d,name,v\n" % n for n in range(number, number + 10000)))
            number += 10000

    def do_endless_line(self):
        self.begin(Transfer_Encoding="chunked")
        self.chunk(self.body + b'1000,"')
        while True:
            self.chunk(b"x" * 65536)

    def do_endless_header(self):
        self.begin(Transfer_Encoding="chunked")
        while True:
            self.chunk(b"column," * 10000)

    def do_drip(self):
        self.begin(Content_Length=str(len(self.body)))
        for byte in self.body:
            self.wfile.write(bytes([byte]))
            time.sleep(1)

    def do_silence(self):
        time.sleep(60)

    def do_stall(self):
        self.begin(Content_Length=str(len(self.body)))
        self.wfile.write(self.cut(5))
        time.sleep(60)

    def do_loop(self):
        self.begin(302, Location="/dump", Content_Length="0")

    def do_nowhere(self):
        self.begin(302, Location="ftp://example.org/x", Content_Length="0")

    def do_bomb(self):
        self.begin(Transfer_Encoding="chunked", Content_Encoding="gzip")
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        self.chunk(packer.compress(self.body) + packer.flush(zlib.Z_SYNC_FLUSH))
        for _ in range(10000):
            data = packer.compress(b"0,0,0\n" * 200000)
            if data:
                self.chunk(data)

    def archive(self, **files):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name + ".csv", data)
        return bytearray(out.getvalue())

    def do_zip_bomb(self):
        """An archive without an end, written to where nobody can go back."""
        self.begin(Transfer_Encoding="chunked")

        class Chunks(io.RawIOBase):
            def writable(_):
                return True

            def write(_, data):
                if data:
                    self.chunk(bytes(data))
                return len(data)

        with zipfile.ZipFile(Chunks(), "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as file:
            file.write(self.body)
            for _ in range(1000):
                file.write(b"0,0,0\n" * 200000)

    def do_zstd_bomb(self):
        rows = b"id,name,v\n" + b"0,0,0\n" * 2000000
        self.send(subprocess.run(["zstd", "-c"], input=rows, stdout=subprocess.PIPE, check=True).stdout)

    def do_two_members(self):
        self.send(self.archive(a=self.body, b=self.body))

    def do_locked_zip(self):
        archive = self.archive(a=self.body)
        archive[6] |= 1
        self.send(archive)

    def do_cut_zip(self):
        self.send(self.archive(a=self.body)[:-30])

    def do_broken_zip(self):
        archive = self.archive(a=self.body)
        archive[len(archive) // 2] ^= 0x55
        self.send(archive)

    def do_cut_zstd(self):
        self.send(subprocess.run(["zstd", "-c"], input=self.body, stdout=subprocess.PIPE, check=True).stdout[:-9])

    def do_undefined_byte(self):
        self.send(self.body[:3] + b"\x81" + self.body[3:])

    def do_cut_utf16(self):
        self.send(self.body[:-1])

    def do_no_footer(self):
        self.send(b"".join(self.lines[:900]))

    def do_laughs(self):
        """The billion laughs."""
        entities = "".join('<!ENTITY l%d "%s">' % (n, ("&l%d;" % (n - 1) if n else "lol") * 10) for n in range(10))
        self.send(('<?xml version="1.0"?><!DOCTYPE report [%s]><report><row>&l9;</row></report>' % entities).encode())

    def do_endless_comment(self):
        self.begin(Transfer_Encoding="chunked")
        self.chunk(b"<report><!--")
        while True:
            self.chunk(b"x" * 65536)

    def do_endless_blanks(self):
        self.begin(Transfer_Encoding="chunked")
        self.chunk(b"<report>")
        while True:
            self.chunk(b" \n" * 32768)

    def do_empty_report(self):
        self.send(b"<report>\n</report>\n")

    def do_not_gzip(self):
        self.send(self.body, Content_Encoding="gzip")

    def do_brotli(self):
        self.send(b"\x0b\x02\x80", Content_Encoding="br")

    def do_broken_gzip(self):
        packed = bytearray(gzip.compress(self.body))
        packed[len(packed) // 2] ^= 0x55
        self.send(bytes(packed), Content_Encoding="gzip")

    def do_status(self, code):
        self.send(b"no", int(code))

    def do_later(self):
        self.send(b"not now", 503, Retry_After="3600")

    def do_unasked(self):
        self.send_response(304)
        self.end_headers()

    def do_part(self):
        self.send(self.cut(5), 206, Content_Range="bytes 0-9/%d" % len(self.body))

    def do_hang_up(self):
        self.hang_up()

    def do_garbage(self):
        self.wfile.write(b"220 mail.example.org ESMTP\r\n" * 10)
        self.hang_up()

    def do_big_headers(self):
        self.begin(**{"X_%d" % n: "y" * 60000 for n in range(20)})


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *arguments):
        pass


server = Server(("127.0.0.1", 0), Handler)
if sys.argv[1:2] == ["--tls"]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
# Ends with whoever started it, however that ends.
sys.stdin.read()
