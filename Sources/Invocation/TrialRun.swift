import Basics
import History
import ObjectStore
import Stages
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A trial run's writes: kept beside the store, in a directory that is thrown away, or that the caller named so that the
/// next function finds them.
final class TrialRun: Sendable {
  /// The variable that names the directory for all functions of a run.
  static let variable = "STRANDLINE_OVERLAY"
  /// How many objects are named one by one.
  private static let shown = 6

  private let named: String?
  private let opened = Mutex<(overlay: OverlayStore?, temporary: String?)>((nil, nil))

  /// Whether writes stay for the next function.
  var isShared: Bool { named != nil }

  init() { named = Environment.value(Self.variable) }

  /// Puts a directory in front of a store.
  /// - Parameter isAlone: whether no other function is to find what is written, whatever directory is named; nothing is said
  ///   of it at the end either.
  func overlay(_ base: any ObjectStore, isAlone: Bool = false) throws(Failure) -> OverlayStore {
    // Of two stores one directory would make one.
    guard opened.withLock({ $0.overlay == nil }) else {
      throw Failure(
        .usage,
        "--dry-run is for functions that work on one store: replay --into writes to the other store alone, so name one "
          + "that you throw away")
    }
    var path = isAlone ? "" : named ?? ""
    if path.isEmpty {
      var template = Array("\(Environment.value("TMPDIR") ?? "/tmp")/strandline-dry-XXXXXX".utf8CString)
      guard unsafe mkdtemp(&template) != nil else {
        throw Failure(
          .unavailable,
          "a directory for the trial run: \(unsafe String(cString: strerror(errno))); set TMPDIR")
      }
      path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
      let made = path
      opened.withLock { $0.temporary = made }
    }
    do {
      let overlay = OverlayStore(over: base, writingTo: try DirectoryStore(path: path, create: true))
      if !isAlone { opened.withLock { $0.overlay = overlay } }
      return overlay
    } catch {
      throw Failure(.unavailable, "a directory for the trial run: \(error)")
    }
  }

  /// What a run would have changed in the store; nil if nothing was opened.
  var summary: String? {
    guard let overlay = opened.withLock({ $0.overlay }) else { return nil }
    var last: [(key: ObjectKey, size: Int?)] = []
    for change in overlay.changes {
      last.removeAll { $0.key == change.key }
      last.append((change.key, change.size))
    }
    let written = last.filter { $0.size != nil }
    let bytes = written.reduce(0) { $0 + ($1.size ?? 0) }
    var text = "dry run, the store is as it was. It would write \(written.count) objects of \(bytes) bytes"
    if last.count > written.count { text += " and remove \(last.count - written.count)" }
    let names = last.prefix(Self.shown).map { $0.size == nil ? "-\($0.key)" : "\($0.key)" }
    if !names.isEmpty { text += ": " + names.joined(separator: ", ") }
    if last.count > Self.shown { text += " and \(last.count - Self.shown) more" }
    return text
  }

  /// Throws away what nobody is to find.
  func end() {
    guard let path = opened.withLock({ $0.temporary }) else { return }
    removeTree(path)
  }
}

/// What a process that is told to end has to tidy away.
final class Trials: Sendable {
  private let trial = Mutex<TrialRun?>(nil)

  func note(_ trial: TrialRun) { self.trial.withLock { $0 = trial } }
  func end() { trial.withLock { $0 }?.end() }
}

extension Call {
  /// A store; in a trial run one that takes no writes.
  func store(_ place: String, create: Bool) throws(Failure) -> any ObjectStore {
    guard common.dryRun else { return try stores.open(place, create: create) }
    // A directory that a first run would make, or that its first stage would have made.
    let path = place.hasPrefix("file://") ? String(place.dropFirst(7)) : place
    if create || trial.isShared, !stores.isRehearsal, !path.contains("://"), unsafe access(path, F_OK) != 0,
      errno == ENOENT
    {
      return try trial.overlay(MemoryStore(location: place, time: SystemClock().now()))
    }
    return try trial.overlay(try stores.open(place, create: false))
  }

  /// An event of a trial run is for trial runs alone, and only if they find what the stage before wrote.
  func takeMark(_ event: inout RunEvent, before stage: Stage) throws(Failure) {
    guard event.data.dry == true else { return }
    event.data.dry = nil
    guard common.dryRun else {
      throw Failure(
        .usage,
        "the event is of a dry run: what it names is not in the store. Call \(stage.rawValue) with --dry-run")
    }
    guard trial.isShared || event.data.outcome.isFinal else {
      throw Failure(
        .usage,
        "what the stage before would have written was thrown away: set \(TrialRun.variable) to an empty directory for "
          + "all functions of the dry run, or use local-runner --once --dry-run")
    }
  }
}
