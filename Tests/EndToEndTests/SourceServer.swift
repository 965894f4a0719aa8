import StrandlineTesting
import Testing

/// A web server that sends a text, a part of it, or what else a path asks for. It ends with this object.
final class SourceServer {
  private let child: ChildProcess
  let port: String

  /// `/whole` sends the file `served` of the folder; `/half` as well, but breaks off after half of it; `/down`
  /// answers 503, `/page` an HTML page with status 200.
  init(_ bench: Bench) throws {
    let script = """
      import http.server
      class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def log_message(self, *a): pass
        def do_GET(self):
          with open("asked", "a") as log: log.write(self.path + "\\n")
          body = open("served", "rb").read()
          if self.path == "/page": body = b"<!DOCTYPE html>\\n<html><body>Down for maintenance</body></html>\\n"
          self.send_response(503 if self.path == "/down" else 200)
          self.send_header("Content-Length", str(len(body)))
          self.send_header("Connection", "close")
          self.end_headers()
          self.wfile.write(body[:len(body) // 2] if self.path == "/half" else body)
          self.close_connection = True
      server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
      open("port", "w").write(str(server.server_address[1]))
      print("ready", flush=True)
      server.serve_forever()
      """
    child = try ChildProcess("python3", ["-c", script], directory: bench.folder.path)
    try child.waitForOutput("ready")
    port = try bench.text("port")
  }

  /// How often it was asked for anything.
  func asked(_ bench: Bench) throws -> Int {
    bench.exists("asked") ? try bench.text("asked").split(separator: "\n").count : 0
  }

  func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }
}
