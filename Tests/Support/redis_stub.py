"""A stub of a Redis server that does what a real one can hardly be brought to do. It prints its port.

It has the keys k1, k2 and k3, each with its own name as value; the mode says what is odd about it:
moved, loading, cluster: such a server's answers. old: knows no HELLO, as before 6.0. nonsense: no RESP.
silent: never answers a GET. cut: breaks off within the second value. noauth: wants a password.
renamed: a cluster's node that does not know HELLO. wide: k2 is a hash of very many fields.
flapping: the first scan misses k2, and repeats k1. late: k2 is not there when it is first asked for; k3 is gone.
"""
import socketserver
import sys

mode = sys.argv[1]
scans = 0
asked = set()


def text(value):
    return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)


class Handler(socketserver.StreamRequestHandler):
    def words(self):
        count = int(self.rfile.readline()[1:])
        words = []
        for _ in range(count):
            length = int(self.rfile.readline()[1:])
            words.append(self.rfile.read(length + 2)[:-2])
        return words

    def handle(self):
        while True:
            try:
                words = self.words()
            except (ValueError, ConnectionError):
                return
            answer = self.answer(words)
            if answer is None:
                return
            self.wfile.write(answer)

    def answer(self, words):
        global scans
        name = words[0].upper()
        if mode == "nonsense":
            return b"HTTP/1.1 400 Bad Request\r\n\r\n"
        if name == b"HELLO":
            if mode in ("old", "renamed"):
                return b"-ERR unknown command `HELLO`, with args beginning with: `2`\r\n"
            if mode == "noauth":
                return b"-NOAUTH HELLO must be called with the client already authenticated\r\n"
            kind = b"cluster" if mode == "cluster" else b"standalone"
            return b"*4\r\n" + text(b"server") + text(b"redis") + text(b"mode") + text(kind)
        if name == b"AUTH":
            return b"+OK\r\n" if words[-1] == b"s3cret" else b"-ERR invalid password\r\n"
        if name == b"INFO":
            return text(b"# Cluster\r\ncluster_enabled:%d\r\n" % (mode == "renamed"))
        if name == b"TYPE":
            return b"+hash\r\n" if mode == "wide" and words[1] == b"k2" else b"+string\r\n"
        if name == b"HLEN":
            return b":950000\r\n"
        if name == b"SCAN":
            if mode == "loading":
                return b"-LOADING Redis is loading the dataset in memory\r\n"
            keys = [b"k1", b"k3"] if words[1] == b"0" else [b"k2", b"k1"]
            if mode == "flapping" and scans < 2:
                keys = [b"k1", b"k1"] if words[1] != b"0" else keys
            scans += 1
            cursor = b"17" if words[1] == b"0" else b"0"
            return b"*2\r\n" + text(cursor) + b"*%d\r\n" % len(keys) + b"".join(map(text, keys))
        if name == b"GET":
            key = words[1]
            if mode == "moved":
                return b"-MOVED 3999 127.0.0.1:6381\r\n"
            if mode == "silent":
                return b""
            if mode == "cut" and key == b"k2":
                self.wfile.write(b"$100\r\nhalf of")
                return None
            if mode == "late":
                if key == b"k3" or (key == b"k2" and key not in asked):
                    asked.add(key)
                    return text(None)
            return text(key)
        return b"-ERR unknown command\r\n"


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
