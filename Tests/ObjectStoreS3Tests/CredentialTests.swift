import Basics
import CloudStore
import ObjectStore
import ObjectStoreS3
import Testing

/// Where credentials are looked for.
@Suite struct CredentialTests {
  @Test func takesTheEnvironmentFirst() throws {
    let keys = ["AWS_ACCESS_KEY_ID": "AKIENV", "AWS_SECRET_ACCESS_KEY": "s"]
    for more in [[:], ["AWS_PROFILE": "work"], ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "STUB/x"]] {
      #expect(try CredentialBench.key(CredentialBench.ask(keys.merging(more) { $1 })[0]) == "AKIENV")
    }
    let asked = try CredentialBench.ask(keys.merging(["AWS_SESSION_TOKEN": "t"]) { $1 })[0]
    #expect(asked.headers["x-amz-security-token"] == "t")
    #expect(
      CredentialBench.problem(["AWS_ACCESS_KEY_ID": "AKIENV"]).contains(
        "AWS_SECRET_ACCESS_KEY is not: set both"))
    #expect(
      CredentialBench.problem(["AWS_SECRET_ACCESS_KEY": "s"]).contains("AWS_ACCESS_KEY_ID is not: set both"))
  }

  @Test func takesProfiles() throws {
    #expect(try CredentialBench.key(CredentialBench.ask([:])[0]) == "AKIDEFAULT")
    let work = try CredentialBench.ask(["AWS_PROFILE": "work"])[0]
    #expect(CredentialBench.key(work) == "AKIWORK" && work.headers["x-amz-security-token"] == "t")
    #expect(
      try CredentialBench.key(
        CredentialBench.ask(
          ["AWS_SHARED_CREDENTIALS_FILE": "/c"],
          files: ["/c": "[default]\naws_access_key_id=AKIC\naws_secret_access_key=s\n"])[0]) == "AKIC")
  }

  @Test(arguments: [
    ("nobody", "there is no profile \"nobody\""), ("half", "give it both"), ("loop", "comes back to itself"),
    ("mfa", "second factor"), ("baseless", "neither source_profile nor credential_source"),
    ("sso", "aws configure export-credentials --profile sso"), ("process", "not supported"),
    ("empty", "has no credentials"), ("environment", "AWS_ACCESS_KEY_ID is not set"),
  ]) func saysWhatIsWrongWithAProfile(profile: String, words: String) {
    let said = CredentialBench.problem(["AWS_PROFILE": profile])
    #expect(said.contains(words) && (said.hasPrefix("settings") || said.hasPrefix("denied")), "\(said)")
  }

  @Test func assumesRoles() throws {
    let answer = Answer(method: "POST", path: "/", body: CredentialBench.role("AssumeRole"))
    let asked = try CredentialBench.ask(["AWS_PROFILE": "role", "AWS_REGION": "eu-west-1"], [answer])
    #expect(
      asked.map(\.method) == ["POST", "HEAD"] && asked.map(CredentialBench.key) == ["AKIWORK", "ASIAROLE"])
    #expect(asked[0].headers["authorization"]?.contains("/eu-west-1/sts/aws4_request") == true)
    #expect(
      asked[0].body
        == "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=strandline"
        + "&ExternalId=x%20y&DurationSeconds=900&Version=2011-06-15")
    #expect(asked[1].headers["x-amz-security-token"] == "role-token")
    #expect(
      try CredentialBench.ask(["AWS_PROFILE": "self"], [answer]).map(CredentialBench.key) == [
        "AKISELF", "ASIAROLE",
      ])
    let refusal = """
      <ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>
      """
    let said = CredentialBench.problem(
      ["AWS_PROFILE": "role"], [Answer(method: "POST", path: "/", status: 403, body: refusal)])
    #expect(
      said.hasPrefix("denied: ") && said.contains("AccessDenied")
        && said.contains("trusts the profile \"work\""))
    #expect(
      CredentialBench.problem(["AWS_PROFILE": "role"], [Answer(method: "POST", path: "/", status: 503)])
        .hasPrefix("failed"))
  }

  @Test func takesWebIdentity() throws {
    let environment = [
      "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:r", "AWS_ROLE_SESSION_NAME": "s1",
      "AWS_REGION": "eu-west-1",
    ]
    let answer = Answer(method: "POST", path: "/", body: CredentialBench.role("AssumeRoleWithWebIdentity"))
    let asked = try CredentialBench.ask(environment, [answer], files: ["/token": "hidden.jwt\n"])
    #expect(asked.map(\.method) == ["POST", "HEAD"] && CredentialBench.key(asked[1]) == "ASIAROLE")
    #expect(asked[0].headers["authorization"] == nil)
    #expect(
      asked[0].body.contains("WebIdentityToken=hidden.jwt&") && asked[0].body.contains("RoleSessionName=s1"))
    #expect(CredentialBench.problem(environment, [answer]).contains("/token is not there"))
    #expect(
      CredentialBench.problem(["AWS_WEB_IDENTITY_TOKEN_FILE": "/token"]).contains(
        "AWS_ROLE_ARN is not: set both"))
  }

  @Test func takesTheContainers() throws {
    let answer = Answer(path: "/creds", body: CredentialBench.lent)
    let base = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "STUB/creds", "AWS_REGION": "eu-west-1"]
    var asked = try CredentialBench.ask(
      base.merging(["AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic x"]) { $1 }, [answer], files: [:])
    #expect(asked[0].path == "/creds" && asked[0].headers["authorization"] == "Basic x")
    #expect(
      CredentialBench.key(asked[1]) == "AKILENT" && asked[1].headers["x-amz-security-token"] == "lent-token")
    asked = try CredentialBench.ask(
      base.merging(["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/t"]) { $1 }, [answer],
      files: ["/t": "from-file\n"])
    #expect(asked[0].headers["authorization"] == "from-file")
    for (status, kind) in [(404, "denied"), (500, "failed"), (429, "throttled")] {
      #expect(
        CredentialBench.problem(
          base.merging(["AWS_SHARED_CREDENTIALS_FILE": "/none", "AWS_CONFIG_FILE": "/none"]) { $1 },
          [Answer(path: "/creds", status: status)]
        ).hasPrefix(kind))
    }
  }

  @Test(arguments: [
    "http://example.org/x", "http://169.254.170.4/x", "http://127.0.0.1.example.org/x",
    "http://127.0.0.1@h/x",
    "http://[::2]/x", "ftp://127.0.0.1/x", "http://localhost.example.org/", "http://127.0.0.1\\.h/",
  ]) func tellsTheContainersTokenToNobodyElse(address: String) {
    let environment = [
      "AWS_CONTAINER_CREDENTIALS_FULL_URI": address, "AWS_REGION": "a", "AWS_CONFIG_FILE": "/n",
      "AWS_SHARED_CREDENTIALS_FILE": "/n",
    ]
    let said = CredentialBench.problem(environment)
    if address.contains("\\") { return #expect(!said.contains("went well")) }
    #expect(said.hasPrefix("settings: AWS_CONTAINER_CREDENTIALS_FULL_URI"), "\(said)")
  }

  @Test func takesTheMachines() throws {
    let asked = try CredentialBench.ask(["AWS_REGION": "eu-west-1"], CredentialBench.machine, files: [:])
    #expect(
      asked.map(\.method) == ["PUT", "GET", "GET", "HEAD"] && CredentialBench.key(asked[3]) == "AKILENT")
    #expect(asked[0].headers["x-aws-ec2-metadata-token-ttl-seconds"] == "21600")
    #expect(asked[1...2].allSatisfy { $0.headers["x-aws-ec2-metadata-token"] == "the-token" })
  }

  @Test func saysWhereItLooked() {
    let none = ["AWS_REGION": "a", "AWS_CONFIG_FILE": "/n", "AWS_SHARED_CREDENTIALS_FILE": "/n"]
    func said(_ more: [String: String], _ answers: [Answer] = []) -> String {
      CredentialBench.problem(none.merging(more) { $1 }, answers)
    }
    for text in [
      said(["AWS_EC2_METADATA_DISABLED": "true"], CredentialBench.machine),
      said(["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"]),
      said([:], [CredentialBench.machine[0]]),
    ] {
      #expect(
        text.hasPrefix("denied: no AWS credentials were found") && text.contains("set AWS_ACCESS_KEY_ID"),
        "\(text)")
    }
  }
}
