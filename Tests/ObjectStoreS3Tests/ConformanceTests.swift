import Basics
import CloudStore
import ObjectStore
import StrandlineTesting
import Synchronization
import Testing

/// What every store must do, by S3 as it is on a network.
@Suite(.serialized) struct ConformanceTests {
  private struct Numbers: Randomness {
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255) } }
  }

  private static let count = Mutex(0)

  private static func store(_ server: Live) throws -> CloudStore {
    let number = count.withLock {
      $0 += 1
      return $0
    }
    return CloudStore(
      try server.service("conformance/\(number)"), clock: ManualClock(systemNow()), randomness: Numbers(),
      log: RecordingLog())
  }

  @Test(arguments: Live.all, StoreConformance.checks)
  func does(server: Live, check: StoreConformance.Check) throws {
    guard server == .ceph else { return try check.run(Self.store(server)) }
    // radosgw (16.2) answers 500 to some who lose a race, and whether their write took place is then not known for
    // sure. A caller reads back what is there and looks for its own traces; this check does not.
    try withKnownIssue("losers of a race are told 500", isIntermittent: true) {
      try check.run(Self.store(server))
    } matching: { issue in
      check.description == "compare-and-swap loses no increment"
        && issue.error.map { "\($0)" }?.contains("it may have taken place all the same") == true
    }
  }
}
