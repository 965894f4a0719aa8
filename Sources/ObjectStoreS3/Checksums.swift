import Basics

/// On what checksums are sent, beside the SHA-256 of the body that every signature covers.
enum Checksums: Sendable {
  /// Nowhere: `AWS_REQUEST_CHECKSUM_CALCULATION=when_required`.
  case nowhere
  /// On objects that are written by one request. A store that knows none takes no notice.
  case objects
  /// On parts of uploads too: `when_supported`, and with S3 itself.
  ///
  /// An upload has to be begun with it, and the completion to name the checksum of every part: stores that know
  /// half of this refuse to complete, most often where parts were copied.
  case objectsAndParts

  init(_ world: S3Surroundings, _ profiles: Profiles, isAWS: Bool) throws(Failure) {
    let variable = "AWS_REQUEST_CHECKSUM_CALCULATION"
    switch (world.variable(variable) ?? profiles["request_checksum_calculation"])?.lowercased() {
    case nil: self = isAWS ? .objectsAndParts : .objects
    case "when_supported": self = .objectsAndParts
    case "when_required": self = .nowhere
    case let other?:
      throw Failure(.settings, "\(variable) is \"\(other)\": write when_supported or when_required")
    }
  }
}
