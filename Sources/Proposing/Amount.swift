/// Sums of money and shares, as a line of totals has them: figures with a sign, a currency or a per cent sign about them.
enum Amount {
  /// What is written beside figures, in lower case: ISO 4217's names of currencies that are much used, and short forms.
  private static let words: Set<String> = [
    "aud", "brl", "cad", "chf", "cny", "czk", "dkk", "eur", "euro", "gbp", "huf", "inr", "jpy", "krw", "mxn",
    "nok", "nzd",
    "pln", "ron", "rub", "sek", "sgd", "try", "uah", "usd", "zar", "fr", "ft", "kč", "kr", "lei", "r", "rs",
    "tl", "us", "zł", "руб",
  ]

  /// What may stand in a field of its own beside figures: a currency or a per cent sign. Names of two letters are left out,
  /// for those are countries' as well.
  static func isUnit(_ text: String) -> Bool {
    let word = text.drop(while: \.isWhitespace).prefix { !$0.isWhitespace }
    guard text[word.endIndex...].allSatisfy(\.isWhitespace) else { return false }
    if word.count == 1, let only = word.first, only.isCurrencySymbol || only == "%" { return true }
    return (word.count > 2 || word.utf8.count > word.count) && words.contains(word.lowercased())
  }

  /// Whether a text is one.
  static func isOne(_ text: String) -> Bool {
    var word = ""
    var hasDigits = false
    func isKnown(_ word: String) -> Bool { word.isEmpty || words.contains(word.lowercased()) }
    for character in text {
      if character.isLetter {
        word.append(character)
        continue
      }
      guard isKnown(word) else { return false }
      word = ""
      if let digit = character.asciiValue, (0x30...0x39).contains(digit) {
        hasDigits = true
      } else if !character.isCurrencySymbol, !character.isWhitespace, !".,'’()+-−–%".contains(character) {
        return false
      }
    }
    return hasDigits && isKnown(word)
  }
}
