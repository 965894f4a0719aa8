/// Why a test could not be made ready.
struct Trouble: Error, CustomStringConvertible {
  let description: String
}
