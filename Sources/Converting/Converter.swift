public import Basics

/// Makes other bytes of a stream of bytes, in bounded memory. For one thread at a time.
public protocol Converter: AnyObject {
  /// Takes bytes from the front of `input` and appends what comes of them.
  ///
  /// It may take less than all: if there is ``enough`` in `output`, or if more has to be seen first. With `atEnd`,
  /// `input` reaches to the end of the stream; it is called so until nothing is taken and nothing is appended.
  /// - Returns: how many bytes were taken.
  func convert(
    _ input: UnsafeRawBufferPointer, atEnd: Bool, to output: inout ByteBuffer
  ) throws(ConversionError) -> Int

  /// What is wrong with the dump by what is expected of it, known at its end; nil if nothing is.
  var complaint: String? { get }

  /// What was not handed on, known at its end.
  var leftOut: LeftOut? { get }
}

extension Converter {
  /// So many bytes of output are enough for one call.
  static var enough: Int { 256 << 10 }

  public var complaint: String? { nil }
  public var leftOut: LeftOut? { nil }
}

/// Text around a dump that is no part of it, as UTF-8.
public struct LeftOut: Hashable, Sendable {
  /// What stood before.
  public var before: [UInt8]
  /// What stood behind.
  public var after: [UInt8]
}

/// Why bytes cannot be converted: what is wrong, where, and what to do, for a person; the dump's name goes before.
public struct ConversionError: Error, Sendable, CustomStringConvertible {
  /// What is wrong.
  public var message: String

  /// Says what is wrong.
  public init(_ message: String) { self.message = message }

  /// The message alone.
  public var description: String { message }
}

/// Bytes in quotes for a message: one line, not too long.
public func quoted(_ bytes: some Sequence<UInt8>) -> String {
  let bytes = Array(bytes.prefix(81))
  var text = ""
  for scalar in String(decoding: bytes.prefix(80), as: UTF8.self).unicodeScalars {
    let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    text += isControl ? scalar.escaped(asASCII: true) : String(scalar)
  }
  return "\"\(text)\(bytes.count > 80 ? "…" : "")\""
}
