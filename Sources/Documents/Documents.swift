public import Basics

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// JSON documents of the store and events: small, typed, with sorted keys so that they read well in a diff.
///
/// The only place that needs Foundation. Names are as the types' coding keys say: snake_case in every document.
public enum Documents {
  /// A document as one line of JSON without a line end.
  public static func encode(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(value))
    } catch {
      preconditionFailure("a document that cannot be written: \(error)")
    }
  }

  /// Reads a document; `name` says in messages which one.
  /// - Throws: ``Failure/Kind/badData`` with the field that is missing or wrong.
  public static func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8], name: String) throws(Failure)
    -> T
  {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as DecodingError {
      throw Failure(.badData, "\(name): \(describe(error))")
    } catch {
      throw Failure(.badData, "\(name): \(error)")
    }
  }

  private static func describe(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context):
      let place = path(context)
      return "the field \"\(place.isEmpty ? "" : place + ".")\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "the field \"\(path(context))\" has the wrong type"
    case .dataCorrupted(let context):
      let place = path(context)
      return place.isEmpty
        ? "not a JSON document" : "the field \"\(place)\" is wrong: \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}
