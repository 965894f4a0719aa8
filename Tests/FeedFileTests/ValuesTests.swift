import FeedFile
import Testing

@Suite struct ValuesTests {
  @Test func sharesAreExact() {
    for millionths in 0...1_000_000 where millionths % 37 == 0 || millionths % 10_000 < 3 {
      let percent = Percent(partsPerMillion: millionths)
      #expect(Percent(percent.description) == percent)
    }
    #expect(Percent("0.05%")?.partsPerMillion == 500)
    #expect(Percent("100%")?.description == "100%")
    #expect(Percent("100.0001%") == nil)
    #expect(Percent("1 %") == nil)
    #expect(Percent("٣%") == nil)
  }

  @Test func aShareIsExceededByMoreThanItAlone() {
    let percent = Percent(partsPerMillion: 10_000)
    #expect(!percent.isExceeded(by: 10, of: 1000))
    #expect(percent.isExceeded(by: 11, of: 1000))
    #expect(!percent.isExceeded(by: 0, of: 0))
    #expect(!percent.isExceeded(by: Int.max / 100, of: Int.max))
    #expect(percent.isExceeded(by: Int.max, of: Int.max))
    #expect(!Percent(partsPerMillion: 1_000_000).isExceeded(by: 5, of: 5))
    #expect(Percent(partsPerMillion: 0).isExceeded(by: 1, of: Int.max))
  }

  @Test(arguments: [
    ("0", 0, "0s"), ("0d", 0, "0s"), ("1s", 1, "1s"), ("60s", 60, "1m"), ("90s", 90, "90s"),
    ("90m", 5400, "90m"),
    ("24h", 86400, "1d"), ("36500d", 36_500 * 86400, "36500d"),
  ])
  func durationsAreWrittenInTheLargestExactUnit(text: String, seconds: Int, written: String) {
    let duration = Duration(feedFile: text)
    #expect(duration == .seconds(seconds))
    #expect(duration?.feedFileText == written)
  }
}
