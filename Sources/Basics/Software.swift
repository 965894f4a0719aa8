/// This program, as it names itself in what it leaves behind.
public enum Software {
  /// The version of the changelog's newest entry.
  public static let version = "0.1.0"
}
