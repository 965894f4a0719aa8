public import Basics
import CExpat

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Which elements the beginning of an XML document has, by Expat: to find where its records are.
@safe public final class XMLOutline {
  /// Elements of one path.
  public struct Place: Sendable {
    /// Names from the root down.
    public var path: [String]
    /// How many there are.
    public var count = 0
    /// In how many elements of the path above they are.
    public var parents = 0
    /// How many different names of elements and attributes are in them.
    public var members = 0
    /// How many elements, attributes and stretches of text are within them.
    public var weight = 0
    fileprivate var lastParent = -1
  }

  /// More different paths are not told apart.
  private static let limit = 2000

  /// What there is, from the root down.
  public private(set) var places: [Place] = []
  /// What is wrong with the document, as far as it was looked at; nil if nothing is.
  public private(set) var problem: String?
  /// Expat's number of what is wrong; 18: an encoding that it does not know.
  public private(set) var code = 0
  /// The name in the document type declaration, if there is one.
  public private(set) var doctype: String?

  private let parser: strandline_xml_parser
  private var known: [[String]: Int] = [:]
  /// The open elements: their place, and their number.
  private var open: [(place: Int, number: Int)] = []
  private var path: [String] = []
  private var elements = 0

  /// Looks at the beginning of a document, or all of it.
  /// - Parameter isUTF8: whether the bytes are UTF-8, whatever the document says.
  /// - Throws: ``Failure/Kind/settings`` if Expat is not installed.
  public init(_ bytes: [UInt8], isUTF8: Bool) throws(Failure) {
    try XMLReader.load()
    guard let parser = unsafe strandline_xml_create(isUTF8 ? "UTF-8" : nil) else {
      fatalError("out of memory")
    }
    unsafe self.parser = parser
    unsafe strandline_xml_set_context(parser, Unmanaged.passUnretained(self).toOpaque())
    unsafe strandline_xml_handle(
      parser, { unsafe outline($0).begin($1, $2) }, { context, _ in unsafe outline(context).end() },
      { context, _, _ in unsafe outline(context).add(1) },
      { context, name, _, _, _ in unsafe outline(context).noteDoctype(name) })
    let result = unsafe bytes.withUnsafeBytes {
      unsafe strandline_xml_parse(
        parser, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count), 0)
    }
    guard result == 0, doctype == nil else { return }
    code = unsafe Int(strandline_xml_error(parser))
    problem =
      unsafe strandline_xml_error_text(Int32(code)).map { unsafe String(cString: $0) } ?? "error \(code)"
    unsafe problem! += " (line \(strandline_xml_line(parser)), column \(strandline_xml_column(parser) + 1))"
  }

  deinit { unsafe strandline_xml_free(parser) }

  fileprivate func begin(
    _ name: UnsafePointer<CChar>?, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?
  ) {
    path.append(unsafe name.map { unsafe String(cString: $0) } ?? "")
    elements += 1
    let place = place()
    if place >= 0 {
      let parent = open.last?.number ?? 0
      if places[place].lastParent != parent {
        places[place].lastParent = parent
        places[place].parents += 1
        if let above = open.last?.place, above >= 0, places[place].count == 0 { places[above].members += 1 }
      }
      places[place].count += 1
    }
    open.append((place, elements))
    var count = 0
    if let attributes = unsafe attributes { while unsafe attributes[2 * count] != nil { count += 1 } }
    if place >= 0 { places[place].members = max(places[place].members, count) }
    add(1 + count)
  }

  private func place() -> Int {
    if let place = known[path] { return place }
    guard places.count < Self.limit, path.count < 200 else { return -1 }
    known[path] = places.count
    places.append(Place(path: path))
    return places.count - 1
  }

  fileprivate func add(_ weight: Int) {
    for (place, _) in open where place >= 0 { places[place].weight += weight }
  }

  fileprivate func end() {
    path.removeLast()
    open.removeLast()
  }

  fileprivate func noteDoctype(_ name: UnsafePointer<CChar>?) {
    doctype = unsafe name.map { unsafe String(cString: $0) } ?? ""
    unsafe strandline_xml_stop(parser)
  }
}

private func outline(_ context: UnsafeMutableRawPointer?) -> XMLOutline {
  guard let context = unsafe context else { preconditionFailure("a parser without an outline") }
  return unsafe Unmanaged<XMLOutline>.fromOpaque(context).takeUnretainedValue()
}
