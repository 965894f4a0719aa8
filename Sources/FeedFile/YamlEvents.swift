import Basics
import CYaml

/// The events that libyaml (<https://pyyaml.org/wiki/LibYAML>, YAML 1.1) finds in a text.
///
/// The one place that touches its memory: what comes out is values.
@safe struct YamlEvents: ~Copyable {
  struct Event {
    enum Kind {
      case streamStart, streamEnd, documentStart, documentEnd
      case scalar(String, plain: Bool)
      case listStart, listEnd, mapStart, mapEnd
      case alias
    }
    var kind: Kind
    /// From 1.
    var line: Int
    var hasAnchor = false
    var hasTag = false
  }

  private let file: String
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let text: UnsafeMutableBufferPointer<UInt8>

  /// Reads UTF-8 without a byte-order mark; `file` is its name in messages.
  init(_ bytes: [UInt8], file: String) throws(Failure) {
    self.file = file
    unsafe text = .allocate(capacity: bytes.count)
    _ = unsafe text.initialize(from: bytes)
    unsafe parser = .allocate(capacity: 1)
    unsafe parser.initialize(to: yaml_parser_t())
    guard unsafe yaml_parser_initialize(parser) == 1 else {
      throw Failure(.software, "\(file): no memory to read it")
    }
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    unsafe yaml_parser_set_input_string(parser, text.baseAddress, text.count)
  }

  deinit {
    unsafe yaml_parser_delete(parser)
    unsafe parser.deallocate()
    unsafe text.deallocate()
  }

  mutating func next() throws(Failure) -> Event {
    var raw = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &raw) == 1 else { throw problem() }
    defer { unsafe yaml_event_delete(&raw) }
    let line = unsafe Int(raw.start_mark.line) + 1
    switch unsafe raw.type {
    case YAML_STREAM_START_EVENT: return Event(kind: .streamStart, line: line)
    case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, line: line)
    case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, line: line)
    case YAML_ALIAS_EVENT: return Event(kind: .alias, line: line)
    case YAML_SCALAR_EVENT:
      let scalar = unsafe raw.data.scalar
      let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: Int(scalar.length))
      let value = unsafe String(decoding: bytes, as: UTF8.self)
      return unsafe Event(
        kind: .scalar(value, plain: scalar.style == YAML_PLAIN_SCALAR_STYLE), line: line,
        hasAnchor: scalar.anchor != nil, hasTag: scalar.tag != nil)
    case YAML_SEQUENCE_START_EVENT:
      let start = unsafe raw.data.sequence_start
      return unsafe Event(
        kind: .listStart, line: line, hasAnchor: start.anchor != nil, hasTag: start.tag != nil)
    case YAML_SEQUENCE_END_EVENT: return Event(kind: .listEnd, line: line)
    case YAML_MAPPING_START_EVENT:
      let start = unsafe raw.data.mapping_start
      return unsafe Event(
        kind: .mapStart, line: line, hasAnchor: start.anchor != nil, hasTag: start.tag != nil)
    case YAML_MAPPING_END_EVENT: return Event(kind: .mapEnd, line: line)
    default: return Event(kind: .streamEnd, line: line)
    }
  }

  private func problem() -> Failure {
    let what = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "cannot be read"
    if unsafe parser.pointee.error == YAML_READER_ERROR {
      let before = unsafe text.prefix(parser.pointee.problem_offset)
      let line = unsafe before.count { $0 == UInt8(ascii: "\n") } + 1
      return Failure(
        .settings, "\(file):\(line): \(what): a feed file is UTF-8 text without control characters")
    }
    var message = unsafe "\(file):\(parser.pointee.problem_mark.line + 1): not valid YAML: \(what)"
    if let context = unsafe parser.pointee.context {
      message += unsafe ", \(String(cString: context))"
      message += unsafe " that began in line \(parser.pointee.context_mark.line + 1)"
    }
    if what.hasPrefix("found character that cannot start any token") {
      message += "; indent with spaces, not tabs, and put quotes around text that begins with @, ` or %"
    }
    return Failure(.settings, message)
  }
}
