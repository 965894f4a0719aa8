extension View {
  /// Where the first byte is that does not belong to well-formed UTF-8 (Unicode 16, table 3-7), or nil.
  func firstInvalidUTF8() -> Int? {
    var index = 0
    while true {
      while index &+ 8 <= count {
        let marks = word(at: index) & Word.highs
        if marks != 0 {
          index &+= Word.index(marks)
          break
        }
        index &+= 8
      }
      while index < count, self[index] < 0x80 { index &+= 1 }
      if index == count { return nil }
      // Text that is not ASCII comes in runs.
      while index < count, self[index] >= 0x80 {
        let length = sequenceLength(at: index)
        if length == 0 { return index }
        index &+= length
      }
    }
  }

  /// The length of the well-formed sequence that begins with a byte above 0x7F, or zero.
  @inline(__always) private func sequenceLength(at index: Int) -> Int {
    let lead = self[index]
    let left = count &- index
    if lead < 0xE0 {
      return lead >= 0xC2 && left >= 2 && isTrail(index &+ 1) ? 2 : 0
    }
    if lead < 0xF0 {
      guard left >= 3, isTrail(index &+ 1), isTrail(index &+ 2) else { return 0 }
      let second = self[index &+ 1]
      if lead == 0xE0 && second < 0xA0 { return 0 }
      if lead == 0xED && second > 0x9F { return 0 }
      return 3
    }
    guard lead <= 0xF4, left >= 4, isTrail(index &+ 1), isTrail(index &+ 2), isTrail(index &+ 3) else {
      return 0
    }
    let second = self[index &+ 1]
    if lead == 0xF0 && second < 0x90 { return 0 }
    if lead == 0xF4 && second > 0x8F { return 0 }
    return 4
  }

  @inline(__always) private func isTrail(_ index: Int) -> Bool { self[index] & 0xC0 == 0x80 }
}
