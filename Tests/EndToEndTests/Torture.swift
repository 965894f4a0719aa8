import Documents
import Glibc
import StrandlineTesting
import Testing

/// Where a feed under torture is kept.
enum TortureStore: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case directory, s3

  var testDescription: String { rawValue }

  /// What does something outside of a process: on a directory what changes files, on S3 what is sent.
  var effects: String {
    switch self {
    case .directory:
      "write,pwrite64,fsync,fdatasync,?rename,renameat,renameat2,linkat,?unlink,unlinkat,mkdirat"
    case .s3: "sendto,sendmsg"
    }
  }

  /// How many of these a function has at most, about.
  func effects(of stage: String) -> Int {
    switch self {
    case .directory: stage == "publish" ? 46 : 24
    case .s3: stage == "publish" ? 24 : 12
    }
  }
}

/// A real feed on a store, whose functions are killed.
final class Torture {
  /// What came of a run.
  enum End: Equatable { case killed(String), answered, refused }

  let bench: Bench
  let store: TortureStore
  private let storage: CloudStorage?
  private var random: SplitMix64
  /// How long functions took that came to their end, in microseconds.
  private var durations: [String: [Int]] = [:]

  static let canTrace =
    (try? runProcess("strace", ["-qq", "-o", "/dev/null", "-e", "inject=write:signal=KILL:when=9", "true"]))?
    .status == 0

  init(_ store: TortureStore, seed: Int) throws {
    self.store = store
    random = SplitMix64(seed)
    switch store {
    case .directory:
      storage = nil
      bench = try Bench(feed: "store: ./store\n" + RealDumps.settings + "min_interval: 0s\n")
    case .s3:
      let place = Cloud.moto.place()
      storage = CloudStorage(cloud: .moto, place: place)
      bench = try Bench(.moto, place, settings: RealDumps.settings + "min_interval: 0s\n")
    }
  }

  /// An object of the feed; nil if there is none.
  func object(_ name: String) throws -> [UInt8]? {
    if let storage { return try storage.get("sp500/\(name)") }
    return bench.exists("store/sp500/\(name)") ? try bench.read("store/sp500/\(name)") : nil
  }

  /// The number that an object gives itself; 0 if there is none.
  func seq(_ name: String) throws -> Int {
    struct Numbered: Decodable { var seq: Int }
    return try object(name).map { try Documents.decode(Numbered.self, from: $0, name: name).seq } ?? 0
  }

  /// A run that nobody disturbs; its durations are what kills are drawn from.
  func clean() throws -> Tick {
    var tick = Tick()
    for stage in Bench.stages {
      let began = ContinuousClock.now
      let result = try bench.call(stage, arguments(stage), input: tick.results.last?.bytes ?? [])
      note(stage, ContinuousClock.now - began)
      tick.results.append(result)
      if result.status != 0 { break }
    }
    return tick
  }

  /// A run of which one function is killed, if it does not come to its end before.
  func run() throws -> End {
    let victim = random.below(4)
    var event: [UInt8] = []
    for (number, stage) in Bench.stages.enumerated() {
      let began = ContinuousClock.now
      let outcome = try number == victim ? killed(stage, event) : called(stage, event)
      if outcome.ending == .signalled(SIGKILL) { return .killed(stage) }
      note(stage, ContinuousClock.now - began)
      if outcome.status == 75 { return .refused }
      try #require(
        outcome.status == 0, "\(stage): exit \(outcome.status): \(outcome.errorText)\(outcome.outputText)")
      event = outcome.output
    }
    return .answered
  }

  private func called(_ stage: String, _ event: [UInt8]) throws -> ChildProcess.Outcome {
    try bench.start(stage, arguments(stage), input: event).wait(timeLimit: 120)
  }

  private func killed(_ stage: String, _ event: [UInt8]) throws -> ChildProcess.Outcome {
    if Self.canTrace, random.oneIn(2) {
      let number = 1 + random.below(store.effects(of: stage) * 3 / 2)
      let trace = [
        "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(store.effects)",
        "-e", "inject=\(store.effects):signal=KILL:when=\(number)", try builtExecutable(stage),
      ]
      return try bench.start(path: "strace", trace + arguments(stage), input: event).wait(timeLimit: 120)
    }
    let known = durations[stage] ?? []
    // In one case of three too late, so that the feed moves on.
    let moment = random.below((known.isEmpty ? 20_000 : random.pick(known)) * 3 / 2)
    let child = try bench.start(stage, arguments(stage), input: event)
    usleep(UInt32(moment))
    child.kill()
    return try child.wait(timeLimit: 120)
  }

  private func arguments(_ stage: String) -> [String] { stage == "fetch" ? ["--feed", bench.feed] : [] }

  private func note(_ stage: String, _ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    durations[stage, default: []].append(Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000) + 1)
    if durations[stage, default: []].count > 20 { durations[stage]?.removeFirst() }
  }

  /// Chance, by the seed.
  func oneIn(_ count: Int) -> Bool { random.oneIn(count) }
}

/// A real feed's dumps, forwards and backwards and forwards again, no two neighbours the same.
struct TortureDumps {
  private let names: [String]
  private let dumps: [[UInt8]]
  private let folder: String

  init() throws {
    folder = try SharedData.require() + "/sp500"
    let listed = try runProcess("ls", [folder], environment: ["LC_ALL": "C"]).outputText
    var (names, dumps): ([String], [[UInt8]]) = ([], [])
    for name in listed.split(separator: "\n").map(String.init) where name.hasSuffix(".csv.gz") {
      let dump = try RealDumps.succeed("gzip", ["-dc", "\(folder)/\(name)"]).output
      if dump == dumps.last { continue }
      names.append(name)
      dumps.append(dump)
    }
    try #require(dumps.count > 40)
    (self.names, self.dumps) = (names, dumps)
  }

  private func place(_ number: Int) -> Int {
    let turn = number % (2 * dumps.count - 2)
    return turn < dumps.count ? turn : 2 * dumps.count - 2 - turn
  }

  /// The dump of this number, from 0.
  subscript(number: Int) -> [UInt8] { dumps[place(number)] }

  /// When the oracle believes that it was taken: an hour after the one before.
  static func time(_ number: Int) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "2000-\(two(1 + number / 672))-\(two(1 + number / 24 % 28))T\(two(number % 24)):00:00Z"
  }

  /// Asks the oracle what history should be after so many dumps: `FOLDER/as-of-N` for some of them, `FOLDER/history`.
  func ask(_ count: Int, _ states: [Int], _ folder: String) throws {
    let input = folder + "/oracle"
    try RealDumps.succeed("mkdir", ["-p", input])
    try RealDumps.succeed("ln", ["-sf", "\(self.folder)/feed.json", input])
    for number in 0..<count {
      let name = Self.time(number).filter { $0 != "-" && $0 != ":" }
      try RealDumps.succeed(
        "ln", ["-sf", "\(self.folder)/\(names[place(number)])", "\(input)/\(name).csv.gz"])
    }
    let asOf = states.map {
      ["oracle", "\(folder)/as-of-\($0)", "asof", input, "--at", Self.time($0)]
    }
    try RealDumps.answer(asOf + [["oracle", "\(folder)/history", "history", input]])
  }
}
