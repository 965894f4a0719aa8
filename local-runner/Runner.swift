import Basics
import Glibc
// Where the Swift toolchain declares timespec.
import SwiftOverlayShims

/// A feed and when it is run.
struct Schedule {
  let name: String
  let file: String
  /// Seconds between the starts of two runs; nil: once.
  let period: Double?
}

/// All feeds' runs, in one loop that waits for the end of a function, a point in time or a signal.
struct Runner {
  struct Settings {
    let functions: Functions
    let store: String?
    let logs: String
    /// Seconds.
    let timeLimit: Double
    let killAfter: Double
    let stopAfter: Double
    /// Whether nothing is to be written.
    let isDry: Bool
    let triesAgain: Bool
    /// By what the functions are made to fail; nil: they are not.
    var chaos: ChaosSeed?
  }

  private struct Feed {
    let schedule: Schedule
    /// Monotonic seconds; nil: never again.
    var nextTick: Double?
    var run: Run?
    var runs = 0
    var experience = Experience()
  }

  private let settings: Settings
  private var feeds: [Feed]
  private var isStopping = false
  private var worst: Int32 = 0

  init(_ settings: Settings, feeds: [Schedule]) {
    self.settings = settings
    self.feeds = feeds.map { Feed(schedule: $0, nextTick: -.infinity, run: nil) }
  }

  /// Runs until nothing is left to do or a signal says so; the worst exit code of the runs if they ran once.
  mutating func run() throws(Failure) -> Int32 {
    if let store = settings.store { unsafe setenv("STRANDLINE_STORE", store, 1) }
    try makeFolder(settings.logs)
    let signals = Signals()
    while true {
      let now = monotonicClock()
      for index in feeds.indices {
        step(index, now: now)
        tick(index, now: now)
      }
      let waits = feeds.flatMap { [isStopping ? nil : $0.nextTick, $0.run?.next] }.compactMap { $0 }
      guard let next = waits.min() else { break }
      switch signals.next(seconds: next - monotonicClock()) {
      case nil, SIGCHLD?: break
      default: stop()
      }
    }
    return feeds.contains { $0.schedule.period != nil } ? 0 : worst
  }

  private mutating func step(_ index: Int, now: Double) {
    guard let line = feeds[index].run?.step(now: now) else { return }
    if let run = feeds[index].run {
      worst = max(worst, run.summary.code)
      feeds[index].experience = run.experience
    }
    feeds[index].run = nil
    say(line)
  }

  private mutating func tick(_ index: Int, now: Double) {
    guard !isStopping, let due = feeds[index].nextTick, due <= now else { return }
    let schedule = feeds[index].schedule
    // A missed tick is not made up for.
    feeds[index].nextTick = schedule.period.map { period in
      due.isFinite ? due + period * ((now - due) / period + 1).rounded(.down) : now + period
    }
    if let run = feeds[index].run {
      let since = Instant(seconds: run.start.microseconds / 1_000_000)
      let time = Instant(seconds: wallClock().microseconds / 1_000_000)
      say("\(time) \(schedule.name) skipped; the run of \(since) is still under way")
      return
    }
    do throws(Failure) {
      feeds[index].runs += 1
      let rehearsal = settings.chaos.map {
        Rehearsal(seed: $0, feed: schedule.name, run: feeds[index].runs)
      }
      feeds[index].run = try Run(
        schedule, settings, now: now, rehearsal: rehearsal, experience: feeds[index].experience)
    } catch {
      var summary = Summary()
      summary.fail(error.kind.rawValue, error.message)
      worst = max(worst, error.kind.rawValue)
      say(summary.line(feed: schedule.name, start: wallClock(), seconds: 0, log: nil))
    }
  }

  private mutating func stop() {
    isStopping = true
    let now = monotonicClock()
    for index in feeds.indices { feeds[index].run?.stop(now: now) }
  }

  /// Whoever read the lines is gone: nobody wants further runs.
  private mutating func say(_ line: String) {
    if !write(Array((line + "\n").utf8), to: 1), !isStopping { stop() }
  }
}

/// This machine's time of day.
func wallClock() -> Instant {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
}

/// Seconds that only go forward.
func monotonicClock() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
