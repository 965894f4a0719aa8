import Basics
import FeedFile
import Glibc

/// One pass over a feed: the functions one after the other, each fed what the one before it printed.
struct Run {
  let settings: Runner.Settings
  let schedule: Schedule
  let log: LogFile
  private let began: Double
  let start: Instant
  private(set) var stage = 0
  /// What the running function was given.
  private(set) var input: [UInt8]?
  private var stageBegan: Double
  private var child: Child
  private var logOffset = 0
  /// When the running function is sent the next, stronger signal (monotonic seconds).
  var deadline: Double
  private var hasTimedOut = false
  var isTerminated = false
  private var isStopping = false
  var summary = Summary()
  let rehearsal: Rehearsal?
  /// What is known of the feed's functions.
  private(set) var experience: Experience
  /// A second process that was given the same event; its answer is nobody's.
  var twin: Twin?
  /// The line for people, while all is over but for that process.
  private var ending: String?

  /// Starts the first function.
  init(
    _ schedule: Schedule, _ settings: Runner.Settings, now: Double, rehearsal: Rehearsal? = nil,
    experience: Experience = Experience()
  ) throws(Failure) {
    self.schedule = schedule
    self.settings = settings
    self.rehearsal = rehearsal
    self.experience = experience
    began = now
    stageBegan = now
    start = wallClock()
    log = try LogFile(folder: settings.logs, feed: schedule.name, start: start)
    logOffset = log.size
    deadline = now + settings.timeLimit
    rehearsal?.announce(0)
    do throws(Failure) {
      child = try Child(settings.functions.call(0, schedule, settings), input: nil, log: log)
    } catch {
      log.close()
      throw error
    }
    disturb(now: now)
  }

  /// Asks the running function to end; no further one is started. The second time it is killed.
  mutating func stop(now: Double) {
    twin?.child.send(SIGKILL)
    if ending != nil { return }
    child.send(isStopping ? SIGKILL : SIGTERM)
    isStopping = true
    isTerminated = true
    deadline = now + settings.stopAfter
  }

  /// When something is to be done, if nothing happens before (monotonic seconds).
  var next: Double { min(ending == nil ? deadline : .infinity, twin?.deadline ?? .infinity) }

  /// Moves on if the function has ended or its time is up; a line for people when the run is over.
  mutating func step(now: Double) -> String? {
    if twin?.hasEnded(now: now) == true { twin = nil }
    if ending == nil { ending = goOn(now) }
    return twin == nil ? ending : nil
  }

  private mutating func goOn(_ now: Double) -> String? {
    if let end = child.ended() {
      if end == .exit(0) { experience.seconds[stage] = now - stageBegan }
      if end != .exit(Failure.Kind.settings.rawValue) { experience.isProven = true }
      guard let output = finishStage(end) else { return finished(now) }
      let before = input
      stage += 1
      input = output
      logOffset = log.size
      rehearsal?.announce(stage)
      do throws(Failure) {
        child = try Child(
          settings.functions.call(stage, schedule, settings), input: output, log: log)
      } catch {
        summary.fail(error.kind.rawValue, error.message)
        return finished(now)
      }
      deadline = now + settings.timeLimit
      hasTimedOut = false
      isTerminated = false
      stageBegan = now
      disturb(now: now, before: before)
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
        let reason = rehearsal == nil ? "took longer than its time limit of \(limit)" : "was told to end"
        summary.fail(Failure.Kind.tryAgain.rawValue, "\(name): \(reason)\(said)")
      } else if isStopping {
        summary.interrupt("\(name) was stopped\(said)")
      } else if case .signal(let number) = end {
        // In a rehearsal that is nobody's fault; nor are signals that nobody sends oneself.
        let kind: Failure.Kind = rehearsal == nil && !isFromOutside(number) ? .software : .tryAgain
        summary.fail(
          kind.rawValue, "\(name): killed by signal \(number) (\(signalName(number)))\(said)"
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

  /// Whether a person, the machine's end or the kernel for want of memory sent a signal, and no crash.
  private func isFromOutside(_ number: Int32) -> Bool { [SIGKILL, SIGTERM, SIGINT, SIGHUP].contains(number) }

  private func signalName(_ number: Int32) -> String {
    unsafe strsignal(number).map { unsafe String(cString: $0) } ?? "unknown"
  }

  private func finished(_ now: Double) -> String {
    log.close()
    return summary.line(feed: schedule.name, start: start, seconds: now - began, log: log.path)
  }
}
