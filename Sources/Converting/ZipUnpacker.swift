public import Basics
import Gzip

/// Unpacks a zip archive (PKWARE's APPNOTE.TXT 6.3, with zip64) that has exactly one file in it, as a stream: from its
/// local headers on, so that it may come from a pipe. What the directory at its end says is compared.
///
/// Folders, and what macOS puts beside a file (`__MACOSX/`), do not count as files.
public final class ZipUnpacker: Converter {
  /// So many names are told of an archive with several files.
  private static let namesTold = 20
  /// So much is unpacked to find the names of further files.
  private static let searched = 64 << 20
  /// More folders than this are none of a dump's.
  private static let folders = 1000

  private enum Place { case signature, data, descriptor, over }

  private var place = Place.signature
  private var member = ZipMember()
  private var names: [String] = []
  private var members: [ZipMember] = []
  private var listed = 0
  private let inflater = RawInflater()
  private var scratch = ByteBuffer(capacity: 4096)
  private var skipped = 0
  private var taken = 0

  /// At the start of an archive.
  public init() {}

  public func convert(
    _ input: UnsafeRawBufferPointer, atEnd: Bool, to output: inout ByteBuffer
  ) throws(ConversionError) -> Int {
    var position = 0
    while output.count < Self.enough {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: input[position...])
      let count = try unsafe step(rest, to: &output)
      guard let count else {
        guard atEnd else { break }
        if place == .over || taken + input.count == 0 { break }
        throw ConversionError("ends early: its zip archive is cut after \(taken + input.count) bytes")
      }
      position += count
      if count == 0, place == .over { break }
    }
    taken += position
    return position
  }

  /// Takes what stands at the front of `input`; nil if more has to be seen.
  private func step(
    _ input: UnsafeRawBufferPointer, to output: inout ByteBuffer
  ) throws(ConversionError) -> Int? {
    switch place {
    case .signature: return try unsafe takeHeader(ZipFields(input))
    case .data: return try unsafe takeData(input, to: &output)
    case .descriptor: return try unsafe takeDescriptor(ZipFields(input))
    case .over:
      if unsafe input.isEmpty { return nil }
      throw damaged("something follows it")
    }
  }

  // MARK: What stands between the files

  private func takeHeader(_ fields: ZipFields) throws(ConversionError) -> Int? {
    guard let signature = fields.number(0, 4) else { return nil }
    switch signature {
    case 0x0403_4b50: return try takeLocalHeader(fields)
    case 0x0201_4b50:  // An entry of the directory.
      try checkNames(isComplete: true)
      guard let entry = ZipMember(entry: fields) else { return nil }
      guard members.contains(where: { $0.isSame(as: entry) }) else {
        throw damaged("its directory says something else than its files")
      }
      listed += 1
      return entry.headerLength
    case 0x0606_4b50: return fields.number(4, 8).map { 12 + $0 }.flatMap { fields.has($0) ? $0 : nil }
    case 0x0706_4b50: return fields.has(20) ? 20 : nil
    case 0x0605_4b50:
      guard let comment = fields.number(20, 2), fields.has(22 + comment) else { return nil }
      try checkNames(isComplete: true)
      guard !names.isEmpty else { throw ConversionError("is a zip archive without a file in it") }
      guard listed == members.count else { throw damaged("its directory does not name all of its files") }
      place = .over
      return 22 + comment
    case 0x0806_4b50: throw encrypted
    default:
      throw members.isEmpty
        ? ConversionError("is to be zip and is none")
        : damaged("something unknown stands after \(member.name)")
    }
  }

  private func takeLocalHeader(_ fields: ZipFields) throws(ConversionError) -> Int? {
    guard let found = ZipMember(localHeader: fields) else { return nil }
    guard !found.isEncrypted else { throw encrypted }
    guard [0, 8].contains(found.method), found.method == 8 || !found.hasDescriptor || found.isFolder else {
      throw ConversionError(
        "is a zip archive whose file \(found.name) is packed in a way that is not read as a stream (method "
          + "\(found.method)): pack it with deflate, or as gzip or zstd")
    }
    member = found
    member.expectedPacked = found.packed
    (member.packed, member.unpacked, member.sum) = (0, 0, CRC32())
    if !found.isBeside { names.append(found.name) }
    try checkNames(isComplete: false)
    guard members.count <= Self.folders else {
      throw ConversionError("is a zip archive with more than \(Self.folders) folders, and a dump is one file")
    }
    inflater.reset()
    place = .data
    return found.headerLength
  }

  private var encrypted: ConversionError {
    ConversionError("is an encrypted zip archive, which cannot be read: have it come without a password")
  }

  private func damaged(_ what: String) -> ConversionError {
    ConversionError("is a damaged zip archive: \(what) (near byte \(taken))")
  }

  /// Refuses an archive of several files, once enough of their names are known.
  private func checkNames(isComplete: Bool) throws(ConversionError) {
    guard names.count > 1, isComplete || names.count > Self.namesTold || skipped > Self.searched else {
      return
    }
    let more = isComplete ? "" : " and maybe more"
    throw ConversionError(
      "is a zip archive of \(isComplete ? "\(names.count)" : "several") files, and a dump is one: "
        + names.prefix(Self.namesTold).map { quoted($0.utf8) }.joined(separator: ", ") + more)
  }

  // MARK: A file

  private func takeData(
    _ input: UnsafeRawBufferPointer, to output: inout ByteBuffer
  ) throws(ConversionError) -> Int? {
    // What is not the dump is read over.
    let isDump = names.count == 1 && !member.isBeside
    let consumed: Int
    if isDump {
      consumed = try unsafe unpack(input, to: &output)
    } else {
      scratch.truncate()
      consumed = try unsafe unpack(input, to: &scratch)
      skipped += scratch.count
      try checkNames(isComplete: false)
    }
    guard isDataOver else { return consumed > 0 || member.hasMoved ? consumed : nil }
    if member.hasDescriptor {
      place = .descriptor
    } else {
      guard
        member.isWhole(sum: member.givenSum, packed: member.expectedPacked, unpacked: member.givenUnpacked)
      else { throw damaged("the check sum or the length of \(member.name) is wrong") }
      finishMember()
    }
    return consumed
  }

  private var isDataOver: Bool {
    member.method == 8 ? inflater.isAtEnd : member.packed == member.expectedPacked
  }

  private func unpack(
    _ input: UnsafeRawBufferPointer, to target: inout ByteBuffer
  ) throws(ConversionError) -> Int {
    let before = target.count
    var consumed = 0
    if member.method == 8 {
      _ = try unsafe target.append(atMost: Self.enough) { (room) throws(ConversionError) in
        do throws(GzipError) {
          let (count, made) = try unsafe inflater.inflate(input, into: room)
          consumed = count
          return made
        } catch {
          throw damaged("\(member.name) cannot be unpacked: \(error.reason)")
        }
      }
    } else {
      consumed = min(input.count, member.expectedPacked - member.packed, Self.enough)
      unsafe target.append(UnsafeRawBufferPointer(rebasing: input[..<consumed]))
    }
    unsafe member.sum.update(UnsafeRawBufferPointer(rebasing: target.bytes[before...]))
    member.hasMoved = target.count > before
    member.packed += consumed
    member.unpacked += target.count - before
    return consumed
  }

  /// What says behind a file how long it was; whether it has a signature and numbers of 8 bytes is not told anywhere.
  private func takeDescriptor(_ fields: ZipFields) throws(ConversionError) -> Int? {
    // The directory follows in any case.
    guard fields.has(28) else { return nil }
    for (start, width) in [(4, 4), (4, 8), (0, 4), (0, 8)] {
      if start == 4, fields.number(0, 4) != 0x0807_4b50 { continue }
      let end = start + 4 + 2 * width
      guard let sum = fields.number(start, 4), let packed = fields.number(start + 4, width),
        let unpacked = fields.number(start + 4 + width, width), fields.number(end, 2) == 0x4b50,
        member.isWhole(sum: UInt32(sum), packed: packed, unpacked: unpacked, width: width)
      else { continue }
      finishMember()
      return end
    }
    throw damaged("the check sum or the length of \(member.name) is wrong")
  }

  private func finishMember() {
    members.append(member)
    place = .signature
  }
}
