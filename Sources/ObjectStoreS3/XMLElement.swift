/// A small document of S3 as a tree. Of an element that has others in it, the text between them is left out.
public struct XMLElement: Equatable, Sendable {
  /// In all of a document, at most: a page of a listing has about ten thousand.
  public static let countLimit = 50_000

  /// Without a prefix.
  public private(set) var name: String
  /// With entities undone.
  public private(set) var text = ""
  /// In their order.
  public private(set) var children: [XMLElement] = []

  private init(name: String) { self.name = name }

  /// Reads a whole document.
  public init(_ bytes: [UInt8]) throws(XMLError) {
    var reader = XMLReader(bytes)
    var open: [XMLElement] = []
    var root: XMLElement?
    var count = 0
    while let event = try reader.next() {
      switch event {
      case .start(let name):
        count += 1
        guard count <= Self.countLimit else {
          throw XMLError(description: "there are more than \(Self.countLimit) elements")
        }
        open.append(XMLElement(name: name))
      case .text(let text): open[open.count - 1].text += text
      case .end:
        var done = open.removeLast()
        if !done.children.isEmpty { done.text = "" }
        if open.isEmpty { root = done } else { open[open.count - 1].children.append(done) }
      }
    }
    guard let root else { throw XMLError(description: "there is no element in it") }
    self = root
  }

  /// The text of the first child of this name.
  public subscript(name: String) -> String? { child(name)?.text }

  /// The first child of this name.
  public func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  /// The children of this name.
  public func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

  /// The same, written as text.
  package static func escaped(_ text: String) -> String {
    var escaped = ""
    // With an accent behind it a mark would be another character.
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
