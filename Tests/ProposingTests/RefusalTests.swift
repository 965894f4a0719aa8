import Basics
import Proposing
import StrandlineTesting
import Testing

/// What is no dump is refused, and it is said what it is.
@Suite struct RefusalTests {
  static let cases: [(String, String)] = [
    ("", "it is empty"),
    ("\n\n \n", "nothing but blank lines"),
    (
      "<!DOCTYPE html>\n<html><head><title>Sign\n in</title></head></html>",
      "it is a web page (HTML), titled \"Sign in\","
    ),
    ("\u{FEFF} \n<HTML><body>Down</body></HTML>", "it is a web page (HTML) not a dump"),
    ("<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE html PUBLIC 'x' 'y'>\n<html></html>", "it is a web page"),
    (
      "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'b'>]><r><a/><a/></r>",
      "document type declaration (<!DOCTYPE r>)"
    ),
    ("<r><a>1</b></r>", "no well-formed XML: mismatched tag (line 1"),
    ("<r>text</r>", "without an element that comes several times, and so without records (its root is <r>)"),
    ("{\"a\":1,\"b\":{\"c\":2}}", "a single JSON object with \"a\", \"b\""),
    ("{\"1\":{\"a\":1},\"2\":{\"a\":1}}", "no array of records"),
    ("[1,2,3]", "the elements of its array are no objects"),
    ("{\"rows\":[[1,2],[3,4]]}", "the elements of its array at \"rows\" are no objects"),
    ("{\n\"a\":1}\n{\n\"a\":2}\n", "several JSON objects one after the other"),
    ("{\"a\":1} {\"a\":2}", "something follows its first object"),
    ("[{\"a\":1}]\n[{\"a\":2}]", "something follows its first value"),
    ("%PDF-1.4\n…", "it is a PDF document"),
    ("PAR1xxxx", "it is a Parquet file"),
    (
      "Lorem ipsum, dolor\namet; consectetur, adipiscing, elit\nsed do\nincididunt, ut\nlabore; et, dolore | x\n",
      "it is text, but no table"
    ),
  ]

  @Test(arguments: cases) func texts(text: String, says: String) {
    let refusal = failure { _ = try Given(text).draft() }
    #expect(refusal?.kind == .badData)
    #expect(refusal?.message.contains(says) == true, "\(refusal?.message ?? "no refusal")")
  }

  @Test func bytes() throws {
    var random = SplitMix64(seed: 3)
    let noise = (0..<5000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    let packed = try through("gzip", "-c", input: Array("id\n1\n".utf8))
    let twice = try through("gzip", "-c", input: packed)
    let cases: [([UInt8], String)] = [
      (noise, "it is no text: "),
      (Array("id,v\n".utf8) + [UInt8](repeating: 0, count: 100), "are control characters"),
      ([0x89] + Array("PNG\r\n".utf8), "it is a picture (PNG)"),
      (twice, "packed with gzip once more"),
      ([UInt8](repeating: 0x61, count: 2_000_000), "the first line is longer than 1,048,576 bytes"),
      (Array("PK\u{3}\u{4}....[Content_Types].xml".utf8), "it is a spreadsheet (XLSX)"),
    ]
    for (bytes, says) in cases {
      let refusal = failure { _ = try Given(bytes).draft() }
      #expect(refusal?.kind == .badData)
      #expect(refusal?.message.contains(says) == true, "\(refusal?.message ?? "no refusal")")
    }
  }
}
