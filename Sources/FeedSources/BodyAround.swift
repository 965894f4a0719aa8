import Basics

/// A body that hands on another one's bytes, or what it makes of them.
package protocol BodyAround: SourceBody {
  var inner: any SourceBody { get }
}

extension BodyAround {
  package var receivedBytes: Int { inner.receivedBytes }
  package var etag: String? { inner.etag }
  package var lastModified: String? { inner.lastModified }
  package var name: String { inner.name }
  package var complaint: String? { inner.complaint }
  package var hasLoggedIn: Bool { inner.hasLoggedIn }
  package var original: OriginalBytes? { inner.original }
}
