import Basics
import FeedFile
import Records
import StrandlineTesting

/// Any way to ask a web server that a feed file can say.
func randomWeb(_ random: inout SplitMix64, _ format: Format) -> Source.Web {
  func flip() -> Bool { Bool.random(using: &random) }
  func texts() -> [String: [String]] {
    flip() ? [:] : ["a": [""], "b c": [randomText(&random), "{today-1d}"]]
  }
  func secret() -> Source.Secret { flip() ? .environment("A_1") : .file(randomText(&random)) }
  var web = Source.Web()
  web.query = texts()
  let form = texts()
  web.content = flip() ? nil : form.isEmpty ? .text("{\"a\": \"{now}\"}") : .form(form)
  web.isPost = web.content != nil || flip()
  web.timeZone = flip() ? nil : "Europe/Berlin"
  if flip() {
    web.tls = Source.TLS(ca: "a", certificate: nil, key: nil, password: nil)
    if flip() { web.tls = Source.TLS(ca: nil, certificate: "c", key: flip() ? nil : "k", password: secret()) }
  }
  let size = Source.Pages.Size(count: 9, parameter: flip() ? nil : "n")
  let way: Source.Pages.By =
    switch Int.random(in: 0..<4, using: &random) {
    case 0: .number(parameter: "p", first: 3, size: flip() ? nil : size)
    case 1: .offset(parameter: "p", first: 0, size: size)
    case 2:
      if case .json = format { .token(path: ["a", "b.c"], parameter: flip() ? nil : "t") } else { .link }
    default: .link
    }
  if flip() { web.pages = Source.Pages(by: way, atMost: 7) }
  if flip() { web.login = Source.Login(url: "http://a.org", form: ["a": ""], secrets: ["b": secret()]) }
  web.resumes = flip() ? 3 : 0
  web.rate = flip() ? nil : Source.Rate("30/m")
  return web
}

/// Any way to leave a source in peace that a feed file can say.
func randomPeace(_ random: inout SplitMix64) -> Source.Peace {
  func flip() -> Bool { Bool.random(using: &random) }
  var peace = Source.Peace()
  if flip() {
    peace.hours = try? WeeklyHours(flip() ? ["22:00-06:00"] : ["Mon-Fri 01:00-02:30", "Sat,Sun 00:00-24:00"])
  }
  if flip() { peace.jitter = .seconds(90) }
  if flip() { peace.breaker.failures = 0 }
  if flip() { (peace.breaker.pause, peace.breaker.longest) = (.seconds(1), .seconds(86400)) }
  return peace
}
