import Basics
import FeedFile
import Glibc

/// One pass over a feed: the functions one after the other, each fed what the one before it printed.
struct Run {
  private let settings: Runner.Settings
  private let schedule: Schedule
  private let log: LogFile
  private let began: Double
  let start: Instant
  private var stage = 0
  private var child: Child
  private var logOffset = 0
  /// When the running function is sent the next, stronger signal (monotonic seconds).
  private(set) var deadline: Double
  private var hasTimedOut = false
  private var isTerminated = false
  private var isStopping = false
  private(set) var summary = Summary()

  /// Starts the first function.
  init(_ schedule: Schedule, _ settings: Runner.Settings, now: Double) throws(Failure) {
    self.schedule = schedule
    self.settings = settings
    began = now
    start = wallClock()
    log = try LogFile(folder: settings.logs, feed: schedule.name, start: start)
    logOffset = log.size
    deadline = now + settings.timeLimit
    do throws(Failure) {
      child = try Child(
        settings.functions.call(0, ["--feed", schedule.file], isDry: settings.isDry), input: nil, log: log)
    } catch {
      log.close()
      throw error
    }
  }

  /// Asks the running function to end; no further one is started. The second time it is killed.
  mutating func stop(now: Double) {
    child.send(isStopping ? SIGKILL : SIGTERM)
    isStopping = true
    isTerminated = true
    deadline = now + settings.stopAfter
  }

  /// Moves on if the function has ended or its time is up; a line for people when the run is over.
  mutating func step(now: Double) -> String? {
    if let end = child.ended() {
      guard let input = finishStage(end) else { return finished(now) }
      stage += 1
      logOffset = log.size
      do throws(Failure) {
        child = try Child(
          settings.functions.call(stage, isDry: settings.isDry), input: input, log: log)
      } catch {
        summary.fail(error.kind.rawValue, error.message)
        return finished(now)
      }
      deadline = now + settings.timeLimit
      hasTimedOut = false
      isTerminated = false
    } else if now >= deadline {
      child.send(isTerminated ? SIGKILL : SIGTERM)
      hasTimedOut = hasTimedOut || !isTerminated
      isTerminated = true
      deadline = now + settings.killAfter
    }
    return nil
  }

  /// Judges a function's end; the next one's input, or nil if the run ends here.
  private mutating func finishStage(_ end: Child.End) -> [UInt8]? {
    let name = Functions.names[stage]
    let isLast = stage == Functions.names.count - 1
    let said = log.lastLine(from: logOffset).map { ": \($0)" } ?? ""
    guard let output = child.takeOutput() else {
      summary.fail(Failure.Kind.software.rawValue, "\(name) printed more than an event can be")
      return nil
    }
    let isBlank = output.allSatisfy { $0 <= UInt8(ascii: " ") }
    summary.read(output)
    switch end {
    case .exit(0) where isBlank && !isLast:
      summary.fail(Failure.Kind.software.rawValue, "\(name) printed no event")
      return nil
    case .exit(0): break
    case .exit(let code) where !hasTimedOut && !(isStopping && isSignalExit(code)):
      // A refusal is an answer too: the functions after it pass it through.
      let isAnswer = code == Failure.Kind.badData.rawValue && !isBlank
      let said = isAnswer ? summary.message.map { ": \($0)" } ?? said : said
      summary.fail(code, "\(name): exit \(code) (\(Summary.meaning(code)))\(said)", endsRun: !isAnswer)
      guard isAnswer else { return nil }
    default:
      if hasTimedOut {
        let limit = Duration.seconds(settings.timeLimit).feedFileText
        summary.fail(
          Failure.Kind.tryAgain.rawValue, "\(name): took longer than its time limit of \(limit)\(said)")
      } else if isStopping {
        summary.interrupt("\(name) was stopped\(said)")
      } else if case .signal(let number) = end {
        summary.fail(
          Failure.Kind.software.rawValue, "\(name): killed by signal \(number) (\(signalName(number)))\(said)"
        )
      }
      return nil
    }
    if isStopping, !isLast {
      summary.interrupt("stopped after \(name)")
      return nil
    }
    return isLast ? nil : output
  }

  /// What a shell or a program that dies of SIGTERM gives as its exit code, or "try again".
  private func isSignalExit(_ code: Int32) -> Bool {
    code == 128 + SIGTERM || code == Failure.Kind.tryAgain.rawValue
  }

  private func signalName(_ number: Int32) -> String {
    unsafe strsignal(number).map { unsafe String(cString: $0) } ?? "unknown"
  }

  private func finished(_ now: Double) -> String {
    log.close()
    return summary.line(feed: schedule.name, start: start, seconds: now - began, log: log.path)
  }
}
