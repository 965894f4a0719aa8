/// Header fields in their order; names are compared without regard to case (RFC 9110, 5.1).
public struct HTTPHeaders: Sendable, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
  /// The fields as they came or will be sent.
  public private(set) var fields: [(name: String, value: String)] = []

  /// No fields.
  public init() {}

  /// These fields.
  public init(_ fields: [(String, String)]) { self.fields = fields.map { (name: $0.0, value: $0.1) } }

  public init(arrayLiteral elements: (String, String)...) { self.init(elements) }
  public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

  /// The first field of that name; setting it replaces all of that name, nil takes them away.
  public subscript(name: String) -> String? {
    get { fields.first { Self.same($0.name, name) }?.value }
    set {
      fields.removeAll { Self.same($0.name, name) }
      if let newValue { append(name, newValue) }
    }
  }

  /// Every value of that name, in order.
  public func all(_ name: String) -> [String] { fields.filter { Self.same($0.name, name) }.map(\.value) }

  /// Adds a field after the others.
  public mutating func append(_ name: String, _ value: String) { fields.append((name: name, value: value)) }

  /// What may be told to an origin that the caller did not name: nothing that could be a secret.
  func withoutSecrets() -> HTTPHeaders {
    let harmless = [
      "accept", "accept-encoding", "accept-language", "if-modified-since", "if-none-match", "range",
      "user-agent",
    ]
    var kept = self
    kept.fields.removeAll { !harmless.contains($0.name.lowercased()) }
    return kept
  }

  /// The first field that would break the request, by name: values are not shown.
  var firstInvalidName: String? {
    fields.first { field in
      field.name.isEmpty || !field.name.utf8.allSatisfy(Self.isTokenByte)
        || field.value.utf8.contains { $0 < 32 && $0 != 9 || $0 == 127 }
    }?.name
  }

  private static func same(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && a.lowercased() == b.lowercased()
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}

/// Without white space around it.
func trimmed(_ text: Substring) -> String {
  var text = text
  while text.first?.isWhitespace == true { text.removeFirst() }
  while text.last?.isWhitespace == true { text.removeLast() }
  return String(text)
}
