#if canImport(Glibc)
  import CLinux
  import Glibc
#endif

/// Has the C library ask the system for memory seldom. Left alone, it gives the end of the heap back whenever something is
/// freed there and asks for it again a moment later, and each page of 4 KiB that is touched anew is a call of the kernel:
/// together an eighth of what `fetch` and `dedupe` cost.
///
/// - Pieces of 1 MiB and more go back when they are freed, so that tables that come one after the other do not count together.
/// - The heap stays, and begins with 16 MiB of addresses (not memory) that the kernel may fill with pages of 2 MiB.
package func prepareMemory() {
  #if canImport(Glibc)
    _ = mallopt(STRANDLINE_MMAP_THRESHOLD, 1 << 20)
    _ = mallopt(STRANDLINE_TRIM_THRESHOLD, 256 << 20)
    _ = mallopt(STRANDLINE_TOP_PAD, 16 << 20)
    // More than is left of the heap that began with the process.
    guard let piece = unsafe malloc(200 << 10) else { return }
    defer { unsafe free(piece) }
    let page = 2 << 20
    let start = (UInt(bitPattern: piece) + UInt(page) - 1) & ~(UInt(page) - 1)
    if let end = unsafe strandline_heap_end().map({ UInt(bitPattern: $0) }), end > start {
      // A kernel without huge pages refuses, and nothing is lost.
      _ = unsafe madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), STRANDLINE_HUGE_PAGES)
    }
    _ = mallopt(STRANDLINE_TOP_PAD, CInt(page))
  #endif
}
