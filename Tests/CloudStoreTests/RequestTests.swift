import Basics
import CloudStore
import ObjectStore
import StrandlineTesting
import Testing

/// How few requests an operation takes, and how little memory.
@Suite struct RequestTests {
  let rig = Rig()
  let key = ObjectKeyForTests.key

  @Test func aSmallObjectIsOneRequestEachWay() throws {
    let store = rig.store()
    try store.put(key, content(1, 5000), if: .absent)
    #expect(try store.get(key).bytes == content(1, 5000))
    #expect(try store.get(key, range: 10..<4000).bytes == Array(content(1, 5000)[10..<4000]))
    #expect(store.requests.description == "3 requests: 1 class A (1 put), 2 class B (2 get)")
  }

  @Test func whatFollowsSoonIsReadOverOneConnection() throws {
    let bytes = content(1, 60_000)
    try rig.store().put(key, bytes, if: .absent)
    let store = rig.store()
    let reader = try store.open(key, range: nil)
    for start in stride(from: 0, to: 50_000, by: 1300) {
      try reader.move(to: start..<start + 1000)
      #expect(try all(reader) == Array(bytes[start..<start + 1000]))
    }
    #expect(store.requests[.get] == 1)
    try reader.move(to: 0..<10)
    #expect(try all(reader) == Array(bytes[..<10]))
    #expect(store.requests[.get] == 2)
  }

  @Test func rangesInOrderAreCopiedOverOneConnectionAndLongOnesInTheStore() throws {
    let bytes = content(1, 60_000)
    let store = rig.store()
    let source = try ObjectKey("source")
    try store.put(source, bytes, if: .absent)
    let short = rig.store()
    let writer = try short.create(key, if: .absent)
    var wanted: [UInt8] = []
    for start in stride(from: 0, to: 50_000, by: 1300) {
      try writer.copy(from: source, range: start..<start + 1000)
      wanted += bytes[start..<start + 1000]
    }
    _ = try writer.commit()
    #expect(rig.service.bytes(key) == wanted)
    #expect(short.requests[.get] == 1, "\(short.requests)")
    let long = rig.store()
    let copy = try long.create(try ObjectKey("copy"), if: .absent)
    try copy.copy(from: source, range: 0..<60_000)
    _ = try copy.commit()
    #expect(rig.service.bytes(try ObjectKey("copy")) == bytes)
    #expect(long.requests[.copy] == 3 && long.requests[.part] == 0 && long.requests[.get] == 0)
  }

  @Test func theSizesOfPartsHoldWhatTheyMust() throws {
    var service = MemoryService.Habits.amazon
    service.uploads.leastPart = 5 << 20
    var (total, number, atTenGigabytes) = (0, 0, 0)
    while number < 10_000 {
      number += 1
      total += CloudSizes().part(number, service.uploads)
      if total >= 10_000_000_000, atTenGigabytes == 0 {
        atTenGigabytes = CloudSizes().part(number, service.uploads)
      }
    }
    #expect(total >= 5 << 40)
    #expect(atTenGigabytes == 28 << 20)
  }

  @Test func anUploadHoldsOnePartInMemory() throws {
    let service = Scripted(rig.service, [])
    let writer = try rig.store(over: service, sizes: CloudSizes()).create(key, if: .absent)
    let piece = [UInt8](repeating: 7, count: 3_000_001)
    for _ in 0..<100 { try writer.write(piece) }
    _ = try writer.commit()
    #expect(service.mostBytes < CloudSizes().part + 1 << 20, "\(service.mostBytes)")
  }

  @Test func droppedAndAbandonedUploadsGo() throws {
    let store = rig.store()
    do { try store.create(key, if: .absent).write(content(1, 20_000)) }
    #expect(store.requests[.begin] == 1 && store.requests[.abort] == 1)
    #expect(rig.service.openUploads == 0)
    _ = try rig.service.beginUpload(key, if: .absent)
    #expect(try store.removeAbandonedUploads(prefix: "feed/", olderThan: 3600) == 0)
    rig.clock.advance(bySeconds: 4000)
    #expect(try store.removeAbandonedUploads(prefix: "other/", olderThan: 3600) == 0)
    #expect(try store.removeAbandonedUploads(prefix: "feed/", olderThan: 3600) == 1)
    #expect(rig.service.openUploads == 0)
  }

  @Test func aReplacedObjectIsNotGoneOnWith() throws {
    let store = rig.store()
    try store.put(key, content(1, 60_000), if: .absent)
    let reader = try store.open(key, range: nil)
    try store.put(key, content(2, 60_000), if: .none)
    try reader.move(to: 50_000..<50_100)
    let error = #expect(throws: StoreError.self) { try all(reader) }
    #expect(error?.kind == .unavailable)
    #expect(error?.message.contains("replaced or removed while it was being read") == true)
  }

  private func all(_ reader: any ObjectReader) throws(StoreError) -> [UInt8] {
    var buffer = ByteBuffer()
    while true {
      let read = unsafe try buffer.append(atMost: 700) { (room) throws(StoreError) in
        unsafe try reader.read(into: room)
      }
      if read == 0 { return buffer.array() }
    }
  }
}
