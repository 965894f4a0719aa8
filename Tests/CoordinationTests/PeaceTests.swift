import Basics
import Coordination
import StrandlineTesting
import Testing

/// The rules of a source's peace against a slow model, which looks at everything that ever happened.
@Suite struct PeaceTests {
  /// A read that took place.
  private struct Read {
    var begun: Instant
    var settings: String
    var login: String
    /// Nil: whoever read was killed.
    var end: (what: Peace.End, time: Instant)?

    var failure: Failure.Cause?? {
      if case .failed(let cause)? = end?.what { .some(cause) } else { nil }
    }
    var isWell: Bool { end?.what == .well }
  }

  private struct Model {
    var reads: [Read] = []

    /// Those of which it is known how they ended.
    var decided: [Read] { reads.filter { $0.isWell || $0.failure != nil } }
    var failed: [Read] { Array(decided.reversed().prefix { !$0.isWell }.reversed()) }

    func isRefused(_ login: String) -> Bool {
      let last = decided.last { $0.login == login && ($0.isWell || $0.failure == .some(.refusedLogin)) }
      return last.map { !$0.isWell } ?? false
    }

    /// Until when nobody reads, and by which rules; nil for the time: for ever.
    func hold(_ now: Instant, _ settings: String, _ login: String, _ insists: Bool, _ terms: PeaceTerms)
      -> [(rule: String, until: Instant?)]
    {
      if isRefused(login), !insists { return [("login", nil)] }
      var holds: [(String, Instant?)] = []
      let last = reads.last { $0.settings == settings }
      let isMended =
        insists && !failed.isEmpty || failed.last?.failure == .some(.refusedLogin) && !isRefused(login)
      if let last, !isMended { holds.append(("interval", last.begun.advanced(bySeconds: terms.interval))) }
      if let worst = failed.last, let end = worst.end?.time, !insists {
        // Whoever was killed, or told to end, since then, had his try.
        let since = reads.reversed().prefix { $0.begun > end }.map(\.begun).max()
        if terms.failures > 0, failed.count >= terms.failures, last != nil {
          var pause = terms.pause
          for _ in terms.failures..<failed.count { pause *= 2 }
          holds.append(("breaker", (since ?? end).advanced(bySeconds: min(pause, terms.longest))))
        }
        if case .leaveAlone(let seconds)?? = worst.failure, since == nil {
          holds.append(("asked", end.advanced(bySeconds: min(seconds, 86400))))
        }
      }
      return holds.filter { $0.1 ?? now > now }
    }
  }

  @Test(arguments: 0..<400)
  func asTheModelSays(seed: Int) throws {
    var random = SplitMix64(seed)
    let hours = random.oneIn(3) ? try WeeklyHours(["22:00-06:00"]) : nil
    let terms = PeaceTerms(
      interval: [0, 30, 600][random.below(3)], failures: random.below(4), pause: [10, 300][random.below(2)],
      longest: [300, 3600][random.below(2)], hours: hours, zone: .utc)
    var document: LockDocument?
    var model = Model()
    var now = Instant(seconds: 1_700_000_000)
    for step in 0..<60 {
      now = now.advanced(bySeconds: Double(random.below([5, 400, 9000, 90_000][random.below(4)])))
      let settings = ["a", "b", "c"][random.oneIn(4) ? random.below(3) : 0]
      let login = ["x", "y", "z"][random.oneIn(4) ? random.below(3) : 0]
      let insists = random.oneIn(9)
      let question = PeaceQuestion(
        settings: settings, login: Peace.Refusal(asking: "s", secrets: login, since: now), insists: insists)
      let pause = terms.hold(question, document, at: now)
      let holds = model.hold(now, settings, login, insists, terms)
      let place = "seed \(seed), step \(step)"
      if let (_, until) = holds.first, until == nil {
        #expect(pause?.until == nil && pause != nil, "\(place)")
        continue
      }
      var until = max(now, holds.compactMap(\.until).max() ?? now)
      let isClosed = !(hours?.contain(until, in: .utc) ?? true)
      while !(hours?.contain(until, in: .utc) ?? true) {
        until = Instant(seconds: (until.microseconds / 60_000_000 + 1) * 60)
      }
      #expect((pause?.until ?? now) == until, "\(place): \(String(describing: pause)) \(holds)")
      switch pause?.reason {
      case .hours?: #expect(isClosed, "\(place)")
      case .interval?:
        #expect(!isClosed && holds.contains { $0.rule == "interval" && $0.until == until }, "\(place)")
      case .breaker?:
        #expect(!isClosed && holds.contains { $0.rule == "breaker" && $0.until == until }, "\(place)")
      case .asked?:
        #expect(!isClosed && holds.contains { $0.rule == "asked" && $0.until == until }, "\(place)")
      case .login?: Issue.record("\(place): that login was not refused")
      case nil: break
      }
      if pause != nil { continue }
      // It is read.
      var peace = document?.peace ?? Peace()
      peace.begin(by: settings, at: now, document, terms)
      var next =
        document ?? LockDocument(token: 1, holder: "h", run: "r", stage: "fetch", since: now, lease: 60)
      (next.lastRead, next.readSettings, next.peace) = (now, settings, peace)
      model.reads.append(Read(begun: now, settings: settings, login: login))
      now = now.advanced(bySeconds: 0.001 + Double(random.below(2000)) / 1000)
      if !random.oneIn(6) {
        let end: Peace.End = [
          .well, .failed(nil), .failed(nil), .failed(.refusedLogin), .failed(.leaveAlone(seconds: 100)),
          .failed(.leaveAlone(seconds: 500_000)), .unknown,
        ][random.below(7)]
        peace.end(end, at: now, question.login, terms)
        next.peace = peace
        model.reads[model.reads.count - 1].end = (end, now)
      }
      document = next
    }
  }

