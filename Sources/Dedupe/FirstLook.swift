import Blocks
import Hashing
import Records

/// What was found out about each record of a first dump while it was read.
public final class FirstLook {
  /// What was found out.
  public struct Found: Sendable {
    /// What is taken, as if no key came twice.
    var patch = Patch()
    /// The short keys, 0 where a record has none.
    var shorts: [UInt32] = []
    /// The records that cannot be read.
    var rejects: [Reject] = []
  }

  private(set) var found = Found()
  private let entry: Int
  private let fingerprinter: Fingerprinter
  private var parser: EntryParser
  /// Of records that are not noted yet.
  private var shorts: [UInt32] = []

  /// - Parameter entry: the number of the timeline's entry that the dump will be.
  init(_ parser: consuming EntryParser, _ fingerprinter: Fingerprinter, entry: Int) {
    self.parser = parser
    self.fingerprinter = fingerprinter
    self.entry = entry
  }

  /// Takes the next record.
  func take(_ bytes: UnsafeRawBufferPointer, oversized: Bool = false) {
    switch oversized ? .bad(.tooLong) : unsafe parser.parse(bytes) {
    case .record: note(.since(entry), parser.key.short)
    case .blank: note(.blank, 0)
    case .bad: refuse()
    }
  }

  /// Takes the records of `window` that a survey found.
  func take(_ survey: borrowing CSVSurvey, _ window: UnsafeRawBufferPointer) {
    let (records, keys) = unsafe (survey.found, survey.keyBytes)
    var scratch: [UInt32] = []
    swap(&scratch, &shorts)
    let fingerprinter = fingerprinter
    var (start, keyStart, same) = (0, 0, 0)
    for index in records.indices {
      let record = unsafe records[index]
      let (end, keyEnd) = (Int(record.end), Int(record.keyEnd))
      if record.kind == .record {
        let key = unsafe fingerprinter.fingerprint(UnsafeRawBufferPointer(rebasing: keys[keyStart..<keyEnd]))
        scratch.append(key.short)
        same += 1
      } else {
        noteTaken(&scratch, &same)
        if record.kind == .blank {
          note(.blank, 0)
        } else {
          unsafe take(UnsafeRawBufferPointer(rebasing: window[start..<end]))
        }
      }
      (start, keyStart) = (end, keyEnd)
    }
    noteTaken(&scratch, &same)
    swap(&scratch, &shorts)
  }

  private func noteTaken(_ scratch: inout [UInt32], _ count: inout Int) {
    found.patch.append(.since(entry), count: count)
    found.shorts += scratch
    scratch.removeAll(keepingCapacity: true)
    count = 0
  }

  private func refuse() {
    found.rejects.append(Reject(ordinal: UInt32(found.shorts.count)))
    note(.bad, 0)
  }

  private func note(_ tag: Patch.Tag, _ short: UInt32) {
    found.shorts.append(short)
    found.patch.append(tag)
  }
}
