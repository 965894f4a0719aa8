public import Blocks
import Basics
import Documents
import Hashing

extension RunEvent {
  /// SHA-256 of the bytes under which the event is stored as an answer, in hexadecimal.
  public var sha256: String { hex(SHA256.digest(Documents.sealed(self))) }
}

extension RunReport.Dump {
  /// Notes the objects that hold it, apart from those that earlier entries name.
  /// - Parameter refused: the objects of the refused dump by which it was described too.
  public mutating func note(_ pack: ObjectRef, of manifest: Manifest, after refused: [ObjectRef]?) {
    let used = Set(manifest.objects.map(\.key))
    packs = (refused ?? []).filter { used.contains($0.object) }.suffix(63) + [pack]
  }
}

extension Head {
  /// Takes over what a run's report says of objects that come with it.
  public mutating func note(_ report: RunReport, alsoPacks: [ObjectRef], keys: [ObjectRef]) {
    let packs = (report.dump?.packs ?? []) + alsoPacks
    self.packs = packs.isEmpty ? nil : packs
    self.keys = ((report.keys ?? []) + keys).few
    quarantine = report.quarantine
    answer = report.work?.acknowledges
  }
}

extension [ObjectRef] {
  /// These, unless they are none or too many to be named in an event: after a change of the key it may be hundreds.
  public var few: [ObjectRef]? { (1...8).contains(count) ? self : nil }
}
