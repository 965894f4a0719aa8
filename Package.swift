// swift-tools-version: 6.2
import PackageDescription

/// Where a module stands in the house: imports go downward only.
let libraries: [(name: String, path: String?, uses: [Target.Dependency])] = [
  ("Basics", nil, []),
  ("Hashing", nil, ["Basics", "CCrypto", "CNH"]),
  ("Compression", nil, ["Basics", "CZstd"]),
  ("Documents", nil, ["Basics", "Hashing"]),
  ("ObjectStore", nil, ["Basics", "CLinux"]),
  ("Records", nil, ["Basics", "CLanes"]),
  ("FeedFile", nil, ["Basics", "Records", "CYaml"]),
  ("Gzip", nil, ["Basics", "CZlib"]),
  ("HTTP", nil, ["Basics", "CCurl", "Gzip"]),
  ("Converting", nil, ["Basics", "CExpat", "Compression", "Gzip"]),
  ("Databases", nil, ["Basics", "CDatabases", "FeedFile", "HTTP"]),
  (
    "FeedSources", nil,
    [
      "Basics", "Converting", "Databases", "Documents", "FeedFile", "Hashing", "HTTP", "ObjectStore",
      "Records",
    ]
  ),
  ("Proposing", nil, ["Basics", "Converting", "FeedFile", "FeedSources", "Hashing", "Records"]),
  ("CloudStore", nil, ["Basics", "ObjectStore"]),
  ("ObjectStoreS3", nil, ["Basics", "CloudStore", "Documents", "Hashing", "HTTP", "ObjectStore"]),
  ("ObjectStoreGCS", nil, ["Basics", "CloudStore", "Documents", "Hashing", "HTTP", "ObjectStore"]),
  ("Coordination", nil, ["Basics", "Documents", "ObjectStore"]),
  ("Blocks", nil, ["Basics", "Hashing", "Compression", "Records"]),
  ("Dedupe", nil, ["Basics", "Hashing", "Records", "Blocks"]),
  ("History", nil, ["Basics", "Documents", "Hashing", "Compression", "ObjectStore", "Blocks", "Dedupe"]),
  (
    "Stages", nil,
    [
      "Basics", "Documents", "Hashing", "Compression", "ObjectStore", "Records", "FeedFile", "FeedSources",
      "Coordination", "Blocks", "Dedupe", "History",
    ]
  ),
  (
    "Invocation", nil,
    [
      "Basics", "CLinux", "CloudStore", "Documents", "ObjectStore", "ObjectStoreGCS", "ObjectStoreS3",
      "Records", "FeedFile", "HTTP", "FeedSources", "Coordination", "Dedupe", "History", "Proposing",
      "Stages",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]
  ),
  ("StrandlineTesting", "Sources/Testing", ["Basics", "FeedSources", "ObjectStore", "CloudStore"]),
  // What tests of records and the fuzzer compare with.
  ("RecordModels", "Tests/Support/RecordModels", ["Basics", "Records", "StrandlineTesting"]),
  // Damages stores, and sees who notices: for `make flips`, and for the tests.
  (
    "Damage", "Tests/Support/Damage",
    [
      "Basics", "Coordination", "FeedFile", "FeedSources", "History", "ObjectStore", "Stages",
      "StrandlineTesting",
    ]
  ),
  // Every parser with what must hold of it: for the fuzzer, and for the test that replays what it kept.
  (
    "FuzzTargets", "Fuzzing/Targets",
    [
      "Basics", "Blocks", "Compression", "Coordination", "Dedupe", "Documents", "FeedFile", "FeedSources",
      "Gzip",
      "Hashing", "History", "HTTP", "ObjectStore", "ObjectStoreGCS", "ObjectStoreS3", "Proposing",
      "RecordModels", "Records", "Stages", "StrandlineTesting",
    ]
  ),
  (
    "Simulation", nil,
    [
      "Basics", "Blocks", "Coordination", "Documents", "FeedFile", "FeedSources", "Hashing", "History",
      "ObjectStore", "Stages", "StrandlineTesting",
    ]
  ),
]

/// One folder each under `functions/`; the executable has the folder's name.
let functions = ["fetch", "dedupe", "snapshot", "publish", "query", "rewind", "replay", "audit", "feed"]

let systemLibraries: [(name: String, pkgConfig: String, package: String)] = [
  ("CCrypto", "libcrypto", "libssl-dev"),
  ("CZstd", "libzstd", "libzstd-dev"),
  ("CYaml", "yaml-0.1", "libyaml-dev"),
  ("CZlib", "zlib", "zlib1g-dev"),
]

