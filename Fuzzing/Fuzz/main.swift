// Fuzz TARGET [flags and folders of libFuzzer]: searches inputs at which a parser does what it should not.
import FuzzTargets

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@_silgen_name("LLVMFuzzerRunDriver")
@unsafe private func runFuzzer(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

private let name = CommandLine.arguments.dropFirst().first ?? "--list"
private let target =
  (FuzzTarget.all + [.planted]).first { $0.name == name } ?? .planted

if name == "--list" {
  for target in FuzzTarget.all { print(target.name, target.longest) }
  exit(0)
}
guard name == target.name else {
  print("There is no target \(name); Fuzz --list names them.")
  exit(64)
}

// libFuzzer does not know the first argument. Its own name stays.
private let arguments = unsafe CommandLine.unsafeArgv
unsafe arguments[1] = unsafe arguments[0]
private var count = CommandLine.argc - 1
nonisolated(unsafe) private var flags = unsafe arguments + 1
exit(
  unsafe runFuzzer(&count, &flags) { bytes, length in
    do {
      try unsafe target.check(Array(UnsafeBufferPointer(start: bytes, count: length)))
    } catch {
      // A check throws findings alone; whatever else comes out of one is a finding too.
      fatalError("\(name): \(error)")
    }
    return 0
  })
