import Basics
import Coordination
import StrandlineTesting
import Testing

/// The rules of a source's peace, one by one.
@Suite struct PeaceTests {
  private static let plain = PeaceTerms(
    interval: 0, failures: 3, pause: 300, longest: 3600, hours: nil, zone: .utc)
  private static let start = Instant(seconds: 1_700_000_000)

  private func document(_ ends: [Peace.End], _ terms: PeaceTerms = plain) -> LockDocument {
    var document = LockDocument(
      token: 1, holder: "h", run: "r", stage: "fetch", since: Self.start, lease: 60)
    for end in ends {
      var peace = document.peace ?? Peace()
      peace.begin(at: Self.start, showing: true, terms)
      (document.lastRead, document.readSettings) = (Self.start, "s")
      peace.end(end, at: Self.start, login, terms)
      document.peace = peace
    }
    return document
  }

  private var login: Peace.Refusal { Peace.Refusal(asking: "s", secrets: "x", since: Self.start) }

  private func left(_ document: LockDocument, insists: Bool = false) -> Double? {
    let question = PeaceQuestion(
      settings: "s", login: login, showsCredentials: true, insists: insists)
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
    let question = PeaceQuestion(settings: "s", login: login, showsCredentials: true, insists: false)
    #expect(terms.hold(question, ahead, at: Self.start) == nil)
  }

  private func reads(
    seconds: Int, every step: Int = 1,
    by variant: (_ second: Int) -> (terms: PeaceTerms, settings: String, login: Peace.Refusal),
    _ end: (_ read: Int) -> Peace.End?
  ) -> [Int] {
    var document: LockDocument?
    var reads: [Int] = []
    for second in stride(from: 0, to: seconds, by: step) {
      let now = Self.start.advanced(bySeconds: Double(second))
      let (terms, settings, login) = variant(second)
      let question = PeaceQuestion(settings: settings, login: login, showsCredentials: true, insists: false)
      guard terms.hold(question, document, at: now) == nil else { continue }
      var peace = document?.peace ?? Peace()
      peace.begin(at: now, showing: true, terms)
      if let end = end(reads.count) { peace.end(end, at: now, login, terms) }
      reads.append(second)
      var next =
        document ?? LockDocument(token: 1, holder: "h", run: "r", stage: "fetch", since: now, lease: 60)
      (next.lastRead, next.readSettings, next.peace) = (now, settings, peace)
      next.readInterval = terms.interval
      document = next
    }
    return reads
  }

  /// Any number of versions of a feed file by turns, as while something is rolled out, read no more often than one.
  @Test(arguments: [1, 2, 5, 50])
  func settingsByTurnsReadAsOne(count: Int) {
    func variant(_ second: Int) -> (PeaceTerms, String, Peace.Refusal) {
      var terms = Self.plain
      // All of them differ, and the interval is one of the differences.
      terms.interval = 600 + Double(second % count)
      return (terms, "\(second % count)", login)
    }
    let well = reads(seconds: 3000, by: variant) { _ in .well }
    #expect(well.count == 5 && zip(well, well.dropFirst()).allSatisfy { $1 - $0 >= 600 }, "\(well)")
    // A source that fails is asked in pauses that grow, whoever asks.
    func eager(_ second: Int) -> (PeaceTerms, String, Peace.Refusal) {
      (Self.plain, variant(second).1, login)
    }
    #expect(reads(seconds: 10_000, by: eager) { _ in .failed(nil) } == [0, 1, 2, 302, 902, 2102, 4502, 8102])
  }

  /// A shorter interval takes effect once the longer one is over, and a longer one at once.
  @Test func anotherIntervalIsWaitedFor() {
    func variant(_ second: Int) -> (PeaceTerms, String, Peace.Refusal) {
      var terms = Self.plain
      terms.interval = second < 10 ? 600 : 60
      return (terms, second < 10 ? "long" : "short", login)
    }
    #expect(reads(seconds: 800, by: variant) { _ in .well } == [0, 600, 660, 720, 780])
  }

  /// A version of the feed file with no breaker does not open it for the others, nor do they wait less.
  @Test func whoHasNoBreakerDoesNotCloseIt() {
    var careless = Self.plain
    careless.failures = 0
    let failing = document(Array(repeating: .failed(nil), count: 9), careless)
    #expect(left(failing) == 3600)
  }

  /// One bad password is tried with two settings at most, whatever else is edited.
  @Test func aRefusedSecretIsTriedTwice() {
    let tried = reads(seconds: 10_000) { second in
      (Self.plain, "\(second % 9)", Peace.Refusal(asking: "\(second % 9)", secrets: "x", since: Self.start))
    } _: { _ in
      .failed(.refusedLogin)
    }
    #expect(tried == [0, 1])
  }

  /// Many bad passwords do not push each other out of what is remembered.
  @Test func onlySoManySecretsAreTried() {
    var terms = Self.plain
    terms.failures = 0
    let month = 30 * 86400
    let tried = reads(seconds: month + 30_000, every: 1000) { second in
      (terms, "s", Peace.Refusal(asking: "s", secrets: "\(second / 1000 % 20)", since: Self.start))
    } _: { _ in
      .failed(.refusedLogin)
    }
    #expect(tried.prefix(8) == [0, 1000, 2000, 3000, 4000, 5000, 6000, 7000])
    #expect(tried.count > 8 && tried.dropFirst(8).allSatisfy { $0 >= month }, "\(tried)")
  }

  /// Whoever is killed again and again right after a password was refused does not lock the account.
  @Test func credentialsInDoubtAreSpared() {
    let tried = reads(seconds: 200_000) { _ in
      (Self.plain, "s", login)
    } _: { _ in
      nil
    }
    let hour = 3600
    #expect(
      tried == [0, 1, 1 + hour, 1 + 3 * hour, 1 + 7 * hour, 1 + 15 * hour, 1 + 31 * hour, 1 + 55 * hour])
    var document = document([])
    var peace = Peace()
    for _ in 0..<3 { peace.begin(at: Self.start, showing: true, Self.plain) }
    (document.lastRead, document.readSettings, document.peace) = (Self.start, "s", peace)
    #expect(left(document) == 7200 && left(document, insists: true) == nil)
    // Who shows no credentials risks no account.
    let question = PeaceQuestion(settings: "s", login: login, showsCredentials: false, insists: false)
    #expect(Self.plain.hold(question, document, at: Self.start) == nil)
    document.peace?.takeBack()
    #expect(left(document) == 3600)
    document.peace?.accept()
    #expect(left(document) == nil && document.peace == Peace())
  }

  /// A proxy's account is another one.
  @Test func aProxyThatRefusesIsRememberedApart() {
    func proxy(_ secrets: String) -> Peace.Refusal {
      Peace.Refusal(asking: "proxy", secrets: secrets, since: Self.start)
    }
    func pause(_ secrets: String, _ peace: Peace) -> Pause? {
      var document = document([])
      (document.lastRead, document.readSettings, document.peace) = (Self.start, "s", peace)
      let question = PeaceQuestion(
        settings: "s", login: login, proxy: proxy(secrets), showsCredentials: true, insists: false)
      return Self.plain.hold(question, document, at: Self.start)
    }
    var peace = Peace()
    peace.end(.failed(.refusedProxy), at: Self.start, login, proxy: proxy("p"), Self.plain)
    #expect(pause("p", peace)?.reason == .login(since: Self.start) && pause("q", peace) == nil)
    peace.end(.well, at: Self.start, login, proxy: proxy("p"), Self.plain)
    #expect(pause("p", peace) == nil && peace.refusals.isEmpty)
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
