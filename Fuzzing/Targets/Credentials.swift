import Basics
import CloudStore
import HTTP
import ObjectStoreGCS
import ObjectStoreS3

extension FuzzTarget {
  static let credentials = [
    FuzzTarget(name: "profiles", longest: 2048, check: profiles),
    FuzzTarget(name: "lent", longest: 2048, check: lent),
    FuzzTarget(name: "account", longest: 8192, check: account),
  ]

  /// A file of AWS's profiles: whatever is read means the same when it is written in the plainest form.
  private static func profiles(_ input: [UInt8]) throws {
    let file = ProfileFile(input)
    for (section, values) in file.sections {
      try require(!section.contains("]"), "a bracket in the name of a section: \(section)")
      for (name, value) in values {
        try require(
          !value.contains(where: \.isNewline) && !name.contains(where: \.isNewline), "a line end in \(name)")
        let ends = [value.unicodeScalars.first, value.unicodeScalars.last]
        try require(!ends.contains { $0?.properties.isWhitespace == true }, "blanks around \(value)")
      }
    }
    let written = file.sections.map { section, values in
      "[\(section)]\n"
        + values.filter { !$0.key.contains(".") && !$0.key.isEmpty }.map { "\($0)=\($1)\n" }.joined()
    }.joined()
    let again = ProfileFile(Array(written.utf8))
    try require(
      Set(again.sections.keys) == Set(file.sections.keys), "\(again.sections) is not \(file.sections)")
  }

  /// What containers and machines are lent: refused without a word of it, or used as it is.
  private static func lent(_ input: [UInt8]) throws {
    let lent: S3Credentials
    do throws(ServiceError) { lent = try lentCredentials(input, "the lender") } catch {
      return try require(
        error.kind == .failed && error.message.hasPrefix("the lender"), "refused as \(error)")
    }
    if let expiry = lent.expiry {
      try require(Instant(expiry.description) == expiry, "\(expiry) cannot be read again")
    }
  }

  /// A file of Google's credentials.
  private static func account(_ input: [UInt8]) throws {
    let statement: String
    do throws(ServiceError) {
      let account = try ServiceAccount(input, file: "key.json", http: HTTPClient())
      statement = try account.statement(at: Instant(seconds: 1_800_000_000))
    } catch {
      return try require(
        error.kind == .denied && error.message.contains("key.json"), "refused as \(error)")
    }
    try require(statement.split(separator: ".").count == 3, "\(statement) is no JWT")
  }
}
