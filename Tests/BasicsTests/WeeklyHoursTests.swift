import Basics
import StrandlineTesting
import Testing

@Suite struct WeeklyHoursTests {
  private func zone(_ name: String) throws -> ZoneRules {
    let file = try runProcess("cat", ["/usr/share/zoneinfo/\(name)"]).output
    return try #require(ZoneRules(name: name, file: file), "\(name)")
  }

  @Test func theNextAllowedMoment() throws {
    let berlin = try zone("Europe/Berlin")
    for (texts, time, expected) in [
      (["22:00-06:00"], "2026-11-21T20:59:59.5Z", "2026-11-21T21:00:00Z"),
      (["22:00-06:00"], "2026-11-21T21:00:00Z", "2026-11-21T21:00:00Z"),
      (["22:00-06:00"], "2026-11-22T04:59:59.999000Z", "2026-11-22T04:59:59.999000Z"),
      (["22:00-06:00"], "2026-11-22T05:00:00Z", "2026-11-22T21:00:00Z"),
      // The days are those on which a span begins: Saturday's goes on into Sunday.
      (["Sat 22:00-06:00"], "2026-11-22T04:00:00Z", "2026-11-22T04:00:00Z"),
      (["Sat 22:00-06:00"], "2026-11-21T04:00:00Z", "2026-11-21T21:00:00Z"),
      (["Mon-Fri 20:00-22:00", "Sat,Sun 00:00-24:00"], "2026-11-20T21:00:00Z", "2026-11-20T23:00:00Z"),
      (["Mon-Fri 20:00-22:00", "Sat,Sun 00:00-24:00"], "2026-11-22T23:00:00Z", "2026-11-23T19:00:00Z"),
      (["Sat-Mon 12:00-12:01"], "2026-11-23T11:01:00Z", "2026-11-28T11:00:00Z"),
      // Clocks skip from two to three, so this takes place a day later.
      (["02:10-02:50"], "2026-03-29T00:00:00Z", "2026-03-30T00:10:00Z"),
      (["02:10-03:50"], "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"),
      // They show the hour from two to three twice.
      (["02:10-02:50"], "2026-10-25T00:50:00Z", "2026-10-25T01:10:00Z"),
    ] {
      let hours = try WeeklyHours(texts)
      let moment = try #require(Instant(time))
      #expect(hours.next(from: moment, in: berlin)?.description == expected, "\(texts) \(time)")
      #expect(hours.contain(moment, in: berlin) == (time == expected), "\(texts) \(time)")
    }
    #expect(try WeeklyHours(["00:00-24:00"]).contain(Instant(seconds: 0), in: .utc))
    #expect(try WeeklyHours(["22:00-06:00"]).texts == ["22:00-06:00"])
  }

  /// Minute by minute, around changes of the clocks and anywhere else.
  @Test(arguments: ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
  func asAWatchSays(name: String) throws {
    let zone = try zone(name)
    var random = SplitMix64(seed: 7)
    // March, April, October and November 2026 have the changes.
    let changes = (0..<365 * 24).map { Int64(1_767_225_600 + $0 * 3600) }.filter {
      zone.offset(at: $0) != zone.offset(at: $0 + 3600)
    }
    for round in 0..<60 {
      let spans = (0...random.below(2)).map { _ in Span(&random) }
      let hours = try WeeklyHours(spans.map(\.text))
      let near =
        changes.isEmpty || round % 3 == 0
        ? Int64(1_767_225_600 + random.below(31_536_000)) : random.pick(changes)
      let begin = near - Int64(random.below(200_000))
      var now = begin - begin % 60
      while !spans.contains(where: { $0.isOpen(now, zone) }) { now += 60 }
      let expected = Instant(seconds: max(begin, now))
      #expect(
        hours.next(from: Instant(seconds: begin), in: zone) == expected, "\(spans.map(\.text)) from \(begin)")
    }
  }

  /// A span as a person thinks of it.
  private struct Span {
    static let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    var days: Set<Int>
    var begin: Int
    var end: Int
    var isEveryDay = false

    init(_ random: inout SplitMix64) {
      days = Set((0...random.below(3)).map { _ in random.below(7) })
      begin = random.oneIn(2) ? 60 * random.below(6) + random.below(60) : random.below(1440)
      end = (begin + 1 + random.below(random.oneIn(2) ? 90 : 1438)) % 1440
      if random.oneIn(3) { (isEveryDay, days) = (true, Set(0..<7)) }
      if begin == end { end = (end + 1) % 1440 }
    }

    var text: String {
      func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
      let names = days.sorted().map { Self.names[$0] }.joined(separator: ",")
      return (isEveryDay ? "" : names + " ")
        + "\(two(begin / 60)):\(two(begin % 60))-\(two(end / 60)):\(two(end % 60))"
    }

    func isOpen(_ time: Int64, _ zone: ZoneRules) -> Bool {
      let local = time + zone.offset(at: time)
      let (day, minute) = (Int((local / 86400 + 3) % 7), Int(local % 86400 / 60))
      if begin < end { return days.contains(day) && minute >= begin && minute < end }
      return days.contains(day) && minute >= begin || days.contains((day + 6) % 7) && minute < end
    }
  }

  @Test(arguments: [
    "", "22:00", "22-06", "22:00-6:00", "24:00-06:00", "22:00-24:01", "22:60-23:00", "Mo 22:00-06:00",
    "Mon- 22:00-06:00", "Mon-Tue-Wed 22:00-06:00", ",Mon 22:00-06:00", "Mon 22:00-06:00 x", "06:00-06:00",
    "22:00-06:00-07:00", "２2:00-06:00",
  ])
  func whatIsNoTimeIsRefused(text: String) {
    let fault = #expect(throws: WeeklyHours.Fault.self) { try WeeklyHours([text]) }
    #expect(fault?.message.hasPrefix("cannot be \"\(text)\"") == true)
  }

  @Test func atLeastOneSpan() { #expect(throws: WeeklyHours.Fault.self) { try WeeklyHours([]) } }
}
