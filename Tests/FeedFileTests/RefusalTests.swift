import Basics
import FeedFile
import Testing

@Suite struct RefusalTests {
  /// What is said of a text, which is no feed file.
  private func complaint(_ text: String) -> String { complaint(Array(text.utf8)) }

  private func complaint(_ bytes: [UInt8]) -> String {
    do throws(Failure) {
      _ = try parse(feedFile: bytes, name: "cases.yaml")
      return "taken"
    } catch {
      #expect(error.kind == .settings)
      return error.message
    }
  }

  @Test(arguments: [
    (
      "kee: id",
      "cases.yaml:3: unknown field \"kee\"; did you mean \"key\"? known here: feed, store, source, key,"
    ),
    ("min-interval: 3m", "cases.yaml:3: unknown field \"min-interval\"; did you mean \"min_interval\"?"),
    ("shcedule: 3m", "did you mean \"schedule\"?"),
    ("gone: 3%", "cases.yaml:3: unknown field \"gone\"; it belongs under guards. known here: feed"),
    ("<<: x", "cases.yaml:3: unknown field \"<<\"; known here: feed"),
    (
      "guards:\n  bed: 1%",
      "cases.yaml:4: unknown field \"bed\" in guards; did you mean \"bad\"? known here: bad, gone,"
    ),
    ("guards: { schedule: 1m }", "\"schedule\" in guards; it belongs to the file itself"),
    ("feed: b", "cases.yaml:3: field \"feed\" is given twice, first in line 1"),
    ("guards: { bad: 1%,\n bad: 2% }", "cases.yaml:4: field \"bad\" is given twice, first in line 3"),
    ("key: [a, b, a]", "cases.yaml:3: key names a column twice"),
    ("key: { a: b }", "cases.yaml:3: key must be a list or a single value, not a mapping"),
    ("key: [[a]]", "cases.yaml:3: key must be a single value, not a list"),
    ("key: [~]", "cases.yaml:3: key must be a single value, not nothing"),
    ("key: ''", "cases.yaml:3: key is empty"),
    ("key: \"a\\0b\"", "cases.yaml:3: key holds a NUL character"),
    ("key:", "cases.yaml:3: key has no value; give one, or leave the field out"),
    ("schedule: 30", "cases.yaml:3: schedule cannot be \"30\": it is a whole number and a unit, such as 30s"),
    ("schedule: 1.5h", "cases.yaml:3: schedule cannot be \"1.5h\""),
    ("schedule: -5m", "cases.yaml:3: schedule cannot be \"-5m\""),
    ("schedule: m", "cases.yaml:3: schedule cannot be \"m\""),
    ("schedule: 36501d", "cases.yaml:3: schedule cannot be \"36501d\""),
    ("schedule: 99999999999d", "cases.yaml:3: schedule cannot be"),
    ("schedule: 0s", "cases.yaml:3: schedule cannot be zero"),
    ("schedule: \"a\\nb\"", "cases.yaml:3: schedule cannot be \"a\\nb\""),
    ("schedule: [30m]", "cases.yaml:3: schedule must be a single value, not a list"),
    ("guards: { bad: 0.01 }", "cases.yaml:3: guards.bad cannot be \"0.01\": it is a share from 0% to 100%"),
    ("guards: { bad: 101% }", "guards.bad cannot be \"101%\""),
    ("guards: { bad: 1.00001% }", "guards.bad cannot be \"1.00001%\""),
    ("guards: { bad: .5% }", "guards.bad cannot be \".5%\""),
    ("guards: { bad: 1.% }", "guards.bad cannot be \"1.%\""),
    ("guards: { bad: '%' }", "guards.bad cannot be \"%\""),
    ("guards: { gone_at_least: many }", "guards.gone_at_least cannot be \"many\": it is a whole number"),
    ("guards: { gone_at_least: -1 }", "guards.gone_at_least cannot be \"-1\""),
    ("guards: { empty: maybe }", "guards.empty cannot be \"maybe\": it is refuse or accept"),
    (
      "guards: strict",
      "cases.yaml:3: guards must be a mapping (name: value), not a single value; known here: bad,"
    ),
    ("columns: { added: some }", "columns.added cannot be \"some\": it is non_empty, all or none"),
    ("duplicates: both", "cases.yaml:3: duplicates cannot be \"both\": it is first or last"),
    ("publish: { current: yes }", "publish.current cannot be \"yes\": it is auto, always or never"),
    ("store: s3://me:secret@bucket", "cases.yaml:3: store holds credentials"),
    ("? [a]\n: b", "cases.yaml:3: the name of a field must be a single value"),
    ("key: &k id", "cases.yaml:3: anchors (&name) are not taken"),
    ("key: *k", "cases.yaml:3: aliases (*name) are not taken"),
    ("key: !!str id", "cases.yaml:3: tags (!name) are not taken"),
    ("guards: !x { }", "cases.yaml:3: tags (!name) are not taken"),
    ("key: &k [id]", "cases.yaml:3: anchors (&name) are not taken"),
    ("---\nfeed: b", "cases.yaml:3: a second document begins here; a file describes one feed"),
    (
      "key: [a",
      "not valid YAML: did not find expected ',' or ']', while parsing a flow sequence that began in line 3"
    ),
    ("guards:\n\tbad: 1%", "cases.yaml:4: not valid YAML: found character that cannot start any token"),
    ("key: [[[[[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]]]]", "cases.yaml:3: nested too deeply"),
  ])
  func aFileWithThisLineIsRefused(line: String, says: String) {
    let said = complaint(minimal + line)
    #expect(said.contains(says), "\(said)")
  }

