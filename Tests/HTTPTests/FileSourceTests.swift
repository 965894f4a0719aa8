import Basics
import FeedSources
import Glibc
import StrandlineTesting
import Testing

@Suite struct FileSourceTests {
  let scratch: Scratch
  let opener = SourceOpener(
    clock: ManualClock(), log: RecordingLog(), randomness: ConstantRandomness(), objects: noObjects)

  init() throws { scratch = try Scratch() }

  private func open(_ text: String) throws(Failure) -> any SourceBody {
    let opened = try opener.open(SourceRequest(SourceLocation(text)))
    guard let body = opened.body else { throw Failure(.software, "unchanged") }
    return body
  }

  private func failure(_ text: String) throws -> Failure {
    try #require(throws: Failure.self) { _ = try open(text).all() }
  }

  @Test(arguments: [1, 1000, 1 << 20])
  func readsAFile(size: Int) throws {
    let path = try scratch.write("a b%.csv", lines)
    for text in [path, "file://" + path.replacing("%", with: "%25").replacing(" ", with: "%20")] {
      let body = try open(text)
      #expect(body.expectedBytes == lines.count && body.name == path && body.etag == nil)
      #expect(try body.all(by: size) == lines)
      #expect(body.receivedBytes == lines.count)
    }
  }

  @Test func aFileURLInTheRequestIsAFile() throws {
    let path = try scratch.write("a.csv", lines)
    let opened = try opener.open(SourceRequest(.http("file://localhost\(path)")))
    #expect(try opened.body?.all() == lines)
  }

  @Test func readsAnEmptyFile() throws { #expect(try open(scratch.write("none.csv", [])).all() == []) }

  @Test func unpacksGzip() throws {
    let packed = try gzip([Array(lines[..<1000]), [], Array(lines[1000...])], in: scratch)
    let body = try open(try scratch.write("a.csv.gz", packed))
    #expect(body.expectedBytes == nil)
    #expect(try body.all(by: 777) == lines)
    #expect(body.receivedBytes == packed.count)
  }

  @Test func refusesBrokenGzip() throws {
    let packed = try gzip([lines], in: scratch)
    for length in [0, 1, 10, packed.count / 2, packed.count - 1] {
      let error = try failure(try scratch.write("cut.gz", packed[..<length]))
      #expect(error.kind == .badData && error.message.contains("ends early"), "\(error)")
    }
    let plain = try failure(try scratch.write("plain.gz", lines))
    #expect(plain.kind == .badData && plain.message.contains("no gzip"))
    var changed = packed
    changed[packed.count - 5] ^= 1
    let path = try scratch.write("changed.gz", changed)
    let error = try failure(path)
    #expect(error.kind == .badData && error.message.contains(path))
  }

  @Test func anErrorStays() throws {
    let body = try open(try scratch.write("plain.gz", lines))
    for _ in 0..<2 { #expect(throws: Failure.self) { try body.all() } }
  }

  @Test func tellsWhatCannotBeOpened() throws {
    let missing = try failure("\(scratch.path)/missing.csv")
    #expect(
      missing.kind == .unavailable && missing.message.contains("/missing.csv cannot be opened: No such file"))
    let directory = try failure(scratch.path)
    #expect(directory.kind == .settings && directory.message.contains("is a directory"))
    let notADirectory = try failure(try scratch.write("file", []) + "/x")
    #expect(notADirectory.kind == .unavailable)
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func tellsWhatMayNotBeRead() throws {
    let path = try scratch.write("secret.csv", lines)
    _ = unsafe chmod(path, 0)
    let error = try failure(path)
    #expect(error.kind == .unavailable && error.message.contains("let this user read it"))
  }

  @Test(arguments: ["w", "a"])
  func noticesAFileThatIsWritten(mode: String) throws {
    let path = try scratch.write("busy.csv", lines)
    let body = try open(path)
    let file = unsafe try #require(fopen(path, mode))
    _ = unsafe fputs("late\n", file)
    unsafe fclose(file)
    let error = #expect(throws: Failure.self) { try body.all() }
    #expect(error?.kind == .tryAgain && error?.message.contains("rename") == true)
  }

  @Test func readsStandardInput() throws {
    let path = try scratch.write("piped", lines)
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    let piped = SourceOpener(
      clock: ManualClock(), log: RecordingLog(), randomness: ConstantRandomness(), standardInput: descriptor,
      objects: noObjects)
    #expect(try piped.open(SourceRequest(SourceLocation("-"))).body?.all() == lines)
    // It stands at its end now.
    let empty = try #require(try piped.open(SourceRequest(.standardInput)).body)
    let error = #expect(throws: Failure.self) { try empty.all() }
    #expect(error?.kind == .badData && error?.message.contains("standard input was empty") == true)
  }

  @Test func standardInputMayBeClosed() throws {
    let closed = SourceOpener(
      clock: ManualClock(), log: RecordingLog(), randomness: ConstantRandomness(), standardInput: 9999,
      objects: noObjects)
    let error = #expect(throws: Failure.self) { try closed.open(SourceRequest(.standardInput)) }
    #expect(error?.kind == .unavailable)
  }

  @Test(arguments: [
    ("ldap://host/0", "ldap:// is not known; known are https://"),
    ("ftp://ann:secret@h/", "ftp:// is not known"),
    ("", "the source is empty"), ("file://host/a", "three slashes"), ("file:///a%2", "hexadecimal"),
    ("file:///a%zz", "hexadecimal"), ("file:///a%00", "hexadecimal"), ("file://", "three slashes"),
  ])
  func refusesOtherPlaces(text: String, words: String) throws {
    let error = #expect(throws: Failure.self) { try SourceLocation(text) }
    #expect(error?.kind == .settings && error?.message.contains(words) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("secret") == false)
  }

  @Test func knowsPlaces() throws {
    #expect(try SourceLocation("HTTPS://h/") == .http("HTTPS://h/"))
    #expect(try SourceLocation("a/b:c") == .file("a/b:c"))
    #expect(try SourceLocation("./odd name://x") == .file("./odd name://x"))
  }
}
