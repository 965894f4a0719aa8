public import Basics
import Converting
import FeedFile

/// What a dump is packed as.
package enum Packing: String, CaseIterable {
  case none, gzip, zstd, zip

  /// By what a file's name ends in; nil if that says nothing.
  package init?(name: some StringProtocol) {
    let name = name.lowercased()
    if name.hasSuffix(".gz") {
      self = .gzip
    } else if name.hasSuffix(".zst") || name.hasSuffix(".zstd") {
      self = .zstd
    } else if name.hasSuffix(".zip") {
      self = .zip
    } else {
      return nil
    }
  }

  /// By what it begins with: none of these is the beginning of text.
  package init(beginning: [UInt8]) {
    if beginning.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if beginning.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
      || beginning.count >= 4 && beginning[0] & 0xF0 == 0x50 && beginning[1...3] == [0x2A, 0x4D, 0x18]
    {
      self = .zstd
    } else if beginning.starts(with: Array("PK\u{3}\u{4}".utf8))
      || beginning.starts(with: Array("PK\u{5}\u{6}".utf8))
    {
      self = .zip
    } else {
      self = .none
    }
  }

  var unpacker: (any Converter)? {
    switch self {
    case .none: nil
    case .gzip: Unpacker(.gzip)
    case .zstd: Unpacker(.zstd)
    case .zip: ZipUnpacker()
    }
  }
}

extension SourceRequest {
  /// The dump that a body from the source is: unpacked, as UTF-8, without what stands around it, XML as JSON Lines.
  /// - Parameter packing: what it is packed as, by its name or its server; nil: its beginning says.
  /// - Throws: ``Failure/Kind/settings`` for what this system cannot convert.
  func dump(of body: any SourceBody, packing: Packing?) throws(Failure) -> any SourceBody {
    if depth == .asItComes { return body }
    let peeked = PeekedBody(body)
    let packing = try self.packing(of: peeked, packing)
    if packing != .none || conversion.changesText { peeked.noteDigest() }
    let maxBytes = expect?.maxBytes ?? Source.Expect().maxBytes
    var dump: any SourceBody = peeked
    if let unpacker = packing.unpacker {
      dump = ConvertedBody(dump, unpacker, maxRatio: conversion.maxRatio, maxBytes: maxBytes)
    }
    if depth == .unpacked { return dump }
    if let encoding = conversion.encoding {
      guard let decoder = TextDecoder(encoding) else {
        throw Failure(
          .settings,
          "source.encoding: this system knows no encoding \(encoding): `iconv --list` has the names; those that are not "
            + "there may be in the package libc-bin")
      }
      dump = ConvertedBody(dump, decoder, maxBytes: maxBytes)
    } else if conversion.record.isEmpty {
      // XML says itself what it is in.
      dump = GuessedBody(dump)
    }
    if conversion.skip > 0 || conversion.headerStartsWith != nil || conversion.footer != nil {
      let footer = conversion.footer.map { Trimmer.Footer(lines: $0.lines, startsWith: $0.startsWith) }
      let trimmer = Trimmer(skip: conversion.skip, header: conversion.headerStartsWith, footer: footer)
      dump = ConvertedBody(dump, trimmer, maxBytes: maxBytes)
    }
    if !conversion.record.isEmpty {
      let reader = try XMLReader(record: conversion.record, isUTF8: conversion.encoding != nil)
      dump = ConvertedBody(dump, reader, maxBytes: maxBytes)
    }
    return dump
  }

  private func packing(of body: PeekedBody, _ known: Packing?) throws(Failure) -> Packing {
    switch conversion.compression {
    case .none: .none
    case .gzip: .gzip
    case .zstd: .zstd
    case .zip: .zip
    case .auto: known ?? Packing(beginning: body.peek(4))
    }
  }
}

extension SourceOpener {
  /// Whether a file is the dump as it stands, by its name and its first bytes.
  public func isDump(_ request: SourceRequest) throws(Failure) -> Bool {
    guard case .file(let path) = request.location, !request.conversion.changesText,
      Packing(name: path) == nil || request.conversion.compression == .none
    else { return false }
    let beginning = PeekedBody(try FileBody(path: path)).peek(EncodingGuess.length)
    let isPlain =
      [.auto, .none].contains(request.conversion.compression)
      && (request.conversion.compression == .none || Packing(beginning: beginning) == .none)
    // What looks like another encoding is opened in the long way, which says so.
    return isPlain && EncodingGuess.other(Array(beginning.prefix(EncodingGuess.length))) == nil
  }
}