  @Test(arguments: [
    ("url: example.org/a", "cases.yaml:3: source.url has no scheme"),
    (
      "url: ftp://example.org/a",
      "source.url has the scheme \"ftp\": it begins with https://, http://, s3://, gs://, redis:// or postgresql://"
    ),
    (
      "url: file:///a",
      "source.url has the scheme \"file\": it begins with https://, http://, s3://, gs://, redis:// or postgresql://; for"
    ),
    ("url: https:///a", "source.url has no host"),
    ("url: 'https://a.org/b c'", "source.url has a blank or a character outside of ASCII"),
    ("url: https://a.org/é", "source.url has a blank or a character outside of ASCII"),
    ("url: https://me:hidden@a.org/", "source.url holds credentials: use auth:"),
    ("url: https://hidden@a.org?b", "source.url holds credentials"),
    ("url: http://a.org\n  path: b", "cases.yaml:4: source.path stands beside url"),
    ("path: ''", "cases.yaml:3: source.path is empty"),
    ("format: csv", "cases.yaml:3: source needs a url or a path"),
    (
      "path: a\n  format: xls", "cases.yaml:4: source.format cannot be \"xls\": it is csv, jsonl, json or xml"
    ),
    (
      "path: a\n  delimiter: ab", "cases.yaml:4: source.delimiter cannot be \"ab\": it is one ASCII character"
    ),
    ("path: a\n  delimiter: é", "source.delimiter cannot be \"é\""),
    ("path: a\n  delimiter: '\"'", "source.delimiter cannot be a quote or a line end"),
    ("path: a.json\n  delimiter: ','", "source.delimiter is for the format csv, and the format is json"),
    ("path: a.csv\n  unwrap: b", "source.unwrap is for the format json, and the format is csv"),
    ("path: a.json\n  unwrap: b..c", "source.unwrap has an empty name in it"),
    (
      "path: a\n  auth: { bearer_env: A }", "cases.yaml:4: source.auth is for a url, and the source is a file"
    ),
    (
      "url: http://a\n  auth: { user: a }",
      "cases.yaml:4: source.auth is either { user: …, password_env: NAME }"
    ),
    ("url: http://a\n  auth: { user: a, bearer_env: B }", "source.auth is either"),
    ("url: http://a\n  auth: { user: 'a:b', password_env: B }", "source.auth.user cannot hold a colon"),
    ("url: http://a\n  auth: { }", "source.auth is either"),
    ("url: http://a\n  auth: { user: a, password: hidden }", "did you mean \"password_env\"?"),
    (
      "url: http://a\n  auth: { bearer_env: hid-den }",
      "source.auth.bearer_env is no name of an environment variable"
    ),
    ("url: http://a\n  auth: { bearer_env: 0hidden }", "source.auth.bearer_env is no name of an environment"),
    (
      "url: http://a\n  auth: { bearer_env: A, bearer_file: b }",
      "source.auth.bearer_file stands beside bearer_env"
    ),
    (
      "url: http://a\n  headers: [a]",
      "cases.yaml:4: source.headers must be a mapping (name: value), not a list"
    ),
    (
      "url: http://a\n  headers:\n    authorization: hidden",
      "cases.yaml:5: source.headers: \"authorization\" would put a"
    ),
    (
      "url: http://a\n  headers: { Cookie: hidden }",
      "\"Cookie\" would put a secret into the feed file: use source.auth"
    ),
    ("url: http://a\n  headers: { Proxy-Authorization: hidden }", "would put a secret"),
    ("url: http://a\n  headers: { 'a b': c }", "source.headers: \"a b\" is no name of a header"),
    ("url: http://a\n  headers: { A: b, a: c }", "source.headers: \"a\" is given twice, first in line 4"),
    ("url: http://a\n  headers: { A: [b] }", "source.headers: \"A\" needs a single value"),
    (
      "url: http://a\n  headers: { A: \"b\\r\\nC: d\" }",
      "the value of \"A\" must be printable ASCII on one line"
    ),
    ("url: http://a\n  timeout: 0s", "source.timeout cannot be zero"),
  ])
  func aSourceLikeThisIsRefused(lines: String, says: String) {
    let said = complaint("feed: a\nsource:\n  \(lines)")
    #expect(said.contains(says), "\(said)")
    #expect(!said.contains("hidden"), "a message shows what may be a secret: \(said)")
  }

