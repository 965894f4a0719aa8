import Basics
import ObjectStore

/// A dump that is an object of a store. Its version is its entity tag.
final class ObjectBody: SourceBody {
  private let reader: any ObjectReader
  let name: String
  var expectedBytes: Int? { reader.info.size }
  private(set) var receivedBytes = 0
  var etag: String? { reader.info.version }
  var lastModified: String? { nil }

  init(_ reader: any ObjectReader, name: String) {
    self.reader = reader
    self.name = name
  }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    do {
      let count = unsafe try reader.read(into: destination)
      receivedBytes += count
      return count
    } catch {
      throw Failure(error, source: name)
    }
  }
}

extension Failure {
  /// What a person should do about an error of the store that a source is in.
  init(_ error: StoreError, source: String) {
    switch error.kind {
    case .denied, .invalid: self.init(.settings, "the source \(source): \(error.message)")
    case .notFound:
      self.init(
        .unavailable,
        "the source \(source): \(error.message); "
          + (source.contains("*")
            ? "for a pattern set source.take to newest, last or all"
            : "check the name, or wait until the object is there"))
    case .preconditionFailed, .unavailable, .ambiguous:
      self.init(.unavailable, "the source \(source): \(error.message)")
    }
  }
}
