import Basics
import CDatabases

/// hiredis, which is loaded when a Redis database is first asked.
private enum Hiredis {
  /// Why it cannot be used; found out once, and not by two threads.
  static let problem: String? = unsafe strandline_load_hiredis().map { unsafe String(cString: $0) }
}

/// One answer of a Redis server, in memory of hiredis.
@safe final class RedisReply {
  enum Kind: Int32 {
    case string = 1
    case array, integer, none, status, error
  }

  private let reply: UnsafeRawPointer
  private let owner: RedisReply?
  private let look: strandline_reply
  let kind: Kind

  /// Takes over what hiredis' reader gave.
  fileprivate init?(_ reply: UnsafeRawPointer, owner: RedisReply?) {
    unsafe self.reply = unsafe reply
    self.owner = owner
    unsafe look = unsafe strandline_reply_look(reply)
    // The others belong to RESP 3, which is not asked for.
    let kind = unsafe Kind(rawValue: look.type)
    self.kind = kind ?? .none
    if kind == nil { return nil }
  }

  deinit { if owner == nil { unsafe strandline_reply_free(UnsafeMutableRawPointer(mutating: reply)) } }

  /// The bytes of a string, status or error, as long as the reply is kept.
  var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: look.text, count: look.length)
  }

  var text: String { unsafe String(decoding: bytes, as: UTF8.self) }

  /// The number of an integer.
  var integer: Int { unsafe Int(look.integer) }

  /// How many elements an array has.
  var count: Int { unsafe kind == .array ? look.count : 0 }

  /// An element of an array; nil for what no Redis sends.
  subscript(index: Int) -> RedisReply? {
    guard index < count, let element = unsafe strandline_reply_element(reply, index) else { return nil }
    return unsafe RedisReply(element, owner: owner ?? self)
  }
}

/// hiredis' reader of replies.
@safe struct RedisReader: ~Copyable {
  private let reader: UnsafeMutableRawPointer

  /// - Throws: ``Failure/Kind/settings`` if hiredis is not there.
  init() throws(Failure) {
    if let problem = Hiredis.problem {
      throw Failure(
        .settings,
        "a Redis source needs hiredis: \(problem); install it (Debian 12: libhiredis0.14, Debian 13: libhiredis1.1.0)"
      )
    }
    guard let reader = unsafe strandline_reader() else {
      throw Failure(.unavailable, "hiredis: out of memory")
    }
    unsafe self.reader = unsafe reader
  }

  deinit { unsafe strandline_reader_free(reader) }

  /// What is wrong with what came; it takes no more then.
  var problem: String { unsafe String(cString: strandline_reader_error(reader)) }

  /// Takes bytes; false if they are no RESP.
  func feed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    unsafe strandline_reader_feed(reader, bytes.baseAddress, bytes.count) == 0
  }

  /// The next reply: nil if none is whole yet, `.some(nil)` if what came is no RESP.
  func next() -> RedisReply?? {
    var reply: UnsafeMutableRawPointer?
    guard unsafe strandline_reader_reply(reader, &reply) == 0 else { return .some(nil) }
    guard let reply = unsafe reply else { return nil }
    return unsafe .some(RedisReply(reply, owner: nil))
  }
}
