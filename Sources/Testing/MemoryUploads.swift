public import Basics
public import CloudStore
public import ObjectStore
import Synchronization

extension MemoryService {
  public func beginUpload(_ key: ObjectKey, if condition: WriteCondition) throws(ServiceError) -> Upload {
    state.withLock { state in
      state.changes += 1
      let upload = Upload(key: key, id: "upload-\(state.changes)")
      state.sessions[upload.id] = Session(key: key, condition: condition, begun: date())
      return upload
    }
  }

  public func send(
    _ part: UploadPart, _ bytes: [UInt8], of upload: Upload
  ) throws(ServiceError) -> PartReceipt {
    try state.withLock { (state) throws(ServiceError) in
      guard var session = state.sessions[upload.id] else {
        throw ServiceError(.noSuchUpload, "NoSuchUpload")
      }
      let receipt = PartReceipt(number: part.number, tag: Self.hash(bytes), written: session.written)
      if uploads.endsWithLastPart, session.written != nil { return receipt }
      let isLast = part.total != nil
      if uploads.endsWithLastPart {
        let before = session.parts.filter { $0.key < part.number }.reduce(0) { $0 + $1.value.count }
        guard before == part.offset else { throw ServiceError(.invalid, "it goes on at \(before)") }
        guard isLast || bytes.count % uploads.multiple == 0, !bytes.isEmpty else {
          throw ServiceError(.invalid, "\(bytes.count) bytes are no multiple of \(uploads.multiple)")
        }
      }
      guard (1...uploads.mostParts).contains(part.number) else { throw ServiceError(.invalid, "part number") }
      session.parts[part.number] = bytes
      state.sessions[upload.id] = session
      guard uploads.endsWithLastPart, isLast else { return receipt }
      let whole = (1...part.number).flatMap { session.parts[$0] ?? [] }
      guard whole.count == part.total else { throw ServiceError(.invalid, "the total is \(whole.count)") }
      let written = try replace(&state, session.key, whole, session.condition)
      state.sessions[upload.id]?.written = written
      state.sessions[upload.id]?.parts = [:]
      return PartReceipt(number: part.number, tag: "", written: written)
    }
  }

  public func copy(
    _ part: UploadPart, from key: ObjectKey, range: Range<Int>, of upload: Upload
  ) throws(ServiceError) -> PartReceipt {
    if !uploads.copies { throw ServiceError(.invalid, "NotImplemented: a copy") }
    let (object, info) = try found(key)
    guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= info.size else {
      throw ServiceError(.invalid, "InvalidRange: it has \(info.size) bytes")
    }
    return try send(part, Array(object.bytes[range]), of: upload)
  }

  public func complete(
    _ upload: Upload, _ parts: [PartReceipt], if condition: WriteCondition
  ) throws(ServiceError) -> Written {
    try state.withLock { (state) throws(ServiceError) in
      guard let session = state.sessions[upload.id], session.written == nil else {
        throw ServiceError(.noSuchUpload, "NoSuchUpload")
      }
      var whole: [UInt8] = []
      for (index, part) in parts.enumerated() {
        guard let bytes = session.parts[part.number], Self.hash(bytes) == part.tag else {
          throw ServiceError(.invalid, "InvalidPart")
        }
        let isLast = index == parts.count - 1
        if !isLast, bytes.count < uploads.leastPart || bytes.count % uploads.multiple != 0 {
          throw ServiceError(.invalid, "EntityTooSmall")
        }
        whole += bytes
      }
      if parts.isEmpty { throw ServiceError(.invalid, "MalformedXML: no parts") }
      let written = try replace(&state, session.key, whole, condition)
      state.sessions[upload.id] = nil
      return written
    }
  }

  public func abort(_ upload: Upload) throws(ServiceError) {
    try state.withLock { (state) throws(ServiceError) in
      guard let session = state.sessions[upload.id], session.written == nil else {
        throw ServiceError(.noSuchUpload, "NoSuchUpload")
      }
      state.sessions[upload.id] = nil
    }
  }

  public func abandoned(prefix: String, before time: Instant) throws(ServiceError) -> [Upload] {
    state.withLock { state in
      state.sessions.filter {
        $0.value.written == nil && $0.value.begun < time && $0.value.key.description.hasPrefix(prefix)
      }.map { Upload(key: $0.value.key, id: $0.key) }
    }
  }
}
