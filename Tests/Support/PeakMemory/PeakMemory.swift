@unsafe @preconcurrency import Glibc

/// `PeakMemory FILE PROGRAM ARGUMENT…`: runs a program on this process's streams, writes to the file how many KiB
/// of memory it took at most and how many microseconds of the processors, and exits as it did.
///
/// On Linux a child's figure begins with that of the process that started it, so this one has to be small.
@main struct PeakMemory {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count > 2 else { exit(64) }
    var words = unsafe arguments[2...].map { unsafe strdup($0) } + [nil]
    var child: pid_t = 0
    guard unsafe posix_spawnp(&child, arguments[2], nil, nil, &words, environ) == 0 else { exit(69) }
    var status: Int32 = 0
    var usage = rusage()
    while unsafe wait4(child, &status, 0, &usage) < 0, errno == EINTR {}
    if let file = unsafe fopen(arguments[1], "w") {
      let times = [usage.ru_utime, usage.ru_stime].map { Int($0.tv_sec) * 1_000_000 + Int($0.tv_usec) }
      unsafe fputs("\(usage.ru_maxrss) \(times[0] + times[1])", file)
      unsafe fclose(file)
    }
    exit(status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F)
  }
}
