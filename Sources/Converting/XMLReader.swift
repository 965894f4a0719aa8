public import Basics
import CExpat

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Makes JSON Lines of the elements at one path of an XML document, by Expat; ``XMLRecord`` says how.
@safe public final class XMLReader: Converter {
  /// As long as a record may be in memory, and as much of the document as may come without anything in it.
  private static let limit = 16 << 20
  private static let depthLimit = 200

  /// What is wrong with the library; nil if it could be loaded.
  private static let problem: String? = unsafe strandline_load_expat().map { unsafe String(cString: $0) }

  private let path: [[UInt8]]
  private let parser: strandline_xml_parser
  private var record = XMLRecord()
  private var depth = 0
  /// How many names of the path the open elements have from the root on, and how many any had.
  private var matched = 0
  private var reached = 0
  private var made = ByteBuffer(capacity: 64 << 10)
  private var sinceLast = 0
  private var failure: ConversionError?
  private var isOver = false

  /// - Parameters:
  ///   - record: the names of the elements from the root down to the record's.
  ///   - isUTF8: whether the bytes are UTF-8, whatever the document says.
  /// - Throws: ``Failure/Kind/settings`` if Expat is not installed.
  public init(record: [String], isUTF8: Bool) throws(Failure) {
    try Self.load()
    path = record.map { Array($0.utf8) }
    guard let parser = unsafe strandline_xml_create(isUTF8 ? "UTF-8" : nil) else {
      fatalError("out of memory")
    }
    unsafe self.parser = parser
    unsafe strandline_xml_set_context(parser, Unmanaged.passUnretained(self).toOpaque())
    unsafe strandline_xml_handle(
      parser, { unsafe reader($0).begin($1, $2) }, { context, _ in unsafe reader(context).end() },
      { unsafe reader($0).text(UnsafeRawBufferPointer(start: $1, count: Int($2))) },
      { context, name, _, _, _ in unsafe reader(context).refuseDoctype(name) })
  }

  deinit { unsafe strandline_xml_free(parser) }

  /// Makes sure that Expat is there.
  static func load() throws(Failure) {
    if let problem {
      throw Failure(.settings, "XML is read by Expat, which cannot be loaded: install libexpat1 (\(problem))")
    }
  }

  public func convert(
    _ input: UnsafeRawBufferPointer, atEnd: Bool, to output: inout ByteBuffer
  ) throws(ConversionError) -> Int {
    if isOver { return 0 }
    let count = min(input.count, 64 << 10)
    isOver = atEnd && count == input.count
    sinceLast += count
    let result = unsafe strandline_xml_parse(
      parser, input.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(count), isOver ? 1 : 0)
    unsafe output.append(made.bytes)
    made.truncate()
    if let failure { throw failure }
    guard result == 1 else { throw broken() }
    if sinceLast > Self.limit {
      throw failed("goes on for more than \(Self.limit >> 20) MiB within one tag or comment")
    }
    if isOver, reached < path.count - 1 {
      throw ConversionError("is XML without \(name(path.prefix(reached + 1))): look at source.record")
    }
    return count
  }

  // MARK: What Expat finds

  fileprivate func begin(
    _ name: UnsafePointer<CChar>?, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?
  ) {
    sinceLast = 0
    guard failure == nil else { return }
    let name = unsafe bytes(name)
    defer { depth += 1 }
    if depth >= Self.depthLimit { return stop("is nested deeper than \(Self.depthLimit) elements") }
    if record.depth == 0 {
      guard depth == matched, unsafe name.elementsEqual(path[depth]) else {
        if depth == 0 {
          stop(
            "is XML whose root is <\(unsafe String(decoding: name, as: UTF8.self))>, not "
              + "<\(String(decoding: path[0], as: UTF8.self))> as source.record has it")
        }
        return
      }
      matched += 1
      reached = max(reached, matched)
      guard matched == path.count else { return }
      record.clear()
    }
    guard unsafe record.begin(name) else {
      return stop("has a record with more than \(XMLRecord.nameLimit) different names in one element")
    }
    guard var pair = unsafe attributes else { return }
    while let key = unsafe pair[0] {
      unsafe record.attribute(bytes(key), bytes(pair[1]))
      unsafe pair += 2
    }
    checkLength()
  }

  fileprivate func text(_ text: UnsafeRawBufferPointer) {
    sinceLast = 0
    guard failure == nil, record.depth > 0 else { return }
    unsafe record.text(text)
    checkLength()
  }

  fileprivate func end() {
    sinceLast = 0
    guard failure == nil else { return }
    depth -= 1
    if record.depth > 0 {
      record.end()
      if record.depth == 0 { record.write(to: &made) }
    }
    matched = min(matched, depth)
  }

  fileprivate func refuseDoctype(_ name: UnsafePointer<CChar>?) {
    let name = unsafe String(decoding: bytes(name), as: UTF8.self)
    if name.lowercased() == "html" { return stop("is an HTML page: look at what the source sends") }
    stop(
      "has a document type declaration (<!DOCTYPE \(name)>), which may define entities that grow without bounds or name "
        + "other files: such documents are not read; have the source leave it out")
  }

  private func checkLength() {
    if record.cost > Self.limit {
      stop(
        "has a record (\(name(path[...]))) that takes more than \(Self.limit >> 20) MiB: look at source.record"
      )
    }
  }

  private func bytes(_ text: UnsafePointer<CChar>?) -> UnsafeRawBufferPointer {
    guard let text = unsafe text else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
    return unsafe UnsafeRawBufferPointer(start: text, count: strlen(text))
  }

  // MARK: What is wrong

  private func name(_ path: ArraySlice<[UInt8]>) -> String {
    path.map { "/" + String(decoding: $0, as: UTF8.self) }.joined()
  }

  private func failed(_ what: String) -> ConversionError {
    let line = unsafe strandline_xml_line(parser)
    let column = unsafe strandline_xml_column(parser) + 1
    return ConversionError("\(what) (line \(line), column \(column))")
  }

  private func stop(_ what: String) {
    failure = failed(what)
    unsafe strandline_xml_stop(parser)
  }

  /// By Expat's error codes.
  private func broken() -> ConversionError {
    let code = unsafe strandline_xml_error(parser)
    let words = unsafe strandline_xml_error_text(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    switch code {
    case 3: return failed(depth > 0 ? "ends early, inside its XML document" : "is empty, and no XML document")
    // Within a tag, a character or a CDATA section: known only where nothing follows.
    case 5, 6, 20: return failed("ends early, inside its XML document")
    case 18:
      return failed("is XML in an encoding that Expat does not know: name it as source.encoding")
    default: return failed("is no well-formed XML: \(words)")
    }
  }
}

private func reader(_ context: UnsafeMutableRawPointer?) -> XMLReader {
  guard let context = unsafe context else { preconditionFailure("a parser without a reader") }
  return unsafe Unmanaged<XMLReader>.fromOpaque(context).takeUnretainedValue()
}
