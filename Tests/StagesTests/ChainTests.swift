import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// Three dumps in which records come, change, go, and come back; each of several blocks.
let first = Table(0..<40)
let second = first.changing([3, 30], to: "another").removing([10, 35]).adding(200..<203, at: 20)
let third = second.changing([3], to: "a third").adding(35..<36, at: 38).removing([200])

@Suite struct ChainTests {
  @Test func historyFollowsTheDumps() throws {
    let world = try World()
    #expect(try world.tick(first.csv).data.outcome == .published)
    try world.check([first], "first")
    #expect(try world.tick(second.csv).data.outcome == .published)
    try world.check([first, second], "second")
    #expect(try world.tick().data.outcome == .unchanged)
    #expect(try world.tick(third.csv).data.outcome == .published)
    #expect(try world.tick(first.csv).data.outcome == .published)
    try world.check([first, second, third, first], "back to the first")
  }
}
