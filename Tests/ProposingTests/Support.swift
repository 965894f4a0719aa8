import Basics
import FeedFile
import FeedSources
import ObjectStore
import Proposing
import Records
import StrandlineTesting
import Testing

/// Opens nothing but bytes that are there.
let opener = SourceOpener(
  clock: ManualClock(), log: SilentLog(), randomness: SeededRandomness(seed: 1),
  objects: { (url) throws(Failure) in throw Failure(.software, "\(url) is not to be opened") })

extension SourceBody {
  func all() throws(Failure) -> [UInt8] {
    var all = ByteBuffer()
    while true {
      let count = try unsafe all.append(atMost: 1000) { (room) throws(Failure) in try unsafe read(into: room)
      }
      if count == 0 { return all.array() }
    }
  }
}

/// A source that is to be looked at.
struct Given {
  var bytes: [UInt8]
  var name = "dump"

  init(_ bytes: [UInt8], _ name: String = "dump") {
    self.bytes = bytes
    self.name = name
  }

  init(_ text: String, _ name: String = "dump") { self.init(Array(text.utf8), name) }

  /// What is proposed, as the feed file's own parser reads it.
  func draft() throws -> Draft {
    var draft = Draft(name: "given", location: .path(name))
    if let what = Layout.refusal(raw: bytes) { throw Failure(.badData, what) }
    var request = SourceRequest(.file(name))
    request.depth = .unpacked
    request.conversion.compression = Layout.compression(raw: bytes)
    let unpacked = try opener.open(request, from: MemoryDump(bytes, saysLength: false)).all()
    draft.layout = try Layout.propose(
      raw: Array(bytes.prefix(4096)), sample: Sample(of: unpacked), name: name)
    return draft
  }

  func feed() throws -> Feed { try draft().feed() }

  /// The dump by the proposal.
  func dump(_ feed: Feed) throws -> [UInt8] {
    var request = SourceRequest(.file(name))
    request.format = feed.source.format
    request.conversion = feed.source.conversion
    let body = try opener.open(request, from: MemoryDump(bytes, saysLength: false))
    let dump = try body.all()
    #expect(body.complaint == nil)
    return dump
  }

  /// By what records are told apart.
  func key(limit: Int? = nil) throws -> KeyFinding {
    let feed = try feed()
    return try findKey(in: dump(feed), feed.source.format, limit: limit)
  }
}

func findKey(in dump: [UInt8], _ format: Format, limit: Int? = nil) throws -> KeyFinding {
  let survey = KeySurvey(
    format, randomness: SeededRandomness(seed: 7), rows: MemoryScratch(), parts: MemoryScratch(), limit: limit
  )
  return try unsafe survey.find { () throws(Failure) in
    let body = MemoryDump(dump, saysLength: false)
    return { (room) throws(Failure) in try unsafe body.read(into: room) }
  }
}

/// What reads as a failure of a kind, for a message.
func failure(_ body: () throws -> Void) -> Failure? {
  do { try body() } catch { return error as? Failure ?? Failure(.software, "\(error)") }
  return nil
}

/// Runs a program that packs or converts bytes.
func through(_ program: String, _ arguments: String..., input: [UInt8]) throws -> [UInt8] {
  let outcome = try runProcess(program, arguments, input: input)
  try #require(outcome.status == 0, "\(outcome.errorText)")
  return outcome.output
}
