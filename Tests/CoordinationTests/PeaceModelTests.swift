import Basics
import Coordination
import StrandlineTesting
import Testing

/// The rules of a source's peace against a slow model, which looks at everything that ever happened.
@Suite struct PeaceModelTests {
  /// A read that took place.
  private struct Read {
    var begun: Instant
    var settings: String
    var login: Login
    /// Nil: whoever read was killed.
    var end: (what: Peace.End, time: Instant)?
    /// Whether the source had begun to answer.
    var isAccepted = false

    var failure: Failure.Cause?? {
      if case .failed(let cause)? = end?.what { .some(cause) } else { nil }
    }
    var isWell: Bool { end?.what == .well }
    var isDecided: Bool { isWell || failure != nil }
  }

  private struct Login: Hashable {
    var asking, secrets: String
    var isShown: Bool { secrets != "none" }

    func refusal(_ time: Instant) -> Peace.Refusal {
      Peace.Refusal(asking: asking, secrets: secrets, since: time)
    }
  }

  private struct Question {
    var now: Instant
    var settings: String
    var login: Login
    var insists: Bool
  }

  private struct Model {
    /// What each version of the feed file says.
    var terms: [String: PeaceTerms]
    var reads: [Read] = []

    var failed: [Read] { Array(reads.filter(\.isDecided).reversed().prefix { !$0.isWell }.reversed()) }

    /// Logins that were refused since they did well, the last one first; a ninth makes the first forgotten.
    var refused: [(login: Login, time: Instant)] {
      var list: [(login: Login, time: Instant)] = []
      for read in reads {
        guard read.isWell || read.failure == .some(.refusedLogin), let time = read.end?.time else { continue }
        list.removeAll { $0.login == read.login }
        if !read.isWell { list = Array(([(read.login, time)] + list).prefix(8)) }
      }
      return list
    }

    /// The login that did well last, unless it was refused since.
    var accepted: Login? {
      guard let read = reads.last(where: { $0.isWell }) else { return nil }
      return refused.contains { $0.login == read.login } ? nil : read.login
    }

    /// Reads of which nobody knows whether the source took the credentials.
    var doubts: Int {
      reads.reversed().prefix { !$0.isDecided && !$0.isAccepted }.count { $0.login.isShown }
    }

    private func pause(_ terms: PeaceTerms) -> Double {
      guard terms.failures > 0, failed.count >= terms.failures else { return 0 }
      var pause = terms.pause
      for _ in terms.failures..<failed.count { pause *= 2 }
      return min(pause, terms.longest)
    }

    /// Until when nobody reads, and by which rules; nil for the time: for ever.
    func hold(_ question: Question) -> [(rule: String, until: Instant?)] {
      var holds: [(String, Instant?)] = []
      if !question.insists {
        let same = refused.filter { $0.login.secrets == question.login.secrets }
        let isKnown = accepted == question.login
        if same.contains(where: { $0.login == question.login })
          || question.login.isShown && same.count > 1 && !isKnown
        {
          return [("login", nil)]
        }
        if !isKnown, refused.count == 8, let oldest = refused.last {
          let until = oldest.time.advanced(bySeconds: 30 * 86400)
          if until > question.now { return [("logins", until)] }
        }
      }
      guard let last = reads.last, let own = terms[question.settings], let other = terms[last.settings] else {
        return []
      }
      let isMended =
        question.insists && (!failed.isEmpty || doubts > 0 || last.settings != question.settings)
        || failed.last?.failure == .some(.refusedLogin)
      if !isMended {
        holds.append(("interval", last.begun.advanced(bySeconds: max(own.interval, other.interval))))
      }
      if !question.insists {
        let end = last.failure == nil ? last.begun : last.end?.time ?? last.begun
        holds.append(("breaker", end.advanced(bySeconds: pause(other))))
        holds.append(("breaker", last.begun.advanced(bySeconds: pause(own))))
        if case .leaveAlone(let seconds)?? = last.failure {
          holds.append(("asked", end.advanced(bySeconds: min(seconds, 86400))))
        }
        if doubts > 1, question.login.isShown {
          let hours = [1, 2, 4, 8, 16, 24][min(doubts - 2, 5)]
          holds.append(("doubt", last.begun.advanced(bySeconds: Double(hours) * 3600)))
        }
      }
      return holds.filter { $0.1 ?? question.now > question.now }
    }
  }

