import StrandlineTesting
import Testing

/// A feed of a web server that falls ill on request; its first dump was taken while it was well.
final class SickSource {
  static let good = rows(1000)

  let bench: Bench
  private let served: (String) -> String
  private let server: ChildProcess
  private let head: String

  /// A header and so many rows, of which some are changed.
  static func rows(_ count: Int, _ change: (Int) -> String? = { _ in nil }) -> String {
    var text = "id,name,v\n"
    for number in 0..<count { text += (change(number) ?? "\(number),name \(number),v\n") }
    return text
  }

  /// - Parameters:
  ///   - expect: what the feed file says under `expect`, beside the greatest length.
  ///   - source: what else it says of the source.
  ///   - served: how the server sends a dump while it is well.
  init(
    expect: String? = "", settings: String = "", source: String = "format: csv",
    served: @escaping (String) -> String = { $0 }
  ) throws {
    self.served = served
    bench = try Bench()
    let script = #filePath.replacing("EndToEndTests/SickSource.swift", with: "Support/sick_server.py")
    server = try ChildProcess("python3", [script], directory: bench.folder.path, input: nil)
    let port = try server.firstLine()
    try bench.write(
      "feed.yaml",
      """
      feed: cases
      store: ./store
      source:
        url: http://127.0.0.1:\(port)/dump
        \(source)
        timeout: 20s
        low_speed: 100
        low_speed_time: 1s
        \(expect.map { "expect: { max_bytes: 5000000\($0) }" } ?? "")
      key: [id]
      \(settings)
      """)
    try bench.write("served", served(Self.good))
    try bench.write("mode", "whole")
    try bench.run()
    head = try bench.head()
  }

  /// Falls ill, and expects that a run ends badly in a way that is told, with history as it was; then gets well.
  func expectTrouble(
    _ mode: String, _ codes: [Int32], says text: String, at location: SourceLocation = #_sourceLocation
  ) throws {
    try bench.write("mode", mode)
    let tick = try bench.tick()
    #expect(codes.contains(tick.status), "\(mode): \(tick)", sourceLocation: location)
    #expect(
      tick.errors.contains(text), "\(mode): it does not say \"\(text)\":\n\(tick)", sourceLocation: location)
    #expect(try bench.head() == head, "\(mode): the head moved\n\(tick)", sourceLocation: location)
    #expect(try bench.query("--as-of", "now", "--format", "csv") == Self.good, sourceLocation: location)
    #expect(try bench.publishedSeq() == 1, sourceLocation: location)
    let next = Self.rows(1000) { $0 == 7 ? "7,seven,v\n" : nil }
    try bench.write("mode", "whole")
    try bench.write("served", served(next))
    // Whoever refuses a login, or asks to be left alone, is asked again only if a person says so.
    let isHeldOff = ["status 401", "later"].contains(mode)
    if isHeldOff { try bench.run(expecting: "skipped", at: location) }
    let event = isHeldOff ? try bench.run("--try-again", at: location) : try bench.run(at: location)
    #expect(event.data.counts?.updated == 1 && event.data.counts?.inserted == 0, sourceLocation: location)
    #expect(try bench.query("--as-of", "now", "--format", "csv") == next, sourceLocation: location)
  }
}
