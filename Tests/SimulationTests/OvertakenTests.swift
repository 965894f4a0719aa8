import Simulation
import Testing

/// Whoever judges what an audit tells knows what went on while it looked: no more, and no less.
@Suite struct OvertakenTests {
  /// More operations than an audit of two runs has.
  private static let most = 12

  private func verdicts(_ which: Overtaken.Case) -> [Verdict] {
    (1...Self.most).flatMap { first in
      (first...Self.most).map { Overtaken.run(which, first: first, then: $0, traced: true) }
    }
  }

  @Test(arguments: [Overtaken.Case.toldToEnd, .superseded])
  func whatWasSoForAWhileMayBeTold(_ which: Overtaken.Case) {
    let all = verdicts(which)
    for verdict in all {
      guard let violation = verdict.violation else { continue }
      Issue.record("\(violation)\n\(verdict.schedule.joined(separator: "\n"))")
    }
    let told = Set(all.map { $0.counts["audit: unfinished_run", default: 0] })
    #expect(told.count > 1, "nothing depends on the moment: \(told)")
  }

  /// A lease that would be over by now, had nobody gone on, never was.
  @Test func whatNeverWasSoMayNotBeTold() {
    for then in 1...Self.most {
      let verdict = Overtaken.run(.misjudged, first: 1, then: then)
      // An audit that reads the lock only when all is done has nothing to tell.
      let wanted: Violation.Invariant? = then == 1 ? nil : .told
      #expect(verdict.violation?.invariant == wanted, "operation \(then)")
    }
  }
}
