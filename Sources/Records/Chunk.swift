import CLanes

/// Sixty-four bytes at once. Which of them are something is told as bits, the first byte's in the lowest place.
///
/// Swift's own vectors have no instruction that makes bits of a mask; a C header says it as compilers know it.
enum Chunk {
  static let size = 64
}

extension View {
  /// What the chunk at `index` is.
  @inline(__always) func marks(at index: Int, delimiter: UInt8) -> lanes_marks {
    precondition(index >= 0 && index <= count &- Chunk.size)
    return unsafe lanes_mark(base + index, delimiter)
  }

  /// Calls `body` with what one chunk after the other is. The last one ends where the view does: so many of its first
  /// bytes do not count. `padded`: the view after as many zeros as make a chunk of it, if it is shorter than one.
  @inline(__always) func forEachChunk(
    padded: View, delimiter: UInt8, _ body: (_ marks: lanes_marks, _ surplus: UInt64) -> Void
  ) {
    let source = count < Chunk.size ? padded : self
    let last = source.count &- Chunk.size
    var index = 0
    if count >= Chunk.size {
      while index <= last {
        body(source.marks(at: index, delimiter: delimiter), 0)
        index &+= Chunk.size
      }
    }
    let surplus = index &+ Chunk.size &- count
    if surplus < Chunk.size {
      body(source.marks(at: last, delimiter: delimiter), UInt64(truncatingIfNeeded: surplus))
    }
  }
}
