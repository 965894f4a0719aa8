public import Basics
public import ObjectStore

/// What a vendor's API does: one request a call, and nothing is tried twice.
///
/// ``CloudStore`` makes an ``ObjectStore`` of it: it waits and tries again, cuts large objects into parts, and asks
/// after a lost answer whether its own write landed. Vendors' quirks end here: whatever a service does otherwise
/// than its documentation says is made alike in its ``CloudService``, with the reason beside it.
public protocol CloudService: Sendable {
  /// How people name this store: `s3://bucket/prefix`.
  var location: String { get }
  /// The rules for objects that are sent in parts.
  var uploads: UploadRules { get }
  /// Whether a delete may depend on a version. If not, ``CloudStore`` looks at the version first.
  var deletesByVersion: Bool { get }
  /// Whether a delete of what is not there is answered with ``ServiceError/Kind/notFound`` (S3 says that it was
  /// done). If not, ``CloudStore`` looks first. False unless a service says otherwise.
  var tellsAbsence: Bool { get }

  /// The URI under which a query engine finds an object.
  func uri(of key: ObjectKey) -> String
  /// What is known of an object: one `HEAD` or its like.
  func info(_ key: ObjectKey) throws(ServiceError) -> ObjectInfo
  /// The bytes of an object, or of a range of it, from the moment its headers are there. A range is not empty. Of one
  /// that ends beyond the object there may come what there is, or ``ServiceError/Kind/invalid``.
  /// - Parameter version: if given, the object has to be of this version, else
  ///   ``ServiceError/Kind/preconditionFailed``.
  func open(_ key: ObjectKey, range: Range<Int>?, ifVersion version: String?) throws(ServiceError)
    -> any ServiceBody
  /// Writes an object in one request.
  func put(_ key: ObjectKey, _ bytes: [UInt8], if condition: WriteCondition) throws(ServiceError) -> Written
  /// Begins an object that is sent in parts. Nothing is seen under the key before it is completed.
  func beginUpload(_ key: ObjectKey, if condition: WriteCondition) throws(ServiceError) -> Upload
  /// Sends a part. Sending the same part again replaces it.
  func send(_ part: UploadPart, _ bytes: [UInt8], of upload: Upload) throws(ServiceError) -> PartReceipt
  /// Makes a part of a range of another object, which does not pass through this process. Only where
  /// ``UploadRules/copies``.
  func copy(_ part: UploadPart, from key: ObjectKey, range: Range<Int>, of upload: Upload)
    throws(ServiceError) -> PartReceipt
  /// Writes an object that is the whole of another one, which does not pass through this process. Only where
  /// ``UploadRules/rewrites``. Done twice it does no harm.
  /// - Throws: ``ServiceError/Kind/notFound`` if there is no such source.
  func rewrite(_ key: ObjectKey, from source: ObjectKey, if condition: WriteCondition) throws(ServiceError)
    -> Written
  /// Makes the object of its parts, and judges the condition. Not called where the last part has ended the upload
  /// (``UploadRules/endsWithLastPart``): then sending that part judges the condition, and its receipt tells what
  /// was written.
  func complete(_ upload: Upload, _ parts: [PartReceipt], if condition: WriteCondition)
    throws(ServiceError) -> Written
  /// Gives an upload up; what was sent of it is removed.
  func abort(_ upload: Upload) throws(ServiceError)
  /// Uploads that were begun under a prefix before `time` and neither completed nor given up.
  func abandoned(prefix: String, before time: Instant) throws(ServiceError) -> [Upload]
  /// Removes an object; one that is not there is ``ServiceError/Kind/notFound`` where the service tells.
  func delete(_ key: ObjectKey, ifVersion version: String?) throws(ServiceError)
  /// A page of keys, as ``ObjectStore/list(prefix:after:limit:)``.
  func list(prefix: String, after: String?, limit: Int) throws(ServiceError) -> ListPage
  /// The service's own time: one cheap request whose answer has a date.
  func now() throws(ServiceError) -> Instant
}

extension CloudService {
  public var tellsAbsence: Bool { false }

  public func rewrite(_ key: ObjectKey, from source: ObjectKey, if condition: WriteCondition)
    throws(ServiceError)
    -> Written
  {
    throw ServiceError(.invalid, "\(uri(of: key)): whole objects cannot be copied here")
  }
}

/// A body that is being received.
public protocol ServiceBody: AnyObject {
  /// What the headers tell of the object; `size` is the whole object's.
  var info: ObjectInfo { get }
  /// As ``ObjectReader/read(into:)``; throws ``ServiceError/Kind/unreachable`` if the connection broke.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ServiceError) -> Int
}

/// How a service wants large objects.
public struct UploadRules: Sendable {
  /// The least length of a part but the last, in bytes.
  public var leastPart: Int
  /// Every part but the last is a multiple of this, in bytes.
  public var multiple: Int
  /// How many parts an object may have.
  public var mostParts: Int
  /// Whether a range of another object can be a part.
  public var copies: Bool
  /// Whether an object can be made of the whole of another, if ranges cannot be copied (``copies``).
  public var rewrites = false
  /// Whether parts come one after the other and the last one ends the upload.
  public var endsWithLastPart: Bool

  /// Puts them together.
  public init(leastPart: Int, multiple: Int, mostParts: Int, copies: Bool, endsWithLastPart: Bool) {
    self.leastPart = leastPart
    self.multiple = multiple
    self.mostParts = mostParts
    self.copies = copies
    self.endsWithLastPart = endsWithLastPart
  }
}

/// An upload under way.
public struct Upload: Hashable, Sendable {
  /// The object that it is to be.
  public var key: ObjectKey
  /// What the service calls it: an id, or the address of a session.
  public var id: String

  /// Puts the two together.
  public init(key: ObjectKey, id: String) {
    self.key = key
    self.id = id
  }
}

/// Which part of an upload.
public struct UploadPart: Hashable, Sendable {
  /// From 1 on.
  public var number: Int
  /// Where it begins in the object.
  public var offset: Int
  /// The length of the whole object if this is its last part.
  public var total: Int?

  /// Puts the three together.
  public init(number: Int, offset: Int, total: Int? = nil) {
    self.number = number
    self.offset = offset
    self.total = total
  }
}

/// What a service said of a part that it took.
public struct PartReceipt: Hashable, Sendable {
  /// Which.
  public var number: Int
  /// How the service names its content.
  public var tag: String
  /// If the part ended the upload: what was written.
  public var written: Written?

  /// Puts the three together.
  public init(number: Int, tag: String, written: Written? = nil) {
    self.number = number
    self.tag = tag
    self.written = written
  }
}
