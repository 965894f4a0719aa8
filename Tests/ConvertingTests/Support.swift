import Basics
import Converting
import StrandlineTesting
import Testing

/// All that a converter makes of bytes that come in pieces of this size.
func converted(_ bytes: [UInt8], by size: Int, _ converter: any Converter) throws -> [UInt8] {
  var output = ByteBuffer()
  var all: [UInt8] = []
  var window: [UInt8] = []
  var next = 0
  while true {
    let isAtEnd = next == bytes.count
    output.truncate()
    let taken = try unsafe window.withUnsafeBytes {
      try unsafe converter.convert($0, atEnd: isAtEnd, to: &output)
    }
    window.removeFirst(taken)
    all += output.array()
    // Whatever is held back stays bounded by what was given.
    #expect(output.count <= 64 << 20)
    if taken > 0 || output.count > 0 { continue }
    if isAtEnd {
      #expect(window.isEmpty)
      return all
    }
    let end = min(bytes.count, next + size)
    window += bytes[next..<end]
    next = end
  }
}

/// What is said of bytes that cannot be converted; the same however they come.
func complaint(
  _ bytes: [UInt8], sizes: [Int] = [1, 3, 64, 1 << 20], _ make: () throws -> any Converter
) throws -> String {
  var said: Set<String> = []
  for size in sizes {
    do {
      _ = try converted(bytes, by: size, try make())
      said.insert("taken")
    } catch {
      said.insert("\(error)")
    }
  }
  #expect(said.count == 1, "\(said)")
  return said.first ?? ""
}

/// What a shell command makes of bytes.
func made(_ command: String, _ input: [UInt8] = []) throws -> [UInt8] {
  let outcome = try runProcess("sh", ["-c", command], input: input, timeLimit: 60)
  try #require(outcome.status == 0, "\(command): \(String(decoding: outcome.errors, as: UTF8.self))")
  return outcome.output
}

/// Rows with all kinds of characters.
let text: String = "id,name\n" + (0..<400).map { "\($0),Grün \($0 * 7919 % 97) € ½\n" }.joined()
