import Glibc
import StrandlineTesting
import Testing

extension Bench {
  /// Begins a feed, which has to do well, and runs it once; gives the feed file.
  /// - Parameter records: how many the first run has to find.
  @discardableResult func begin(
    _ source: String, _ arguments: String..., feed: String, records: Int? = nil,
    at location: SourceLocation = #_sourceLocation
  ) throws -> String {
    let result = try call("feed", ["init", source, "--output", "begun.yaml"] + arguments)
    #expect(result.status == 0, "\(result)", sourceLocation: location)
    #expect(result.output == "", sourceLocation: location)
    #expect(!exists("store"), "the store is none of its business", sourceLocation: location)
    let written = try text("begun.yaml")
    let found = result.errors.firstRange(of: "the first run would find ").flatMap {
      Int(result.errors[$0.upperBound...].prefix { $0.isNumber })
    }
    let claimed = try #require(found, "\(result)", sourceLocation: location)
    if let records { #expect(claimed == records, "\(result)", sourceLocation: location) }
    #expect(result.errors.contains("local-runner --once begun.yaml"), sourceLocation: location)
    // What it says is to be done next does what it says.
    let next = try #require(result.errors.firstRange(of: "next: ").map { result.errors[$0.upperBound...] })
    let command = next.prefix { $0 != "\n" }
    let run = try shell(String(command))
    #expect(
      run.status == 0 && run.output.contains("\(feed) published"), "\(written)\(run)",
      sourceLocation: location)
    let current = try call("query", "--feed", "begun.yaml", "--as-of", "now", "--format", "jsonl")
    #expect(current.output.split(separator: "\n").count == claimed, "\(written)", sourceLocation: location)
    return written
  }

  /// Begins a feed of which nothing can be made.
  func expectNoBeginning(
    _ arguments: String..., code: Int32, says texts: String..., at location: SourceLocation = #_sourceLocation
  ) throws {
    let result = try call("feed", ["init"] + arguments)
    #expect(result.status == code, "\(result)", sourceLocation: location)
    for text in texts {
      #expect(
        result.errors.contains(text), "it does not say \"\(text)\":\n\(result)", sourceLocation: location)
    }
    #expect(!exists("begun.yaml"), sourceLocation: location)
  }
}

extension String {
  /// The lines of a feed file that are no comments.
  var fields: [String] {
    split(separator: "\n").map(String.init).filter { line in
      !line.drop { $0 == " " }.hasPrefix("#")
    }
  }
}
