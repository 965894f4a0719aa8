import Converting
import Testing

@Suite struct TextDecoderTests {
  @Test(arguments: [
    "windows-1252", "iso-8859-15", "utf-16", "utf-16le", "utf-16be", "utf-32", "gb18030", "CP1250",
  ])
  func everyCutGivesTheSame(name: String) throws {
    // What the encoding has no sign for is left out by iconv itself.
    let known = name.hasPrefix("utf") || name == "windows-1252" ? text : text.replacing("½", with: "")
    let bytes = try made("iconv -f utf-8 -t \(name)", Array(known.utf8))
    for size in [1, 2, 3, 5, 7, 100, 1 << 20] {
      let decoder = try #require(TextDecoder(name))
      #expect(try String(decoding: converted(bytes, by: size, decoder), as: UTF8.self) == known, "\(size)")
    }
  }

  @Test func aSignThatIsHeldBackIsNotLost() throws {
    // In Big5-HKSCS the letter may go with what follows it.
    let bytes: [UInt8] = [0x88, 0x66]
    for size in [1, 2] {
      let decoder = try #require(TextDecoder("big5-hkscs"))
      #expect(try String(decoding: converted(bytes, by: size, decoder), as: UTF8.self) == "Ê")
    }
  }

  @Test(
    arguments: [
      ("windows-1252", [0x61, 0x0A, 0x62, 0x81], "is not windows-1252 at byte 3, in line 2 (0x81)"),
      ("ascii", [0x61, 0xE9, 0x62], "is not ascii at byte 1, in line 1 (0xE9)"),
      ("utf-16le", [0x61, 0, 0x0A, 0, 0, 0xDC, 0x62, 0], "is not utf-16le at byte 4, in line 2"),
      (
        "utf-16", [0xFF, 0xFE, 0x61, 0, 0x62],
        "ends early: its last character, at byte 4, in line 1, is not whole"
      ),
      ("shift_jis", [0x61, 0x82], "ends early: its last character, at byte 1"),
    ] as [(String, [UInt8], String)])
  func whatIsNoneOfItIsTold(name: String, bytes: [UInt8], says: String) throws {
    let said = try complaint(bytes, sizes: [1]) { try #require(TextDecoder(name)) }
    #expect(said.contains(says), "\(said)")
    let atOnce = try complaint(bytes, sizes: [1 << 20]) { try #require(TextDecoder(name)) }
    #expect(atOnce.contains(says), "\(atOnce)")
  }

  @Test func aNameThatNobodyKnows() { #expect(TextDecoder("klingon-8") == nil) }

  @Test func otherEncodingsAreGuessed() throws {
    for name in ["utf-16", "utf-16le", "utf-16be", "utf-32"] {
      let bytes = try made("iconv -f utf-8 -t \(name)", Array(text.utf8))
      let guess = try #require(EncodingGuess.other(Array(bytes.prefix(EncodingGuess.length))), "\(name)")
      // What it says is what helps.
      let decoder = try #require(TextDecoder(guess.name))
      #expect(try String(decoding: converted(bytes, by: 1000, decoder), as: UTF8.self) == text, "\(name)")
    }
    for plain in [text, "", "a", "\u{FEFF}id\n", "a\0b,c\n"] {
      #expect(EncodingGuess.other(Array(plain.utf8)) == nil)
    }
    #expect(EncodingGuess.other([UInt8](repeating: 0, count: 512)) == nil)
  }
}
