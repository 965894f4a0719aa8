import Basics
import FeedFile
import Glibc
import Testing

@Suite struct PageTests {
  private static var path: String {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(root)/Sources/Strandline.docc/FeedFile.md"
  }

  /// With `STRANDLINE_WRITE_PAGES=1` the page is written anew.
  @Test func thePageIsWhatTheTableSays() throws {
    if unsafe getenv("STRANDLINE_WRITE_PAGES") != nil {
      let file = unsafe try #require(fopen(Self.path, "w"))
      unsafe fputs(Field.page, file)
      unsafe fclose(file)
    }
    let file = unsafe try #require(
      fopen(Self.path, "r"), "no page: run the tests with STRANDLINE_WRITE_PAGES=1")
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    #expect(
      String(decoding: bytes[..<count], as: UTF8.self) == Field.page,
      "the page is older than the table: run the tests with STRANDLINE_WRITE_PAGES=1")
  }

  @Test func namesAreGivenOnce() {
    #expect(Set(Field.all.map(\.path)).count == Field.all.count)
    #expect(Field.all.allSatisfy { !$0.about.isEmpty && $0.about.hasSuffix(".") && !$0.about.contains("|") })
  }
}
