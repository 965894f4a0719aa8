public import Basics
import ObjectStore
import Stages
import StrandlineTesting

/// Damages sound feeds, one place at a time, and sees who notices.
public struct Trials: Sendable {
  /// Who noticed.
  public enum Notice: String, CaseIterable, Sendable {
    /// A function that was asked for something.
    case asked
    /// An audit that verifies, while all answers were right.
    case verified
    /// Nobody, and every answer was right.
    case nobody
  }

  /// What came of one trial.
  public struct Outcome: Sendable {
    /// What kind of object was damaged.
    public let kind: String
    /// What was done to it.
    public let what: String
    /// Who noticed.
    public let notice: Notice
    /// What is not to be; nil if all is as it should be.
    public let wrong: String?
  }

  private let feeds:
    [(feed: SoundFeed, right: [(question: String, answer: Answer)], next: Answer, published: Answer)]

  /// Makes the feeds, and asks them while they are sound.
  public init() throws(Failure) {
    var feeds: [(SoundFeed, [(question: String, answer: Answer)], Answer, Answer)] = []
    for kind in SoundFeed.Kind.allCases {
      let feed = try SoundFeed(kind)
      let questions = Questions(feed: feed)
      let right = questions.ask(feed.store)
      guard try questions.findings(feed.store).isEmpty else {
        throw Failure(.software, "\(kind): \(try questions.findings(feed.store))")
      }
      let later = feed.store.copy()
      let next = questions.run(later)
      for (question, answer) in right + [("next", next), ("published", questions.published(later))] {
        if case .failed(let message) = answer { throw Failure(.software, "\(kind), \(question): \(message)") }
      }
      feeds.append((feed, right, next, questions.published(later)))
    }
    self.feeds = feeds
  }

  /// One trial: which feed, which object, where and how follow from the seed.
  public func run(seed: UInt64) throws -> Outcome {
    var random = SplitMix64(seed: seed)
    let (feed, right, next, published) = feeds[Int(seed % UInt64(feeds.count))]
    let questions = Questions(feed: feed)
    let store = feed.store.copy()
    let damage = try Damage(feed, store, &random)
    let isOpen = try Set(damage.paths).isSubset(of: feed.retired())
    func outcome(_ notice: Notice, _ wrong: String? = nil) -> Outcome {
      Outcome(kind: damage.kind, what: "\(feed.kind.rawValue): \(damage.what)", notice: notice, wrong: wrong)
    }
    var notice = Notice.nobody
    let findings = try questions.findings(store)
    // Whoever asks a feed whose head is an earlier one cannot know that there were later ones.
    if damage.setsBack {
      let isFound = findings.contains { $0.kind == .brokenChain && damage.paths.contains($0.object ?? "") }
      return outcome(.verified, isFound ? nil : "an audit does not find that it was set back")
    }
    for ((question, answer), (_, wanted)) in zip(questions.ask(store), right) where answer != wanted {
      switch answer {
      case .told(let text): return outcome(.nobody, "\(question) is believed: \(text.prefix(200))")
      case .failed(let message):
        guard damage.isNamed(in: message) else {
          return outcome(.asked, "\(question) does not name it: \(message)")
        }
        notice = .asked
      }
    }
    if !findings.isEmpty {
      guard
        findings.contains(where: { damage.isNamed(in: $0.message) || damage.paths.contains($0.object ?? "") })
      else { return outcome(.verified, "an audit does not name it: \(findings.map(\.message))") }
      if notice == .nobody { notice = .verified }
    }
    switch questions.run(store) {
    case next:
      // What is copied from what was published before is not read: an audit does.
      if questions.published(store) != published, try questions.findings(store).isEmpty {
        return outcome(.nobody, "a next run publishes other rows, and an audit does not say so")
      }
    case .failed(let message):
      guard damage.isNamed(in: message) else {
        return outcome(notice, "a next run does not name it: \(message)")
      }
      notice = .asked
    case .told(let text):
      // Keys are not read against a digest by a run; what they hide, an audit finds.
      guard damage.paths.contains(where: { $0.hasPrefix("keys/") }), !findings.isEmpty else {
        return outcome(notice, "a next run comes to something else: \(text.prefix(200))")
      }
    }
    if notice == .nobody, !isOpen { return outcome(.nobody, "nobody notices") }
    return outcome(notice)
  }
}
