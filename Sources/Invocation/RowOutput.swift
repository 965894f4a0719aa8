public import ArgumentParser
public import Basics
public import Stages

/// How rows are shown.
public enum RowFormat: String, ExpressibleByArgument, CaseIterable {
  case jsonl
  case csv
  case table
}

extension Call {
  /// Prints the rows of an answer: as a table on a terminal, as JSON Lines elsewhere, unless told otherwise.
  ///
  /// CSV and tables need to know the columns (and their widths) first, so the question is asked twice.
  public func show(_ format: RowFormat?, _ ask: (any RowSink) throws(Failure) -> Void) throws(Failure) {
    switch format ?? (StandardOutput.isTerminal ? .table : .jsonl) {
    case .jsonl: try ask(JSONLinesSink(output))
    case .csv:
      let layout = ColumnLayout(limit: 0)
      try ask(layout)
      try ask(try CSVSink(output, layout))
    case .table:
      let layout = ColumnLayout(limit: 40)
      try ask(layout)
      try ask(try TableSink(output, layout))
    }
    try output.flush()
  }

  /// Prints bytes as they are.
  public func print(_ bytes: UnsafeRawBufferPointer) throws(Failure) { try unsafe output.write(bytes) }

  /// Hands over everything that was printed.
  public func finish() throws(Failure) { try output.flush() }
}

private final class JSONLinesSink: RowSink {
  private let output: StandardOutput
  let takesJSON = true

  init(_ output: StandardOutput) { self.output = output }

  func jsonLines(_ lines: UnsafeRawBufferPointer) throws(Failure) { try unsafe output.write(lines) }

  func row(_ fields: [Field]) throws(Failure) {
    let members = fields.map { "\(jsonString($0.name)):\($0.isString ? jsonString($0.text) : $0.text)" }
    try output.write("{" + members.joined(separator: ",") + "}\n")
  }
}

/// Learns which columns there are, how wide they are, and which have nothing in them.
private final class ColumnLayout: RowSink {
  private(set) var names: [String] = []
  private(set) var widths: [Int] = []
  private(set) var isEmpty: [Bool] = []
  private var places: [String: Int] = [:]
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  func row(_ fields: [Field]) throws(Failure) {
    for field in fields {
      let place = places[field.name] ?? names.count
      if place == names.count {
        places[field.name] = place
        names.append(field.name)
        widths.append(min(limit, field.name.count))
        isEmpty.append(true)
      }
      if limit == 0 { continue }
      let text = shown(field)
      if !text.isEmpty { isEmpty[place] = false }
      if widths[place] < limit { widths[place] = max(widths[place], min(limit, text.count)) }
    }
  }

  func place(_ name: String) -> Int? { places[name] }
}

/// A value as people read it: no null, no line ends, and no more than a screen takes.
private func shown(_ field: Field) -> String {
  let text = !field.isString && field.text == "null" ? "" : field.text.prefix(field.longest + 1)
  return String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
}

extension Field {
  /// How long it may be in a table where nothing stands behind it: what to do stands at the end of a message.
  fileprivate var longest: Int { name == "message" ? 10_000 : 400 }
}

private final class CSVSink: RowSink {
  private let output: StandardOutput
  private let layout: ColumnLayout

  init(_ output: StandardOutput, _ layout: ColumnLayout) throws(Failure) {
    self.output = output
    self.layout = layout
    if !layout.names.isEmpty { try line(layout.names) }
  }

  func row(_ fields: [Field]) throws(Failure) {
    var cells = [String](repeating: "", count: layout.names.count)
    for field in fields {
      guard let place = layout.place(field.name) else { continue }
      cells[place] = !field.isString && field.text == "null" ? "" : field.text
    }
    try line(cells)
  }

  private func line(_ cells: [String]) throws(Failure) {
    // A line with nothing on it would be no record.
    let text = cells == [""] ? "\"\"" : cells.map(quoted).joined(separator: ",")
    try output.write(text + "\n")
  }

  private func quoted(_ cell: String) -> String {
    guard cell.utf8.contains(where: { $0 == 34 || $0 == 44 || $0 == 10 || $0 == 13 }) else { return cell }
    var out = "\""
    for scalar in cell.unicodeScalars {
      if scalar == "\"" { out += "\"" }
      out.unicodeScalars.append(scalar)
    }
    return out + "\""
  }
}

private final class TableSink: RowSink {
  private let output: StandardOutput
  private let layout: ColumnLayout
  private var rows = 0

  init(_ output: StandardOutput, _ layout: ColumnLayout) throws(Failure) {
    self.output = output
    self.layout = layout
    if layout.names.isEmpty { try output.write("(nothing)\n") }
    if layout.names.isEmpty { return }
    try line(layout.names)
    try line(layout.widths.map { String(repeating: "-", count: $0) })
  }

  func row(_ fields: [Field]) throws(Failure) {
    var cells = [String](repeating: "", count: layout.names.count)
    var longest = 0
    let last = layout.isEmpty.lastIndex(of: false)
    for field in fields {
      guard let place = layout.place(field.name) else { continue }
      cells[place] = shown(field)
      if place == last { longest = field.longest }
    }
    try line(cells, longest: longest)
  }

  /// - Parameter longest: how long the last column may be.
  private func line(_ cells: [String], longest: Int = .max) throws(Failure) {
    var text = ""
    let last = layout.isEmpty.lastIndex(of: false)
    for (place, cell) in cells.enumerated() where !layout.isEmpty[place] {
      // The last column may be longer: nothing stands behind it.
      let width = layout.widths[place]
      let room = place == last ? longest : width
      let fitting = cell.count > room ? cell.prefix(max(0, room - 1)) + "…" : cell[...]
      text += fitting + String(repeating: " ", count: max(0, width - fitting.count)) + "  "
    }
    while text.utf8.last == 32 { text.removeLast() }
    try output.write(text + "\n")
  }
}
