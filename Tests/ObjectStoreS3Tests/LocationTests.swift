import Basics
import ObjectStoreS3
import Testing

@Suite struct LocationTests {
  private func location(
    _ text: String, _ environment: [String: String] = [:], _ files: [String: String] = [:]
  )
    throws -> S3Location
  {
    try S3Location(
      text, in: world(environment.merging(["HOME": "/home/ann"]) { a, _ in a }, files: Files(files)))
  }

  private func problem(_ text: String, _ environment: [String: String] = ["AWS_REGION": "eu-west-1"])
    -> String
  {
    do {
      return "taken as \(try location(text, environment))"
    } catch let error as Failure {
      return error.kind == .settings ? error.message : "\(error.kind): \(error)"
    } catch { return "\(error)" }
  }

  @Test func takesBucketAndPrefix() throws {
    let region = ["AWS_REGION": "eu-west-1"]
    for text in ["s3://bucket", "s3://bucket/"] {
      let place = try location(text, region)
      #expect(place.bucket == "bucket" && place.prefix == "" && place.description == "s3://bucket")
    }
    let place = try location("s3://my-bucket.x/feeds/a b=c+\u{E9}/", region)
    #expect(place.bucket == "my-bucket.x" && place.prefix == "feeds/a b=c+\u{E9}")
    #expect(place.description == "s3://my-bucket.x/feeds/a b=c+\u{E9}" && place.isAWS)
  }

  @Test(arguments: [
    ("s3:/b", "written s3://bucket"), ("s3://", "it is empty"), ("s3:///x", "it is empty"),
    ("s3://ab", "3 to 63"), ("s3://\(String(repeating: "a", count: 64))", "3 to 63"),
    ("s3://Bucket", "lowercase"), ("s3://my_bucket", "lowercase"), ("s3://-bucket", "begins and ends"),
    ("s3://bucket.", "begins and ends"), ("s3://a..b", "dot"), ("s3://192.168.5.4", "IP address"),
    ("s3://bucket//x", "empty part"), ("s3://bucket/a/../b", "\"..\""),
    ("s3://bucket/\(String(repeating: "x", count: 121))", "120 bytes"),
  ]) func saysWhatIsWrong(text: String, words: String) {
    #expect(problem(text).contains(words), "\(problem(text))")
  }

  @Test func findsTheRegion() throws {
    #expect(problem("s3://bucket", [:]).contains("AWS_REGION"))
    #expect(problem("s3://bucket", ["AWS_REGION": "EU West"]).contains("no name of a region"))
    #expect(try location("s3://bucket", ["AWS_DEFAULT_REGION": "b-2", "AWS_REGION": "a-1"]).region == "a-1")
    #expect(try location("s3://bucket", ["AWS_DEFAULT_REGION": "b-2", "AWS_REGION": ""]).region == "b-2")
    let files = [
      "/home/ann/.aws/config": "[default]\nregion = d-1\n[profile work]\nregion=w-1 # near\n",
      "/etc/c": "[profile work]\nregion=c-1\n",
    ]
    #expect(try location("s3://bucket", [:], files).region == "d-1")
    #expect(try location("s3://bucket", ["AWS_PROFILE": "work"], files).region == "w-1")
    #expect(
      try location("s3://bucket", ["AWS_PROFILE": "work", "AWS_CONFIG_FILE": "/etc/c"], files).region == "c-1"
    )
    #expect(try location("s3://bucket", ["AWS_ENDPOINT_URL": "http://h"]).region == "us-east-1")
  }

  @Test func refusesOtherSettings() {
    for name in ["AWS_REQUEST_CHECKSUM_CALCULATION", "STRANDLINE_S3_ADDRESSING"] {
      #expect(problem("s3://bucket", ["AWS_REGION": "a", name: "x"]).contains(name))
    }
  }

  @Test func findsTheAddress() throws {
    func usesPath(_ text: String, _ environment: [String: String], _ files: [String: String] = [:]) throws
      -> Bool
    {
      try location(text, environment.merging(["AWS_REGION": "eu-west-1"]) { a, _ in a }, files).usesPath
    }
    #expect(try !usesPath("s3://bucket", [:]))
    #expect(try usesPath("s3://my.bucket", [:]), "no certificate has two names before the service's")
    #expect(try usesPath("s3://bucket", ["AWS_ENDPOINT_URL_S3": "http://h:1"]))
    #expect(
      try !usesPath("s3://bucket", ["AWS_ENDPOINT_URL": "http://h:1", "STRANDLINE_S3_ADDRESSING": "virtual"]))
    #expect(try usesPath("s3://bucket", ["STRANDLINE_S3_ADDRESSING": "path"]))
    let file = [
      "/home/ann/.aws/config": "[default]\ns3 =\n  addressing_style = path\nendpoint_url = https://h/x/\n"
    ]
    #expect(try usesPath("s3://bucket", ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"], file))
    #expect(try !location("s3://My_Bucket", [:], file).isAWS, "others have buckets of other names")
    #expect(
      try location(
        "s3://bucket", ["AWS_ENDPOINT_URL": "https://s3.eu-west-1.amazonaws.com", "AWS_REGION": "a"]
      ).isAWS)
  }

  @Test(arguments: [
    ("h:9000", "no address"), ("ftp://h", "ftp://"), ("http://", "no host"), ("http://:9", "no host"),
    ("http://u:hidden@h", "password"), ("http://h/?x", "query"), ("http://h h", "no host"),
  ]) func refusesAddresses(text: String, words: String) {
    let said = problem("s3://bucket", ["AWS_ENDPOINT_URL_S3": text])
    #expect(
      said.contains(words) && said.contains("AWS_ENDPOINT_URL_S3") && !said.contains("hidden"), "\(said)")
  }
}
