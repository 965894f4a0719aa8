public import Basics
public import FeedFile
import FeedSources
import HTTP
import Proposing

/// Begins a feed: reads its source once, proposes a feed file, and shows what the first run would find.
public struct Beginning {
  /// What is wanted.
  public struct Wishes {
    /// Where the dump is: a path or a URL.
    public var source: String
    /// Where the feed file is to be; nil: standard output.
    public var output: String?
    /// Whether a file that is there may be replaced.
    public var mayReplace = false
    /// The feed's name; nil: it follows from the source's.
    public var name: String?
    /// Where history is to be kept; nil: beside the feed file.
    public var store: String?
    /// Which of the files that a pattern matches.
    public var take: Source.Take?
    /// The fields of `source.auth`.
    public var auth: [(name: String, value: String)] = []

    /// A source, and nothing else.
    public init(source: String) { self.source = source }
  }

  let call: Call
  let wishes: Wishes

  /// Begins with what is wanted.
  public init(_ call: Call, _ wishes: Wishes) {
    self.call = call
    self.wishes = wishes
  }

  /// Does all of it.
  /// - Throws: ``Failure/Kind/badData`` if the source has no dump, or if its first run would be refused: the feed file is
  ///   there then. What reading the source throws.
  public func run() throws(Failure) {
    let target = try FeedTarget(wishes.output, mayReplace: wishes.mayReplace)
    var draft = try beginning(target)
    let described = Call.LoadedFeed(feed: try draft.feed(), file: target.file ?? "", folder: target.folder)
    var request = try call.request(for: described)
    let dump = try read(request)
    let raw = try dump.beginning()
    if let what = Layout.refusal(raw: raw) { throw failure(what) }
    let layout: Layout
    do throws(Failure) {
      let sample = try sample(request, dump, raw)
      layout = try Layout.propose(raw: raw, sample: sample, name: wishes.source)
    } catch  where error.kind == .badData {
      throw failure(error.message)
    }
    draft.layout = layout
    let feed = try draft.feed()
    request.format = feed.source.format
    request.conversion = feed.source.conversion
    let key = try survey(request, dump)
    draft.key = key
    draft.title = [
      "Proposed by feed init: \(layout.summary), \(amount(dump.length, "byte")), \(amount(key.records, "record")). Comments say why; what else "
        + "a feed file may say is in FeedFile.md."
    ]
    let text = try draft.text()
    try target.write(text, call)
    for warning in layout.warnings { call.log.warning(warning) }
    // On standard output they are in sight already.
    if target.file != nil { for reason in key.reasons { call.log.info(reason) } }
    try FirstRun(call, try draft.feed(), request, dump, target).show()
  }

  /// What is known before the source is read.
  private func beginning(_ target: FeedTarget) throws(Failure) -> Draft {
    let location: Source.Location
    switch try SourceLocation(wishes.source) {
    case .http, .object: location = .url(wishes.source)
    case .file(let path): location = .path(target.path(to: path))
    case .database:
      throw Failure(
        .usage,
        "feed init is for files, web servers and buckets: what a database is asked is yours to say, in a feed file "
          + "(FeedFile.md, Databases)")
    case .standardInput:
      throw Failure(
        .usage,
        "standard input is no source that can be read again: name the file or the URL that it comes from")
    }
    var draft = Draft(name: wishes.name ?? feedName(of: wishes.source), location: location)
    draft.take = wishes.take
    draft.auth = wishes.auth
    draft.store = wishes.store.map { target.path(to: $0) }
    if draft.store == nil, Environment.value("STRANDLINE_STORE") == nil { draft.store = "./store" }
    return draft
  }

  /// Reads the source, once.
  private func read(_ request: SourceRequest) throws(Failure) -> Spool {
    var request = request
    request.depth = .asItComes
    let opened: Opened
    do throws(Failure) { opened = try call.sources.open(request) } catch {
      var failure = error
      failure.message += advice(failure)
      throw failure
    }
    guard case .body(let body) = opened else {
      throw Failure(.software, "a source that says it is unchanged")
    }
    let log = call.log
    let file = try OpenFile.temporary(for: body.name)
    let length = try file.append(all: body) {
      log.progress("reading", done: $0, total: body.expectedBytes)
    }
    return Spool(file: file, length: length)
  }

  /// What settings that a refusal names are for this call; empty if it names none.
  private func advice(_ failure: Failure) -> String {
    if failure.message.contains("source.take"), wishes.take == nil {
      return
        ". Here: --take newest or --take last. A feed of all files is begun with one of them; write take: all into it then"
    }
    guard failure.cause == .refusedLogin, wishes.auth.isEmpty else { return "" }
    if failure.message.contains("NTLM"), !failure.message.contains("Basic") {
      return ". Here: --auth method=ntlm --auth user='DOMAIN\\NAME' --auth password_env=VARIABLE"
    }
    return
      ". Here: --auth user=NAME --auth password_env=VARIABLE, --auth bearer_env=VARIABLE, or what else source.auth has"
  }

  /// What is seen of the source once compression is undone.
  private func sample(
    _ given: SourceRequest, _ dump: Spool, _ raw: [UInt8]
  ) throws(Failure) -> Sample {
    var request = given
    request.depth = .unpacked
    request.expect = nil
    request.conversion.compression = Layout.compression(raw: raw)
    let body = try call.sources.open(request, from: dump.body())
    var taker = SampleTaker()
    var buffer = ByteBuffer(capacity: 256 << 10)
    while true {
      buffer.truncate()
      let count = try unsafe buffer.append(atMost: 256 << 10) { (room) throws(Failure) in
        try unsafe body.read(into: room)
      }
      if count == 0 { return taker.finish() }
      unsafe taker.take(buffer.bytes)
    }
  }

  private func survey(_ request: SourceRequest, _ dump: Spool) throws(Failure) -> KeyFinding {
    var request = request
    request.expect = nil
    let survey = KeySurvey(
      request.format, randomness: call.randomness, rows: try OpenFile.temporary(for: "hashes of records"),
      parts: try OpenFile.temporary(for: "hashes of records"))
    let (sources, log) = (call.sources, call.log)
    let progress = { (done: Int) in log.progress("looking for a key", done: done, total: nil) }
    do throws(Failure) {
      return try unsafe survey.find(progress: progress) { () throws(Failure) in
        let body = try sources.open(request, from: dump.body())
        return { (room) throws(Failure) in try unsafe body.read(into: room) }
      }
    } catch  where error.kind == .badData {
      throw failure(error.message)
    }
  }

  private func failure(_ what: String) -> Failure {
    let name = wishes.source.contains("://") ? masked(url: wishes.source) : wishes.source
    // What converts names the source itself.
    let own = what.hasPrefix("\(name) ") ? "it " + what.dropFirst(name.count + 1) : what
    return Failure(.badData, "no feed can be made of \(name): \(own)")
  }
}

/// What a source gave, kept until the end.
struct Spool {
  let file: OpenFile
  let length: Int

  func body() -> SpooledBody { SpooledBody(file, length: length) }

  /// The first bytes.
  func beginning() throws(Failure) -> [UInt8] {
    var buffer = ByteBuffer(capacity: 4096)
    try file.read(0..<min(length, 4096), to: &buffer)
    return buffer.array()
  }
}
