import Basics
import FeedFile
import Records
import StrandlineTesting
import Testing

/// What is done with the bytes of a source first.
@Suite struct ConversionTests {
  @Test func everyFieldIsRead() throws {
    let source = try feed(
      """
      feed: a
      source:
        path: dumps/*.csv.zip
        take: last
        compression: zip
        encoding: windows-1252
        skip: 2
        header_starts_with: "Date;"
        footer: 3
        footer_starts_with: Total
        expect: { max_ratio: 50 }
      """
    ).source
    #expect(source.take == .last && source.format == .csv(delimiter: 44))
    let conversion = source.conversion
    #expect(conversion.compression == .zip && conversion.encoding == "windows-1252" && conversion.skip == 2)
    #expect(conversion.headerStartsWith == "Date;" && conversion.maxRatio == 50)
    #expect(conversion.footer == .init(lines: 3, startsWith: "Total") && conversion.changesText)
    let none = try feed("feed: a\nsource: { path: a.csv, encoding: UTF-8 }").source
    #expect(none.conversion == Source.Conversion() && none.take == nil && !none.conversion.changesText)
  }

  @Test func xmlIsKeptAsJSONLines() throws {
    for text in ["path: a.xml.gz", "path: a, format: xml"] {
      let source = try feed("feed: a\nsource: { \(text), record: /a/b:c }\nkey: '@id'").source
      #expect(source.format == .jsonLines && source.conversion.record == ["a", "b:c"])
    }
  }

  @Test(arguments: [
    "path: a.csv", "path: a.xml, record: /a/b",
    "path: a*, take: all, format: xml, record: /a, encoding: cp1252",
    "url: 's3://b/*.csv', take: newest, footer_starts_with: x", "path: a, compression: none, skip: 1",
    "path: a, footer: 2, footer_starts_with: '\u{20AC} \"', header_starts_with: a, expect: { max_ratio: 3, min_bytes: 2 }",
  ])
  func whatIsStoredIsReadAgain(source: String) throws {
    let feed = try feed("feed: a\nsource: { \(source) }")
    #expect(try Feed(canonicalJSON: feed.canonicalJSON()) == feed)
  }

  @Test(arguments: [
    ("path: a.xml", "source needs a record for XML"),
    ("path: a.csv\n  record: /a", "cases.yaml:4: source.record is for the format xml, and the format is csv"),
    (
      "path: a.xml\n  record: a/b",
      "source.record cannot be \"a/b\": it is the names of elements from the root down"
    ),
    ("path: a.xml\n  record: /a//b", "source.record cannot be"),
    ("path: a.xml\n  record: /", "source.record cannot be"),
    ("path: a.xml\n  record: '/a/*'", "source.record cannot be"),
    ("path: a.json\n  skip: 1", "source.skip is for the format csv, and the format is json"),
    ("path: a.jsonl\n  footer_starts_with: a", "source.footer_starts_with is for the format csv"),
    ("path: a\n  footer: 2", "cases.yaml:4: source.footer needs footer_starts_with"),
    ("path: a\n  footer_starts_with: a\n  footer: 0", "source.footer cannot be 0"),
    (
      "path: a\n  header_starts_with: \"a\\nb\"",
      "source.header_starts_with is more than the beginning of a line"
    ),
    (
      "path: a\n  encoding: utf-8//IGNORE",
      "source.encoding cannot be \"utf-8//IGNORE\": it is a name such as windows-1252"
    ),
    (
      "path: a\n  compression: rar",
      "source.compression cannot be \"rar\": it is auto, none, gzip, zstd or zip"
    ),
    ("url: 's3://b*/a.csv'\n  take: last", "source.url has a wildcard in the bucket's name"),
    ("url: http://a/b\n  take: last", "cases.yaml:4: source.take is for files and objects of a bucket"),
    ("path: a\n  expect: { max_ratio: 0 }", "source.expect has a max_ratio of 0"),
  ])
  func aSourceLikeThisIsRefused(lines: String, says: String) {
    do throws(Failure) {
      _ = try parse(feedFile: Array("feed: a\nsource:\n  \(lines)".utf8), name: "cases.yaml")
      Issue.record("it is taken")
    } catch {
      #expect(error.kind == .settings && error.message.contains(says), "\(error.message)")
    }
  }
}

func randomConversion(_ random: inout SplitMix64, _ format: Format) -> Source.Conversion {
  var conversion = Source.Conversion()
  func line() -> String {
    randomText(&random).filter { !$0.unicodeScalars.contains { [10, 13].contains($0.value) } } + "x"
  }
  if Bool.random(using: &random) {
    conversion.encoding = ["cp1252", "UTF-16LE", "ISO_8859-1:1987"].randomElement(using: &random)
  }
  conversion.compression = Source.Conversion.Compression.allCases.randomElement(using: &random) ?? .auto
  if Bool.random(using: &random) { conversion.maxRatio = Int.random(in: 1...9999, using: &random) }
  switch format {
  case .jsonLines where Bool.random(using: &random): conversion.record = ["a", "b:c"]
  case .csv where Bool.random(using: &random):
    conversion.skip = Int.random(in: 0...9, using: &random)
    if Bool.random(using: &random) { conversion.headerStartsWith = line() }
    if Bool.random(using: &random) {
      conversion.footer = .init(lines: Int.random(in: 1...9, using: &random), startsWith: line())
    }
  default: break
  }
  return conversion
}
