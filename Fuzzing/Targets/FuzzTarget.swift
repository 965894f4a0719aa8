/// A parser, and what must hold of whatever it is given.
package struct FuzzTarget: Sendable {
  /// What the parser did and should not have done.
  package struct Finding: Error, CustomStringConvertible {
    /// For a person.
    package let description: String
  }

  /// As `make fuzz TARGET=…` has it; also the name of the folder of its corpus.
  package let name: String
  /// The longest input that is worth its time, in bytes.
  package let longest: Int
  /// Parses, and throws a ``Finding`` if something does not hold. A trap is a finding too.
  package let check: @Sendable ([UInt8]) throws -> Void

  /// All of them.
  package static let all =
    records + settings + manifests + documents + answers + credentials + texts + proposals

  /// Finds out whether anything is found: a fault behind eight bytes that the fuzzer is not told. It has no corpus.
  package static let planted = FuzzTarget(name: "planted", longest: 64) { bytes in
    guard bytes.count >= 8 else { return }
    let word = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    if word == 0x7374_7261_6e64_6564 { throw Finding(description: "the planted fault") }
  }

  init(name: String, longest: Int, check: @escaping @Sendable ([UInt8]) throws -> Void) {
    self.name = name
    self.longest = longest
    self.check = check
  }
}

/// Throws a finding unless something holds.
func require(_ holds: Bool, _ what: @autoclosure () -> String) throws {
  if !holds { throw FuzzTarget.Finding(description: what()) }
}

/// The first bytes of an input say how the rest is parsed; zeros if there are none.
struct Choices {
  private(set) var rest: ArraySlice<UInt8>

  init(_ input: [UInt8]) { rest = input[...] }

  mutating func below(_ count: Int) -> Int { Int(rest.popFirst() ?? 0) % count }

  mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

  /// So many bytes as the next two say, at most all.
  mutating func part() -> [UInt8] {
    let length = min(rest.count, below(256) << 8 | below(256))
    defer { rest = rest.dropFirst(length) }
    return Array(rest.prefix(length))
  }

  /// What no choice was made of.
  var bytes: [UInt8] { Array(rest) }
}

/// What an input said, where it can be shown.
func shown(_ bytes: some Sequence<UInt8>) -> String {
  String(decoding: Array(bytes).prefix(200), as: UTF8.self).debugDescription
}
