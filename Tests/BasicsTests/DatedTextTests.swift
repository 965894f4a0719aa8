import Basics
import StrandlineTesting
import Testing

@Suite struct DatedTextTests {
  private func zone(_ name: String) throws -> ZoneRules {
    try #require(ZoneRules(name: name, file: file("/usr/share/zoneinfo/\(name)")), "\(name)")
  }

  private func file(_ path: String) throws -> [UInt8] { try runProcess("cat", [path]).output }

  private func text(_ template: String, _ time: String, _ zone: ZoneRules) throws -> String {
    try DatedText(template).text(at: #require(Instant(time)), in: zone)
  }

  @Test func datesFollowFromTheMoment() throws {
    let berlin = try zone("Europe/Berlin")
    for (template, time, expected) in [
      ("{today}", "2026-11-21T22:59:59Z", "2026-11-21"), ("{today}", "2026-11-21T23:00:00Z", "2026-11-22"),
      ("a={today-7d}&b={{today}}{x}", "2026-03-03T12:00:00Z", "a=2026-02-24&b={2026-03-03}{x}"),
      ("{now}", "2026-07-01T00:30:00Z", "2026-07-01T02:30:00+02:00"),
      ("{now-6h:%Y%m%dT%H%M%S%z}", "2026-03-29T03:00:00Z", "20260328T220000+0100"),
      ("{today-1d:%F %T}", "2026-03-30T10:00:00Z", "2026-03-29 00:00:00"),
      ("{now-1d:%F %T %:z}", "2026-03-30T01:30:00Z", "2026-03-29 03:30:00 +02:00"),
      ("{month-1:%d.%m.%Y}..{month-1d:%d.%m.%Y}", "2028-03-15T00:00:00Z", "01.02.2028..29.02.2028"),
      ("{month+1}", "2026-12-31T12:00:00Z", "2027-01-01"),
      ("{month-12-1d:%y%j}", "2026-01-31T12:00:00Z", "24366"),
      ("{year}{year-1:%Y}{year+1-1d}", "2026-06-01T00:00:00Z", "2026-01-0120252026-12-31"),
      ("{now:%s} 100%% {today:100%%}", "2026-11-21T00:00:00Z", "1795219200 100%% 100%"),
      ("{nowhere} {todays} {", "2026-11-21T00:00:00Z", "{nowhere} {todays} {"),
    ] {
      #expect(try text(template, time, berlin) == expected)
    }
    #expect(try text("{now}", "2026-07-01T00:30:00Z", .utc) == "2026-07-01T00:30:00+00:00")
  }

  @Test(arguments: [
    "{today-}", "{today-7}", "{today-7x}", "{today-99999999d}", "{now-1d", "{today:%q}", "{today:%}",
  ])
  func whatIsNoDateIsRefused(template: String) {
    #expect(throws: DatedText.Fault.self) { try DatedText(template) }
  }

  /// Against another reader of the same files, far beyond the moments that are in them.
  @Test func zonesAreReadAsOthersReadThem() throws {
    let names = [
      "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata",
      "Asia/Tehran",
      "America/Nuuk", "Pacific/Apia", "Europe/Dublin", "UTC", "EST5EDT", "America/Sao_Paulo",
    ]
    let script = """
      import datetime, sys, zoneinfo
      for name in sys.argv[1:]:
        zone = zoneinfo.ZoneInfo(name)
        for n in range(4000):
          seconds = -2500000000 + n * 2713579 + n % 7 * 3600
          when = datetime.datetime.fromtimestamp(seconds, zone)
          print(name, seconds, int(when.utcoffset().total_seconds()))
      """
    let outcome = try runProcess("python3", ["-c", script] + names)
    #expect(outcome.status == 0, "\(outcome.errorText)")
    var zones: [String: ZoneRules] = [:]
    for name in names { zones[name] = try zone(name) }
    var wrong: [String] = []
    let lines = outcome.outputText.split(separator: "\n")
    #expect(lines.count == names.count * 4000)
    for line in lines {
      let parts = line.split(separator: " ")
      let offset = try #require(zones[String(parts[0])]).offset(at: #require(Int64(parts[1])))
      if String(offset) != parts[2] { wrong.append("\(line), not \(offset)") }
    }
    #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(5))")
  }

  @Test func whatIsNoZoneFileIsRefused() throws {
    let whole = try file("/usr/share/zoneinfo/Europe/Berlin")
    #expect(ZoneRules(name: "x", file: []) == nil)
    #expect(ZoneRules(name: "x", file: Array("TZif2".utf8)) == nil)
    for length in stride(from: 0, to: whole.count - 20, by: 97) {
      #expect(ZoneRules(name: "x", file: Array(whole[..<length])) == nil)
    }
  }
}
