import HTTP
import Testing

/// Only time in which a server keeps us waiting counts against it.
@Suite struct StallWatchTests {
  private var limits: HTTPLimits {
    var limits = HTTPLimits()
    limits.slow = 60
    limits.answer = 600
    return limits
  }

  private func isStalled(_ stall: Stall?) -> Bool { stall != nil }

  @Test func whoWasStoppedDoesNotBlameTheServer() {
    var watch = StallWatch(limits)
    #expect(!isStalled(watch.add(waited: 86400, bytes: 0, hasBody: false)), "stopped before the answer began")
    #expect(!isStalled(watch.add(waited: 3600, bytes: 1, hasBody: true)), "stopped in the middle of it")
  }

  @Test func aServerThatStallsIsFoundOut() {
    var (silent, slow) = (StallWatch(limits), StallWatch(limits))
    let waits = { (seconds: Double) in 1...Int(seconds / 0.25) }
    let answers = waits(600).map { _ in isStalled(silent.add(waited: 0.25, bytes: 0, hasBody: false)) }
    #expect(answers.last == true && !answers.dropLast().contains(true))
    let bytes = waits(60).map { _ in isStalled(slow.add(waited: 0.25, bytes: 24, hasBody: true)) }
    #expect(bytes.last == true && !bytes.dropLast().contains(true))
  }
}
