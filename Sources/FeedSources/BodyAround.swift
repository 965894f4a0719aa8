import Basics

/// A body that hands on another one's bytes, or what it makes of them.
protocol BodyAround: SourceBody {
  var inner: any SourceBody { get }
}

extension BodyAround {
  var receivedBytes: Int { inner.receivedBytes }
  var etag: String? { inner.etag }
  var lastModified: String? { inner.lastModified }
  var name: String { inner.name }
  var complaint: String? { inner.complaint }
  var original: OriginalBytes? { inner.original }
}
