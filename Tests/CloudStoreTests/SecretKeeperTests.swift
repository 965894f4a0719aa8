import Basics
import CloudStore
import StrandlineTesting
import Synchronization
import Testing

/// Secrets that end.
@Suite struct SecretKeeperTests {
  struct Secret: LentSecret {
    var name: String
    var end: Instant?
  }

  final class Source: SecretSource {
    let name = "the vault"
    let answers: Mutex<[Result<Secret, ServiceError>]>

    init(_ answers: [Result<Secret, ServiceError>]) { self.answers = Mutex(answers) }

    func fetch(at now: Instant) throws(ServiceError) -> Secret {
      try answers.withLock { $0.removeFirst() }.get()
    }
  }

  private static let begin = Instant(microseconds: 1_800_000_000_000_000)
  private let log = RecordingLog()

  private func keeper(_ answers: Result<Secret, ServiceError>...) -> SecretKeeper<Secret> {
    SecretKeeper(Source(answers), early: 100, pause: 10, refusesEnded: true, log: log)
  }

  private func time(_ seconds: Double) -> Instant { Self.begin.advanced(bySeconds: seconds) }

  private func lent(_ name: String, _ seconds: Double?) -> Result<Secret, ServiceError> {
    .success(Secret(name: name, end: seconds.map(time)))
  }

  private let trouble = Result<Secret, ServiceError>.failure(ServiceError(.unreachable, "no answer"))

  @Test func isRenewedBeforeItsEnd() throws {
    let keeper = keeper(lent("a", 1000), lent("b", 2000))
    for (seconds, name) in [(0.0, "a"), (899, "a"), (901, "b"), (1001, "b")] {
      #expect(try keeper.current(at: time(seconds)).name == name, "\(seconds)")
    }
  }

  @Test func whatNeverEndsIsAskedForOnce() throws {
    let keeper = keeper(lent("a", nil))
    for seconds in [0.0, 1e9] { #expect(try keeper.current(at: time(seconds)).name == "a") }
  }

  @Test func theOldOneServesWhileItIsGood() throws {
    let keeper = keeper(lent("a", 1000), trouble, trouble, trouble, lent("b", 2000))
    // Asked at 0, 901 and 912, not at 905: that is too soon after the answer before.
    for seconds in [0.0, 901, 905, 912] { #expect(try keeper.current(at: time(seconds)).name == "a") }
    #expect(log.lines.count == 2 && log.lines[0].contains("could not be renewed yet"), "\(log.lines)")
    let error = #expect(throws: ServiceError.self) { try keeper.current(at: time(1000)) }
    #expect(error?.kind == .unreachable)
    #expect(try keeper.current(at: time(1001)).name == "b")
  }

  @Test func oneThatEndedAlreadyIsRefused() throws {
    let keeper = keeper(lent("a", 0), lent("b", 1000))
    let error = #expect(throws: ServiceError.self) { try keeper.current(at: time(0)) }
    #expect(
      error?.kind == .denied && error?.message.hasPrefix("the vault gave credentials that ended") == true)
    #expect(try keeper.current(at: time(1)).name == "b")
  }

  @Test func aForgottenOneIsAskedForAnew() throws {
    let keeper = keeper(lent("a", 1000), lent("b", 2000))
    let first = try keeper.current(at: time(0))
    keeper.forget(first)
    #expect(try keeper.current(at: time(0)).name == "b")
    // Another thread has renewed it meanwhile.
    keeper.forget(first)
    #expect(try keeper.current(at: time(0)).name == "b")
  }
}