  private static let plain = PeaceTerms(
    interval: 0, failures: 3, pause: 300, longest: 3600, hours: nil, zone: .utc)
  private static let start = Instant(seconds: 1_700_000_000)

  private func document(_ ends: [Peace.End], _ terms: PeaceTerms = plain) -> LockDocument {
    var document = LockDocument(
      token: 1, holder: "h", run: "r", stage: "fetch", since: Self.start, lease: 60)
    for end in ends {
      var peace = document.peace ?? Peace()
      peace.begin(by: "s", at: Self.start, document, terms)
      (document.lastRead, document.readSettings) = (Self.start, "s")
      peace.end(end, at: Self.start, login, terms)
      document.peace = peace
    }
    return document
  }

  private var login: Peace.Refusal { Peace.Refusal(asking: "s", secrets: "x", since: Self.start) }

  private func left(_ document: LockDocument, insists: Bool = false) -> Double? {
    let question = PeaceQuestion(settings: "s", login: login, insists: insists)
    return Self.plain.hold(question, document, at: Self.start)?.until?.seconds(since: Self.start)
  }

  @Test func pausesGrowUpToTheLongest() {
    for (count, pause) in [
      (1, nil), (2, nil), (3, 300), (4, 600), (5, 1200), (6, 2400), (7, 3600), (99, 3600),
    ]
      as [(Int, Double?)]
    {
      let failing = document(Array(repeating: .failed(nil), count: count))
      #expect(left(failing) == pause, "\(count)")
      #expect(left(failing, insists: true) == nil)
      #expect(Self.plain.isLongest(after: count) == (count >= 7))
    }
    #expect(left(document([.failed(nil), .failed(nil), .well, .failed(nil)])) == nil)
  }

  @Test func aWishIsHeededForADay() {
    #expect(left(document([.failed(.leaveAlone(seconds: 90))])) == 90)
    #expect(left(document([.failed(.leaveAlone(seconds: 1e9))])) == 86400)
    #expect(left(document([.failed(.leaveAlone(seconds: -5))])) == nil)
  }

  /// What a clock that was wrong has stamped must not put off everybody.
  @Test func whatLiesFarAheadIsNotBelieved() {
    var ahead = document([.failed(.leaveAlone(seconds: 90))])
    ahead.peace?.asked = Self.start.advanced(bySeconds: 86401)
    #expect(left(ahead) == nil)
    ahead.peace = nil
    ahead.lastRead = Self.start.advanced(bySeconds: 1)
    var terms = Self.plain
    terms.interval = 600
    let question = PeaceQuestion(settings: "s", login: login, insists: false)
    #expect(terms.hold(question, ahead, at: Self.start) == nil)
  }

  /// Two versions of a feed file by turns, as while something is rolled out, do not read more often than each may alone.
  @Test func settingsByTurnsAreNotNew() {
    var terms = Self.plain
    terms.interval = 600
    var document: LockDocument?
    var reads = 0
    for second in 0..<600 {
      let (now, settings) = (Self.start.advanced(bySeconds: Double(second)), second % 2 == 0 ? "a" : "b")
      let question = PeaceQuestion(settings: settings, login: login, insists: false)
      guard terms.hold(question, document, at: now) == nil else { continue }
      reads += 1
      var peace = document?.peace ?? Peace()
      peace.begin(by: settings, at: now, document, terms)
      var next =
        document ?? LockDocument(token: 1, holder: "h", run: "r", stage: "fetch", since: now, lease: 60)
      peace.end(.well, at: now, login, terms)
      (next.lastRead, next.readSettings, next.peace) = (now, settings, peace)
      document = next
    }
    #expect(reads == 2)
  }

  @Test func onlySoManyRefusalsAreKept() {
    var peace = Peace()
    for number in 0..<20 {
      let login = Peace.Refusal(asking: "s", secrets: "\(number % 12)", since: Self.start)
      peace.end(.failed(.refusedLogin), at: Self.start, login, Self.plain)
    }
    #expect(peace.refusals.map(\.secrets) == ["7", "6", "5", "4", "3", "2", "1", "0"])
  }
}
