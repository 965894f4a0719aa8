public import Basics
import History
import ObjectStore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A call in which the store fails, answers get lost and the process dies, by a seed: `STRANDLINE_CHAOS`.
/// Only on stores that say that they are for this.
struct Rehearsal {
  /// The variable that asks for it.
  static let variable = "STRANDLINE_CHAOS"

  private let function: String
  private let log: any Log
  private let seed: ChaosSeed
  private let chaos: Chaos

  /// What the environment asks for; nil if it does not.
  /// - Throws: ``Failure/Kind/usage`` if it cannot be understood.
  init?(function: String, log: any Log) throws(Failure) {
    guard let text = Environment.value(Self.variable) else { return nil }
    let seed = ChaosSeed(text) {
      var generator = SystemRandomNumberGenerator()
      return UInt64.random(in: 0..<1 << 32, using: &generator)
    }
    guard let seed else {
      throw Failure(
        .usage,
        "\(Self.variable)=\(text): give a number as seed, or random, and how many operations of a hundred are to "
          + "meet a fault if not \(ChaosSeed.usualStrength): 7, 7:20, random:1")
    }
    self.function = function
    self.log = log
    self.seed = seed
    chaos = Chaos(
      seed, process: function,
      sleep: { milliseconds in SystemClock().sleep(seconds: Double(milliseconds) / 1000) },
      die: {
        // Nobody gets a chance to tidy up: that is the point.
        kill(getpid(), SIGKILL)
        while true { pause() }
      },
      say: { log.warning($0) })
  }

  /// The store with its faults.
  /// - Throws: ``Failure/Kind/settings`` unless it is one for rehearsals.
  func disturb(_ store: any ObjectStore) throws(Failure) -> any ObjectStore {
    let found: (marker: StagingMarker?, version: String)?
    do { found = try StagingMarker.read(store) } catch {
      throw Failure(
        error.kind == .denied || error.kind == .invalid ? .settings : .unavailable,
        "store \(store.location): \(error)")
    }
    guard let found else { throw refusal(store, "it has no \(StagingMarker.path)") }
    guard let marker = found.marker else { throw refusal(store, "its \(StagingMarker.path) cannot be read") }
    guard marker.store == store.location else {
      throw refusal(store, "its \(StagingMarker.path) was made for \(marker.store), and came with a copy")
    }
    log.warning("\(Self.variable)=\(seed): \(store.location) is going to fail \(function) now and then")
    return chaos.disturb(store)
  }

  private func refusal(_ store: any ObjectStore, _ reason: String) -> Failure {
    Self.refusal(store.location, reason)
  }

  /// Why a store is not touched.
  static func refusal(_ place: String, _ reason: String) -> Failure {
    Failure(
      .settings,
      "\(variable) is set, and \(place) is not marked as a store for rehearsals: \(reason). "
        + "Unset it; or, if this store is there to be tried, `audit --mark-staging --store \(FeedAddress.quoted(place))`"
    )
  }
}

extension Call {
  /// Marks the store as one for rehearsals. A directory is made if it is not there.
  public func markStaging() throws(Failure) {
    guard let place = try storePlace().place else { throw Self.noStore }
    if common.dryRun { return log.info("dry run: \(place) would be marked as a store for rehearsals") }
    let store = try stores.openAsItIs(place, create: true)
    do {
      let isNew = try StagingMarker.write(to: store)
      log.info(
        "\(store.location) is \(isNew ? "" : "already ")marked as a store for rehearsals: functions that are called with "
          + "\(Rehearsal.variable)=SEED may fail on it at any moment. Remove \(StagingMarker.path) to end that"
      )
    } catch {
      throw Failure(
        error.kind == .denied || error.kind == .invalid ? .settings : .unavailable,
        "store \(store.location): \(error)")
    }
  }
}