let tests: [(name: String, uses: [Target.Dependency])] = [
  ("BasicsTests", ["Basics", "StrandlineTesting"]),
  ("ObjectStoreTests", ["Basics", "ObjectStore", "StrandlineTesting", "StoreRace"]),
  ("CloudStoreTests", ["Basics", "CloudStore", "ObjectStore", "StrandlineTesting"]),
  ("RecordsTests", ["Basics", "RecordModels", "Records", "StrandlineTesting"]),
  ("FuzzTests", ["FuzzTargets", "StrandlineTesting"]),
  ("HashingTests", ["CNH", "Hashing", "StrandlineTesting"]),
  ("HostileTests", ["Basics", "Blocks", "Dedupe", "Hashing", "Records", "StrandlineTesting"]),
  ("FeedFileTests", ["Basics", "FeedFile", "Records", "StrandlineTesting"]),
  ("DatabasesTests", ["Basics", "Databases", "StrandlineTesting"]),
  (
    "HTTPTests",
    ["Basics", "FeedFile", "FeedSources", "Gzip", "HTTP", "ObjectStore", "Records", "StrandlineTesting"]
  ),
  (
    "ProposingTests",
    ["Basics", "FeedFile", "FeedSources", "ObjectStore", "Proposing", "Records", "StrandlineTesting"]
  ),
  ("ConvertingTests", ["Basics", "Compression", "Converting", "StrandlineTesting"]),
  (
    "ObjectStoreS3Tests",
    [
      "Basics", "CloudStore", "Documents", "Hashing", "HTTP", "ObjectStore", "ObjectStoreS3",
      "StrandlineTesting",
    ]
  ),
  (
    "ObjectStoreGCSTests",
    ["Basics", "CloudStore", "Hashing", "HTTP", "ObjectStore", "ObjectStoreGCS", "StrandlineTesting"]
  ),
  ("CoordinationTests", ["Basics", "Coordination", "Documents", "ObjectStore", "StrandlineTesting"]),
  ("BlocksTests", ["Basics", "Blocks", "Compression", "Hashing", "Records", "StrandlineTesting"]),
  ("DedupeTests", ["Basics", "Blocks", "Dedupe", "Hashing", "Records", "StrandlineTesting"]),
  (
    "StagesTests",
    [
      "Basics", "Blocks", "Compression", "Coordination", "Damage", "Dedupe", "Documents", "FeedFile",
      "FeedSources", "Hashing", "History", "ObjectStore", "Records", "Stages", "StrandlineTesting",
    ]
  ),
  ("SimulationTests", ["Simulation", "StrandlineTesting"]),
  ("LocalRunnerTests", ["LocalRunner"]),
  (
    "ReplayTests",
    ["Basics", "Documents", "StrandlineTesting"] + functions.map { .target(name: executableTarget($0)) }
  ),
  (
    "EndToEndTests",
    ["Documents", "StrandlineTesting", "PeakMemory", "StoreRace", "LocalRunner"]
      + functions.map { .target(name: executableTarget($0)) }
  ),
]

func executableTarget(_ folder: String) -> String {
  folder.prefix(1).uppercased() + folder.dropFirst() + "Function"
}

let package = Package(
  name: "strandline",
  products: functions.map { .executable(name: $0, targets: [executableTarget($0)]) }
    + [.executable(name: "local-runner", targets: ["LocalRunner"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: systemLibraries.map {
    .systemLibrary(
      name: $0.name, path: "Sources/\($0.name)", pkgConfig: $0.pkgConfig, providers: [.apt([$0.package])])
  }
    // Not linked with: it loads libcurl when a server is first asked.
    + [.target(name: "CCurl", path: "Sources/CCurl")]
    // Nor with hiredis, libpq and unixODBC.
    + [.target(name: "CDatabases", path: "Sources/CDatabases")]
    + [.target(name: "CNH", path: "Sources/CNH")]
    // As libcurl: it loads Expat when the first XML is read.
    + [.target(name: "CExpat", path: "Sources/CExpat")]
    + ["CLinux", "CLanes"].map { .systemLibrary(name: $0, path: "Sources/\($0)") }
    + libraries.map { .target(name: $0.name, dependencies: $0.uses, path: $0.path) }
    + functions.map {
      .executableTarget(
        name: executableTarget($0),
        dependencies: [
          "Basics", "FeedFile", "FeedSources", "History", "Invocation", "Stages",
          .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ], path: "functions/\($0)")
    }
    + [
      .executableTarget(
        name: "LocalRunner",
        dependencies: [
          "Basics", "FeedFile", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        path: "local-runner", exclude: ["run", "README.md"])
    ]
    + [
      // How fast records are read and written, for the benchmarks.
      .executableTarget(
        name: "ToJSONLines", dependencies: ["Basics", "Records"], path: "Benchmarks/ToJSONLines")
    ]
    + [
      // Another process that uses a store, for tests to race with and to kill.
      .executableTarget(
        name: "StoreRace",
        dependencies: ["Basics", "HTTP", "Invocation", "ObjectStore", "StrandlineTesting"],
        path: "Tests/Support/StoreRace")
    ]
    + [
      // Searches histories from seeds for counterexamples, for as long as one likes.
      .executableTarget(
        name: "Simulate",
        dependencies: [
          "Simulation", "StrandlineTesting",
          .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ], path: "Tests/Support/Simulate")
    ]
    + [
      // Damages a store in many places, one by one.
      .executableTarget(
        name: "Flips",
        dependencies: [
          "Damage", "StrandlineTesting",
          .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ], path: "Tests/Support/Flips")
    ]
    + [
      // Runs a program and tells what memory it took, from a process that is small itself.
      .executableTarget(name: "PeakMemory", dependencies: [], path: "Tests/Support/PeakMemory")
    ]
    + tests.map {
      .testTarget(
        name: $0.name, dependencies: $0.uses, exclude: $0.name == "HTTPTests" ? ["Support"] : [])
    },
  swiftLanguageModes: [.v6]
)

/// The archive of libFuzzer without its `main`, given by `make fuzz`: then everything is built with what it needs to see
/// where an input leads, and with AddressSanitizer.
let fuzzer = Context.environment["STRANDLINE_FUZZER"]
if let fuzzer {
  package.targets.append(
    .executableTarget(
      name: "Fuzz", dependencies: ["FuzzTargets"], path: "Fuzzing/Fuzz",
      linkerSettings: [.unsafeFlags([fuzzer, "-lstdc++"])]))
}

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
  ]
}

if fuzzer != nil {
  for target in package.targets where target.type == .regular {
    target.swiftSettings?.append(.unsafeFlags(["-sanitize=fuzzer"]))
    target.cSettings = [.unsafeFlags(["-fsanitize=fuzzer-no-link"])]
  }
}
