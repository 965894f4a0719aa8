import Basics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Sorted runs of names in a temporary file that has no name of its own, and what they are merged into.
struct SpilledNames: ~Copyable {
  /// Bytes of each run that are at hand.
  private static let window = 32 << 10

  /// One run while it is merged.
  private final class Run {
    let range: Range<Int>
    var buffer = ByteBuffer(capacity: SpilledNames.window)
    var position: Int
    /// The current name within the buffer.
    var name = 0..<0

    init(_ range: Range<Int>) {
      self.range = range
      position = range.lowerBound
    }

    var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(rebasing: buffer.bytes[name]) }
  }

  private let file: Int32
  private let folder: String
  private var output = ByteBuffer(capacity: 1 << 20)
  private var written = 0
  private var starts = [0]
  /// A heap: the run with the least name is the first.
  private var runs: [Run] = []
  private var last = ByteBuffer()
  private var isFirst = true

  init(folder: String) throws(Failure) {
    self.folder = folder
    var template = Array("\(folder)/strandline-XXXXXX".utf8CString)
    file = unsafe mkstemp(&template)
    guard file >= 0 else {
      throw Failure(.unavailable, "a temporary file in \(folder): \(systemText(errno)); set TMPDIR")
    }
    unsafe unlink(template)
  }

  deinit { if file >= 0 { close(file) } }

  mutating func write(_ name: UnsafeRawBufferPointer) throws(Failure) {
    var length = UInt32(name.count).littleEndian
    unsafe withUnsafeBytes(of: &length) { unsafe output.append($0) }
    unsafe output.append(name)
    if output.count >= 1 << 20 { try flush() }
  }

  mutating func endRun() throws(Failure) {
    try flush()
    starts.append(written)
  }

  private mutating func flush() throws(Failure) {
    var done = 0
    while done < output.count {
      let count = unsafe pwrite(
        file, output.bytes.baseAddress.map { unsafe $0 + done }, output.count - done, off_t(written))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw Failure(.unavailable, "a temporary file in \(folder): \(systemText(errno)); set TMPDIR")
      }
      done += count
      written += count
    }
    output.truncate()
  }

  /// Begins to merge.
  mutating func begin() throws(Failure) {
    for (start, end) in zip(starts, starts.dropFirst()) where start < end {
      let run = Run(start..<end)
      if try advance(run) { runs.append(run) }
    }
    for index in runs.indices.reversed() { sink(index) }
  }

  /// The next name that is not the same as the one before; false at the end.
  mutating func take(_ name: inout ByteBuffer) throws(Failure) -> Bool {
    while let run = runs.first {
      let isRepeat = unsafe !isFirst && isSame(run.bytes, last.bytes)
      if !isRepeat {
        last.truncate()
        unsafe last.append(run.bytes)
        isFirst = false
      }
      if try !advance(run) {
        runs[0] = runs[runs.count - 1]
        runs.removeLast()
      }
      sink(0)
      guard !isRepeat else { continue }
      unsafe name.append(last.bytes)
      return true
    }
    return false
  }

  private mutating func sink(_ start: Int) {
    var index = start
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2] where child < runs.count {
        if unsafe isBefore(runs[child].bytes, runs[least].bytes) { least = child }
      }
      if least == index { return }
      runs.swapAt(index, least)
      index = least
    }
  }

  /// Moves a run to its next name; false at its end.
  private func advance(_ run: Run) throws(Failure) -> Bool {
    let start = run.name.upperBound
    if start == run.buffer.count, run.position == run.range.upperBound { return false }
    try need(4, in: run, from: start)
    let place = run.name.upperBound
    let length = Int(
      UInt32(littleEndian: unsafe run.buffer.bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
    try need(4 + length, in: run, from: place)
    let begin = run.name.upperBound + 4
    run.name = begin..<begin + length
    return true
  }

  /// Sees that so many bytes after `start` are at hand; it may be moved to the front, see `run.name`.
  private func need(_ count: Int, in run: Run, from start: Int) throws(Failure) {
    if run.buffer.count - start >= count { return }
    run.buffer.removeFirst(start)
    run.name = 0..<0
    while run.buffer.count < count {
      let wanted = min(max(Self.window, count) - run.buffer.count, run.range.upperBound - run.position)
      let (file, position) = (file, run.position)
      let got = unsafe run.buffer.append(atMost: wanted) { room in
        unsafe max(0, pread(file, room.baseAddress, wanted, off_t(position)))
      }
      guard got > 0 else { throw Failure(.unavailable, "a temporary file in \(folder) cannot be read") }
      run.position += got
    }
  }
}

func isSame(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
  guard a.count == b.count, let first = a.baseAddress, let second = b.baseAddress else {
    return a.count == b.count
  }
  return unsafe memcmp(first, second, a.count) == 0
}

/// Whether bytes come before others, as numbers and then by length.
func isBefore(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
  guard let first = a.baseAddress, let second = b.baseAddress else { return a.count < b.count }
  let order = unsafe memcmp(first, second, min(a.count, b.count))
  return order == 0 ? a.count < b.count : order < 0
}

func systemText(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