  @Test(arguments: 0..<600)
  func asTheModelSays(seed: Int) throws {
    var random = SplitMix64(seed)
    let hours = random.oneIn(3) ? try WeeklyHours(["22:00-06:00"]) : nil
    var model = Model(terms: [:])
    for settings in ["a", "b", "c"] {
      model.terms[settings] = PeaceTerms(
        interval: [0, 30, 600][random.below(3)], failures: random.below(4),
        pause: [10, 300][random.below(2)],
        longest: [300, 3600][random.below(2)], hours: hours, zone: .utc)
    }
    let many = random.oneIn(3)
    var document: LockDocument?
    var now = Instant(seconds: 1_700_000_000)
    for step in 0..<60 {
      now = now.advanced(bySeconds: Double(random.below([5, 400, 9000, 90_000][random.below(4)])))
      let settings = ["a", "b", "c"][random.oneIn(4) ? random.below(3) : 0]
      var login = Login(asking: "s", secrets: "x")
      if many || random.oneIn(4) { login.secrets = "\(random.below(many ? 9 : 3))" }
      if random.oneIn(5) { login.asking = "\(random.below(3))" }
      if random.oneIn(9) { login.secrets = "none" }
      let question = Question(now: now, settings: settings, login: login, insists: random.oneIn(9))
      let terms = try #require(model.terms[settings])
      let pause = terms.hold(
        PeaceQuestion(
          settings: settings, login: login.refusal(now), showsCredentials: login.isShown,
          insists: question.insists), document, at: now)
      check(pause, model.hold(question), hours, now, "seed \(seed), step \(step)")
      if pause != nil { continue }
      read(question, terms, many: many, &model, &document, &now, &random)
    }
  }

  private func check(
    _ pause: Pause?, _ holds: [(rule: String, until: Instant?)], _ hours: WeeklyHours?, _ now: Instant,
    _ place: String
  ) {
    let rule: String
    switch pause?.reason {
    case .hours?: rule = "hours"
    case .interval?: rule = "interval"
    case .breaker?: rule = "breaker"
    case .asked?: rule = "asked"
    case .login?: rule = "login"
    case .logins?: rule = "logins"
    case .doubt?: rule = "doubt"
    case nil: rule = ""
    }
    if let first = holds.first, ["login", "logins"].contains(first.rule) {
      #expect(rule == first.rule && pause?.until == first.until, "\(place)")
      return
    }
    var until = max(now, holds.compactMap(\.until).max() ?? now)
    let isClosed = !(hours?.contain(until, in: .utc) ?? true)
    while !(hours?.contain(until, in: .utc) ?? true) {
      until = Instant(seconds: (until.microseconds / 60_000_000 + 1) * 60)
    }
    #expect((pause?.until ?? now) == until, "\(place): \(String(describing: pause)) \(holds)")
    if isClosed {
      #expect(rule == "hours", "\(place)")
    } else if pause != nil {
      #expect(holds.contains { $0.rule == rule && $0.until == until }, "\(place): \(rule) \(holds)")
    }
  }

  /// A read takes place, and ends somehow.
  private func read(
    _ question: Question, _ terms: PeaceTerms, many: Bool, _ model: inout Model,
    _ document: inout LockDocument?, _ now: inout Instant, _ random: inout SplitMix64
  ) {
    var peace = document?.peace ?? Peace()
    peace.begin(at: now, showing: question.login.isShown, terms)
    var next =
      document ?? LockDocument(token: 1, holder: "h", run: "r", stage: "fetch", since: now, lease: 60)
    (next.lastRead, next.readSettings, next.readInterval) = (now, question.settings, terms.interval)
    var read = Read(begun: now, settings: question.settings, login: question.login)
    now = now.advanced(bySeconds: 0.001 + Double(random.below(2000)) / 1000)
    if random.oneIn(3) {
      peace.accept()
      read.isAccepted = true
    }
    if !random.oneIn(6) {
      let end: Peace.End = [
        many ? .failed(.refusedLogin) : .well, .failed(nil), .failed(nil), .failed(.refusedLogin),
        .failed(.leaveAlone(seconds: 100)), .failed(.leaveAlone(seconds: 500_000)), .unknown, .unknown, .well,
      ][random.below(9)]
      peace.end(end, at: now, question.login.refusal(now), terms)
      read.end = (end, now)
    }
    next.peace = peace
    model.reads.append(read)
    document = next
  }
}
