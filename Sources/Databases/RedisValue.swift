import Basics
import FeedFile

/// How keys and their values become records.
struct RedisValue {
  static let tooLong = "has a value of more than \(RedisConnection.longest >> 20) MiB, which was not read"

  /// What a key holds.
  enum Kind: Equatable {
    case string, hash, gone
    /// A hash of so many fields that it is not read.
    case wide(Int)
    case other(String)

    /// More fields than a table has columns. Each is some 300 bytes while its hash is read.
    static let mostFields = 1 << 16

    /// What `TYPE` answered.
    init(type: String) {
      switch type {
      case "string": self = .string
      case "hash": self = .hash
      case "none": self = .gone
      default: self = .other(type)
      }
    }

    /// What fetches it.
    var command: String? {
      switch self {
      case .string: "GET"
      case .hash: "HGETALL"
      case .gone, .wide, .other: nil
      }
    }

    /// Why it is no record.
    var refusal: String {
      switch self {
      case .other(let type): "is of the type \(type), which is not read"
      case .wide(let fields): "has \(fields) fields; a hash of more than \(Self.mostFields) is not read"
      case .string, .hash, .gone: "is gone"
      }
    }
  }

  private let what: Source.Redis

  init(_ what: Source.Redis) { self.what = what }

  /// What every key is to hold, unless its type is asked for.
  var kind: Kind { what.values == .hash ? .hash : .string }

  /// Writes the line of a key.
  /// - Returns: false, and nothing is written, if there is no such key.
  func write(
    _ key: UnsafeRawBufferPointer, _ kind: Kind, _ reply: RedisReply, _ lines: inout ByteBuffer,
    _ name: String
  ) throws(Failure) -> Bool {
    switch reply.kind {
    case .error:
      guard reply.text.hasPrefix("WRONGTYPE") else {
        throw RedisProblems.failure(reply.text, kind.command ?? "", name)
      }
      unsafe refuse(key, "is of another type than source.redis.values says", &lines)
      return true
    case .string where kind == .string: unsafe writeString(key, reply, &lines)
    case .array where kind == .hash:
      if reply.count == 0 { return false }
      unsafe writeHash(key, reply, &lines)
    case .none: return false
    default:
      throw Failure(.settings, "\(name) answered \(kind.command ?? "") with something that is no value")
    }
    return true
  }

  /// A line that is no record, so that it goes to quarantine and says why.
  func refuse(_ key: UnsafeRawBufferPointer, _ why: String, _ lines: inout ByteBuffer) {
    unsafe lines.append(quoting: "the key \(String(decoding: key, as: UTF8.self)) \(why)")
    lines.append("\n")
  }

  private func begin(_ key: UnsafeRawBufferPointer, _ lines: inout ByteBuffer) {
    lines.append("{")
    lines.append(quoting: what.keyColumn)
    lines.append(":")
    unsafe lines.append(quoting: key)
  }

  private func writeString(_ key: UnsafeRawBufferPointer, _ reply: RedisReply, _ lines: inout ByteBuffer) {
    let bytes = unsafe reply.bytes
    if what.values == .json {
      switch unsafe JSONShape(bytes) {
      case .object:
        unsafe begin(key, &lines)
        unsafe lines.append(membersOf: bytes, after: UInt8(ascii: ","))
        lines.append("}\n")
        return
      case .broken: return unsafe refuse(key, "has a value that is no JSON document", &lines)
      case .other: break
      }
    }
    unsafe begin(key, &lines)
    lines.append(",\"value\":")
    switch what.values {
    case .hex: unsafe lines.append(hexadecimal: bytes)
    case .json: unsafe lines.append(json: bytes)
    default: unsafe lines.append(quoting: bytes)
    }
    lines.append("}\n")
  }

  /// Fields are sorted: Redis has them in an order that changes when it packs them otherwise.
  private func writeHash(_ key: UnsafeRawBufferPointer, _ reply: RedisReply, _ lines: inout ByteBuffer) {
    var pairs: [(name: RedisReply, value: RedisReply)] = []
    for index in stride(from: 0, to: reply.count - 1, by: 2) {
      if let name = reply[index], let value = reply[index + 1] { pairs.append((name, value)) }
    }
    pairs.sort { unsafe isBefore($0.name.bytes, $1.name.bytes) }
    unsafe begin(key, &lines)
    for pair in pairs {
      lines.append(",")
      unsafe lines.append(quoting: pair.name.bytes)
      lines.append(":")
      unsafe lines.append(quoting: pair.value.bytes)
    }
    lines.append("}\n")
  }
}