  @Test(arguments: ["", "# nothing\n", "---\n"])
  func anEmptyFileIsRefused(text: String) {
    let said = complaint(text)
    #expect(said.contains("is empty") || said.contains("must be a mapping"), "\(said)")
  }

  @Test func whatIsMissingIsNamed() {
    #expect(
      complaint("source: { path: a }").contains(
        "cases.yaml:1: field \"feed\" is missing, for example: feed: "))
    #expect(complaint("feed: a").contains("cases.yaml:1: field \"source\" is missing"))
    #expect(complaint("[a]").contains("cases.yaml:1: a feed file must be a mapping"))
  }

  @Test(arguments: [
    ".a", "a/b", "a b", "", "ä", String(repeating: "a", count: 101),
  ])
  func aFeedsNameIsPlain(name: String) {
    let said = complaint("feed: '\(name)'\nsource: { path: a }")
    #expect(said.hasPrefix("cases.yaml:1: feed "), "\(said)")
  }

  @Test func onlyTextIsRead() {
    let bad = complaint(Array("feed: a\nkey: ".utf8) + [0xFF, 0x0A])
    #expect(bad.contains("cases.yaml:2: invalid leading UTF-8 octet: a feed file is UTF-8 text"), "\(bad)")
    let zero = complaint(Array("feed: a\n\nkey: ".utf8) + [0, 0x0A])
    #expect(zero.contains("cases.yaml:3: control characters are not allowed"), "\(zero)")
    let long = complaint([UInt8](repeating: 0x20, count: 1 << 20 + 1))
    #expect(long.contains("at most 1048576"), "\(long)")
  }

  @Test(arguments: ["{ path: a.jsonl }", "{ path: a.json }"])
  func aColumnsPolicyThatNeedsAHeaderIsForCsv(source: String) {
    let said = complaint("feed: a\nsource: \(source)\ncolumns: { added: none }")
    #expect(said.contains("cases.yaml:3: columns.added cannot be \"none\" for JSON"), "\(said)")
  }
}
