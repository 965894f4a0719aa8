import Basics
import Records

private enum By: String, CaseIterable { case link, token, number, offset }

/// How the rest of a dump is asked for that comes in pages.
func pages(_ section: Section, _ source: Source) throws(Failure) -> Source.Pages {
  if case .urls = source.location {
    throw Failure(
      .settings, "\(section.file):\(section.line): source.pages is for one url, and there are several")
  }
  guard let by = try section.choice("by", By.self) else {
    throw section.failure("by", "is missing: it is \(either(By.names))")
  }
  let wanted: [By: [String]] = [
    .link: [], .token: ["token", "parameter"], .number: ["parameter", "first", "size", "size_parameter"],
    .offset: ["parameter", "first", "size", "size_parameter"],
  ]
  for name in ["token", "parameter", "first", "size", "size_parameter"] {
    guard section.has(name), !(wanted[by] ?? []).contains(name) else { continue }
    throw section.failure(name, "is not for pages by \(by.rawValue)")
  }
  let atMost = try required(section.number("at_most"))
  guard atMost > 0 else { throw section.failure("at_most", "cannot be zero") }
  return Source.Pages(by: try way(by, section, source.format), atMost: atMost)
}

private func way(_ by: By, _ section: Section, _ format: Format) throws(Failure) -> Source.Pages.By {
  let parameter = try section.text("parameter")
  if let parameter { try checkParameter(parameter, section, "parameter") }
  switch by {
  case .link: return .link
  case .token:
    guard case .json = format else {
      throw section.failure("by", "token looks into a page's document: it is for the format json")
    }
    let path = try section.list("token") { text in
      text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    }
    guard let path, !path.isEmpty else {
      throw section.failure(
        "token", "is missing: it is the path of the next page's token or URL, such as meta.next")
    }
    return .token(path: path, parameter: parameter)
  case .number, .offset:
    guard let parameter else {
      throw section.failure(
        "parameter", "is missing: it is the parameter of the query that gets the \(by.rawValue)")
    }
    let size = try size(section)
    if by == .number {
      return .number(parameter: parameter, first: try section.number("first") ?? 1, size: size)
    }
    guard let size else {
      throw section.failure("size", "is missing: by it the offset grows from page to page")
    }
    return .offset(parameter: parameter, first: try section.number("first") ?? 0, size: size)
  }
}

private func size(_ section: Section) throws(Failure) -> Source.Pages.Size? {
  let parameter = try section.text("size_parameter")
  if let parameter { try checkParameter(parameter, section, "size_parameter") }
  guard let count = try section.number("size") else {
    if parameter != nil { throw section.failure("size_parameter", "needs size, which it is to say") }
    return nil
  }
  guard count > 0 else { throw section.failure("size", "cannot be zero") }
  return Source.Pages.Size(count: count, parameter: parameter)
}

private func checkParameter(_ name: String, _ section: Section, _ field: String) throws(Failure) {
  guard !name.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
    throw section.failure(field, "is no name of a parameter")
  }
}
