import Basics
import ObjectStoreGCS
import Testing

@Suite struct LocationTests {
  @Test(arguments: [
    ("gs://bucket", "bucket", ""), ("gs://bucket/", "bucket", ""), ("gs://my-b_1.x/p", "my-b_1.x", "p/"),
    ("gs://bucket/a/ü b//", "bucket", "a/ü b/"),
  ]) func placesAreRead(text: String, bucket: String, prefix: String) throws {
    let place = try GCSLocation(text)
    #expect(place.bucket == bucket && place.prefix == prefix)
    #expect(try GCSLocation(place.description) == place)
  }

  @Test(arguments: [
    ("s3://bucket", "gs://"), ("gs://", "missing"), ("gs:///x", "missing"), ("gs://Bucket", "a-z"),
    ("gs://ab", "3 to 222"), ("gs://-abc", "letter or digit"), ("gs://bucket/a//b", "empty part"),
    ("gs://bucket/../x", ".."), ("gs://bucket/a*", "*"),
    ("gs://user@bucket/a", "GOOGLE_APPLICATION_CREDENTIALS"),
    ("gs://bucket:443/a", "STORAGE_EMULATOR_HOST"),
    ("gs://bucket/" + String(repeating: "x", count: 124), "123"),
  ]) func whatIsNoPlaceIsRefused(text: String, says: String) {
    let error = #expect(throws: Failure.self) { try GCSLocation(text) }
    #expect(error?.kind == .settings && error?.message.contains(says) == true, "\(error?.message ?? "")")
  }
}
