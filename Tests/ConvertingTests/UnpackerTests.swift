import Compression
import Converting
import Testing

@Suite struct UnpackerTests {
  /// By Python, which packs as others do.
  private static func zip(_ lines: String) throws -> [UInt8] {
    let script = """
      import io, sys, zipfile as z
      text = sys.stdin.buffer.read()
      class Pipe(io.RawIOBase):
          def writable(self): return True
          def write(self, data): sys.stdout.buffer.write(bytes(data)); return len(data)
      out = io.BytesIO()
      \(lines)
      sys.stdout.buffer.write(out.getvalue())
      """
    return try made("python3 -c '\(script)'", Array(text.utf8))
  }

  private static let archives = [
    "a = z.ZipFile(out, \"w\", z.ZIP_DEFLATED); a.writestr(\"d.csv\", text); a.close()",
    "a = z.ZipFile(out, \"w\", z.ZIP_STORED); a.writestr(\"d.csv\", text); a.comment = b\"by hand\"; a.close()",
    "a = z.ZipFile(out, \"w\", z.ZIP_DEFLATED); a.writestr(\"f/\", b\"\"); a.writestr(\"f/d.csv\", text); a.writestr(\"__MACOSX/f/._d.csv\", b\"x\" * 99); a.close()",
    // To where nobody can go back: sizes stand behind the file.
    "a = z.ZipFile(Pipe(), \"w\", z.ZIP_DEFLATED); a.writestr(\"d.csv\", text); a.close()",
    // Sizes of zip64.
    "a = z.ZipFile(out, \"w\", z.ZIP_DEFLATED); f = a.open(\"d.csv\", \"w\", force_zip64=True); f.write(text); f.close(); a.close()",
    "a = z.ZipFile(Pipe(), \"w\", z.ZIP_DEFLATED); f = a.open(\"d.csv\", \"w\", force_zip64=True); f.write(text); f.close(); a.close()",
  ]

  @Test(arguments: archives)
  func zipWithOneFile(script: String) throws {
    let packed = try Self.zip(script)
    for size in [1, 2, 7, 100, 1 << 20] {
      #expect(try converted(packed, by: size, ZipUnpacker()) == Array(text.utf8), "\(size)")
    }
  }

  /// Wherever it is cut, it is seen; and whatever byte of the file is changed.
  @Test(arguments: archives)
  func zipThatIsIll(script: String) throws {
    let packed = try Self.zip(script)
    for end in stride(from: 1, to: packed.count, by: max(1, packed.count / 150)) {
      let said = try complaint(Array(packed[..<end]), sizes: [50]) { ZipUnpacker() }
      #expect(said.contains("is cut after \(end) bytes"), "cut at \(end): \(said)")
    }
    let sizes = packed.count
    for place in stride(from: 100, to: sizes - 200, by: max(1, sizes / 100)) {
      var changed = packed
      changed[place] ^= 0x10
      let result = Result { try converted(changed, by: 1000, ZipUnpacker()) }
      if case .success(let bytes) = result { #expect(bytes == Array(text.utf8), "byte \(place)") }
    }
    let followed = try complaint(packed + [0], sizes: [1 << 20]) { ZipUnpacker() }
    #expect(followed.contains("something follows it"))
  }

  @Test(arguments: [
    (
      "a = z.ZipFile(out, \"w\", z.ZIP_DEFLATED); a.writestr(\"a.csv\", text); a.writestr(\"b\\n.csv\", text); a.writestr(\"c.csv\", b\"\"); a.close()",
      "is a zip archive of 3 files, and a dump is one: \"a.csv\", \"b\\n.csv\", \"c.csv\""
    ),
    (
      "a = z.ZipFile(out, \"w\"); [a.writestr(\"%02d.csv\" % n, text) for n in range(30)]; a.close()",
      "of several files, and a dump is one: \"00.csv\", \"01.csv\""
    ),
    ("a = z.ZipFile(out, \"w\"); a.close()", "without a file in it"),
    ("a = z.ZipFile(out, \"w\"); a.writestr(\"f/\", b\"\"); a.close()", "without a file in it"),
    (
      "a = z.ZipFile(out, \"w\", z.ZIP_LZMA); a.writestr(\"d.csv\", text); a.close()",
      "whose file d.csv is packed in a way that is not read as a stream (method 14)"
    ),
    (
      "a = z.ZipFile(out, \"w\"); a.writestr(\"d.csv\", text); a.close(); b = out.getbuffer(); b[6] |= 1; del b",
      "is an encrypted zip archive"
    ),
    ("out.write(b\"id,name\")", "is to be zip and is none"),
  ])
  func zipThatIsNoDump(script: String, says: String) throws {
    let said = try complaint(Self.zip(script)) { ZipUnpacker() }
    #expect(said.contains(says), "\(said)")
  }

  @Test(arguments: ["gzip", "zstd"])
  func streams(tool: String) throws {
    func unpacker() -> any Converter { tool == "gzip" ? Unpacker(.gzip) : Unpacker(.zstd) }
    let one = try made("\(tool) -c", Array(text.utf8))
    // Several one after the other are one.
    let packed = one + (try made("\(tool) -c", [])) + one
    for size in [1, 3, 100, 1 << 20] {
      #expect(try converted(packed, by: size, unpacker()) == Array((text + text).utf8))
    }
    for end in stride(from: 1, to: one.count, by: max(1, one.count / 200)) {
      let said = try complaint(Array(one[..<end]), sizes: [50]) { unpacker() }
      #expect(said.contains("its \(tool) stream is cut after \(end) bytes"), "cut at \(end): \(said)")
    }
    let wrong = try complaint(Array(text.utf8), sizes: [1 << 20]) { unpacker() }
    #expect(wrong.hasPrefix("is to be \(tool) and cannot be unpacked"), "\(wrong)")
    var damaged = one
    damaged[one.count / 2] ^= 0x55
    #expect(try complaint(damaged, sizes: [1 << 20]) { unpacker() } != "taken")
    let followed = try complaint(one + Array("tail".utf8), sizes: [100]) { unpacker() }
    #expect(followed != "taken", "\(followed)")
  }

  @Test func zstdThatWantsMuchMemoryIsRefused() throws {
    let packed = try made(
      "head -c 300000000 /dev/zero | zstd -c --long=31 --ultra -1 --stream-size=300000000")
    let said = try complaint(Array(packed.prefix(100)), sizes: [1 << 20]) { Unpacker(.zstd) }
    #expect(said.contains("Frame requires too much memory for decoding"), "\(said)")
  }
}
