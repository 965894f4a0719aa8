/// Sixty-four bytes at once. Which of them are something is told as bits, the first byte's in the lowest place.
struct Chunk {
  static let size = 64

  private let a: SIMD16<UInt8>
  private let b: SIMD16<UInt8>
  private let c: SIMD16<UInt8>
  private let d: SIMD16<UInt8>

  /// The bytes of `view` from `index` on.
  @inline(__always) init(_ view: View, at index: Int) {
    precondition(index >= 0 && index <= view.count &- Self.size)
    unsafe a = (view.base + index).loadUnaligned(as: SIMD16<UInt8>.self)
    unsafe b = (view.base + index).loadUnaligned(fromByteOffset: 16, as: SIMD16<UInt8>.self)
    unsafe c = (view.base + index).loadUnaligned(fromByteOffset: 32, as: SIMD16<UInt8>.self)
    unsafe d = (view.base + index).loadUnaligned(fromByteOffset: 48, as: SIMD16<UInt8>.self)
  }

  /// Which bytes are `first`, and which are `second`.
  @inline(__always) func matches(_ first: UInt8, _ second: UInt8) -> (Laid, Laid) {
    let (one, other) = (SIMD16(repeating: first), SIMD16(repeating: second))
    return (
      Laid(a .== one, b .== one, c .== one, d .== one),
      Laid(a .== other, b .== other, c .== other, d .== other)
    )
  }

  /// Which bytes are `byte`.
  @inline(__always) func matches(_ byte: UInt8) -> Laid {
    let one = SIMD16(repeating: byte)
    return Laid(a .== one, b .== one, c .== one, d .== one)
  }

  /// Which bytes a JSON string cannot hold as they are: quotes, backslashes and control characters.
  @inline(__always) func specials() -> Laid {
    Laid(Self.special(a), Self.special(b), Self.special(c), Self.special(d))
  }

  @inline(__always) private static func special(_ bytes: SIMD16<UInt8>) -> Laid.Mask {
    (bytes .== SIMD16(repeating: Byte.quote)) .| (bytes .== SIMD16(repeating: Byte.backslash))
      .| (bytes .< SIMD16(repeating: 0x20))
  }

  /// All bytes together: a bit is set where one of them has it.
  @inline(__always) func united() -> SIMD16<UInt8> { (a | b) | (c | d) }

  /// Whether one of the bytes is `byte`.
  @inline(__always) func contains(_ byte: UInt8) -> Bool {
    let one = SIMD16(repeating: byte)
    let zero = SIMD16<UInt8>(repeating: 0)
    let ones = SIMD16<UInt8>(repeating: 1)
    let any = zero.replacing(with: ones, where: ((a .== one) .| (b .== one)) .| ((c .== one) .| (d .== one)))
    let halves = unsafe unsafeBitCast(any, to: SIMD2<UInt64>.self)
    return halves.x | halves.y != 0
  }

  /// Whether a byte is not ASCII.
  @inline(__always) var isBeyondASCII: Bool {
    let halves = unsafe unsafeBitCast(united(), to: SIMD2<UInt64>.self)
    return (halves.x | halves.y) & Word.highs != 0
  }

  /// A bit for each byte of a chunk, but not in order. There is no instruction for it that all machines have: the
  /// eight words are laid on top of each other, one bit of each byte for each of them.
  struct Laid {
    typealias Mask = SIMDMask<SIMD16<Int8>>

    /// Zero if no byte is marked.
    let bits: UInt64

    @inline(__always) init(_ a: Mask, _ b: Mask, _ c: Mask, _ d: Mask) {
      let zero = SIMD16<UInt8>(repeating: 0)
      let laid =
        (zero.replacing(with: Self.weights(0), where: a) | zero.replacing(with: Self.weights(2), where: b))
        | (zero.replacing(with: Self.weights(4), where: c) | zero.replacing(with: Self.weights(6), where: d))
      let halves = unsafe unsafeBitCast(laid, to: SIMD2<UInt64>.self)
      bits = UInt64(littleEndian: halves.x | halves.y)
    }

    /// One bit for the lower word, the next for the upper one.
    @inline(__always) private static func weights(_ bit: UInt8) -> SIMD16<UInt8> {
      let (low, high) = (1 as UInt8 &<< bit, 2 as UInt8 &<< bit)
      return SIMD16(lowHalf: SIMD8(repeating: low), highHalf: SIMD8(repeating: high))
    }

    /// The bits in order: bit i of byte j becomes bit j of byte i ("Hacker's Delight", section 7-3).
    @inline(__always) var ordered: UInt64 {
      var word = bits
      var swap = (word ^ (word &>> 7)) & 0x00AA_00AA_00AA_00AA
      word ^= swap ^ (swap &<< 7)
      swap = (word ^ (word &>> 14)) & 0x0000_CCCC_0000_CCCC
      word ^= swap ^ (swap &<< 14)
      swap = (word ^ (word &>> 28)) & 0x0000_0000_F0F0_F0F0
      return word ^ swap ^ (swap &<< 28)
    }
  }
}

extension View {
  /// Calls `body` with one chunk after the other. The last one ends where the view does: so many of its first bytes
  /// do not count. `padded`: the view after as many zeros as make a chunk of it, if it is shorter than one.
  @inline(__always) func forEachChunk(padded: View, _ body: (_ chunk: Chunk, _ surplus: UInt64) -> Void) {
    let source = count < Chunk.size ? padded : self
    let last = source.count &- Chunk.size
    var index = 0
    if count >= Chunk.size {
      while index <= last {
        body(Chunk(source, at: index), 0)
        index &+= Chunk.size
      }
    }
    let surplus = index &+ Chunk.size &- count
    if surplus < Chunk.size { body(Chunk(source, at: last), UInt64(truncatingIfNeeded: surplus)) }
  }
}
