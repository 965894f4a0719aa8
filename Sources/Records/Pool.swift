/// A growable run of plain values that keeps its memory from one record to the next; accesses are checked.
@safe struct Pool<Element: BitwiseCopyable>: ~Copyable {
  private var base: UnsafeMutablePointer<Element>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 64) {
    self.capacity = max(1, capacity)
    unsafe base = .allocate(capacity: max(1, capacity))
  }

  deinit { unsafe base.deallocate() }

  @inline(__always) mutating func append(_ element: Element) {
    if count == capacity { grow() }
    unsafe (base + count).initialize(to: element)
    count &+= 1
  }

  @inline(never) private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    unsafe larger.initialize(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = larger
    capacity *= 2
  }

  /// Appends the place of each bit that is set, where the lowest one's would be `first`. There are `end` elements then.
  @inline(__always) mutating func append(
    marks: UInt64, upTo end: Int, first: Element
  ) where Element == UInt32 {
    precondition(count <= end && end &- count <= 64)
    while capacity &- count < 64 { grow() }
    var left = marks
    var next = count
    // Four at a time, since how many there are is hard to foretell; what is written too many is written over.
    repeat {
      for step in 0..<4 {
        // The highest bit makes no difference but where all are gone.
        let place = (left | 1 &<< 63).trailingZeroBitCount
        unsafe (base + (next &+ step)).initialize(to: first &+ UInt32(truncatingIfNeeded: place))
        left &= left &- 1
      }
      next &+= 4
    } while next < end
    count = end
  }

  @inline(__always) mutating func removeAll() { count = 0 }

  @inline(__always) subscript(_ index: Int) -> Element {
    get {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      return unsafe base[index]
    }
    _modify {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      yield unsafe &base[index]
    }
  }

  /// Sorts the elements from `start` on.
  mutating func sort(from start: Int, by isBefore: (Element, Element) -> Bool) {
    precondition(start <= count)
    var tail = unsafe UnsafeMutableBufferPointer(start: base + start, count: count - start)
    unsafe tail.sort(by: isBefore)
  }

  /// Its elements, until the next change.
  var buffer: UnsafeBufferPointer<Element> { unsafe UnsafeBufferPointer(start: base, count: count) }

  /// What is in it, until the next change.
  @inline(__always) var view: Glimpse { unsafe Glimpse(base: base, count: count) }

  /// A look at a pool's elements. It must not outlive them.
  @safe struct Glimpse {
    private let base: UnsafeMutablePointer<Element>
    let count: Int

    @inline(__always) fileprivate init(base: UnsafeMutablePointer<Element>, count: Int) {
      unsafe self.base = base
      self.count = count
    }

    @inline(__always) subscript(_ index: Int) -> Element {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      return unsafe base[index]
    }

    /// At least 57 bits from bit number `start` on, of all elements one after the other, which are little-endian.
    @inline(__always) func bits(from start: Int) -> UInt64 where Element == UInt64 {
      precondition(start >= 0 && start < count &* 64 &- 63)
      let word = unsafe UnsafeRawPointer(base).loadUnaligned(fromByteOffset: start &>> 3, as: UInt64.self)
      return UInt64(littleEndian: word) &>> UInt64(truncatingIfNeeded: start & 7)
    }
  }
}
