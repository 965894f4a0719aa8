import Basics
import ObjectStore

/// Who has to wait for a lock, and for what.
extension Lock {
  /// Throws if the holder may still be alive, or the hand-over still be under way.
  func refuse(
    _ document: LockDocument, _ info: ObjectInfo,
    _ isHandedOver: (_ run: String, _ stage: String) throws(Failure) -> String? = { (_, _) throws(Failure) in
      nil
    }
  ) throws(Failure) {
    let age = info.storeTime.seconds(since: info.lastModified)
    let whole = Int(info.storeTime.seconds(since: document.since).rounded())
    switch document.state {
    case .held where age <= document.lease:
      if let next = try isHandedOver(document.run, document.stage) {
        throw waits(document.run, next, age, document.lease)
      }
      throw Failure(
        .tryAgain,
        "run \(document.run) is at stage \(document.stage) since \(whole) s (holder \(document.holder ?? "?"),"
          + " renewed \(Int(age.rounded())) s ago); try again later")
    case .waiting where age <= terms.grace: throw waits(document.run, document.stage, age, terms.grace)
    default: return
    }
  }

  private func waits(_ run: String, _ stage: String, _ age: Double, _ limit: Double) -> Failure {
    Failure(
      .tryAgain,
      "run \(run) waits for stage \(stage) since \(Int(age.rounded())) s: "
        + "`\(goOn(run, stage))` goes on with it now, any new run does in "
        + "\(Int((limit - age).rounded(.up))) s")
  }
}
