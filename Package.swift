// swift-tools-version: 6.2
import PackageDescription

// The core (client, migrations, race lab, command line) depends on nothing that pulls in NIO or BoringSSL,
// so that a newcomer's first build takes minutes. Server and JWT become products of their own.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6)]

// The client waits with poll(2) where there is no epoll, or where this says so, for tests.
let polling: [SwiftSetting] = Context.environment["DOMAINFLOW_POLL"] == nil ? [] : [.define("PQCLIENT_POLL")]

let package = Package(
    name: "domainflow",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "domainflow", targets: ["domainflow"]),
        .library(name: "DomainFlow", targets: ["DomainFlow"]),
        .library(name: "PQClient", targets: ["PQClient"]),
        .library(name: "Migrations", targets: ["Migrations"]),
        .library(name: "RaceLab", targets: ["RaceLab"]),
        .library(name: "DevCluster", targets: ["DevCluster"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CEpoll"),
        .target(
            name: "PQClient",
            dependencies: [
                "CLibPQ", .target(name: "CEpoll", condition: .when(platforms: [.linux, .android])),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict + polling),
        .target(
            name: "DomainFlow",
            dependencies: [
                "PQClient",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(name: "Migrations", dependencies: ["CLibCrypto", "PQClient"], swiftSettings: strict, plugins: ["EmbedSteps"]),
        .target(
            name: "RaceLab",
            dependencies: ["CLibPQ", "PQClient", "Migrations", .product(name: "Histogram", package: "hdrhistogram-swift")],
            swiftSettings: strict,
            plugins: ["EmbedSteps"]),
        .target(name: "DevCluster", swiftSettings: strict),
        .executableTarget(
            name: "domainflow",
            dependencies: [
                "DomainFlow", "Migrations", "RaceLab", "DevCluster",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "client-bench",
            dependencies: [
                "PQClient", "DomainFlow", "RaceLab", "DevCluster", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(name: "embed-steps", swiftSettings: strict),
        .plugin(name: "EmbedSteps", capability: .buildTool(), dependencies: ["embed-steps"]),
        .target(name: "TestSupport", dependencies: ["DevCluster"], path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(
            name: "PQClientTests",
            dependencies: [
                "PQClient", "TestSupport", "DevCluster",
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DomainFlowTests", dependencies: ["DomainFlow", "Migrations", "TestSupport", "DevCluster"], swiftSettings: strict),
        .testTarget(name: "MigrationsTests", dependencies: ["Migrations", "TestSupport", "DevCluster"], swiftSettings: strict),
        .testTarget(name: "RaceLabTests", dependencies: ["RaceLab", "TestSupport", "DevCluster"], swiftSettings: strict),
        .testTarget(name: "DevClusterTests", dependencies: ["TestSupport", "DevCluster"], swiftSettings: strict),
        .testTarget(
            name: "CommandTests", dependencies: ["TestSupport", "DevCluster", "RaceLab", "domainflow"], exclude: ["Help"],
            swiftSettings: strict),
    ]
)

// No dependency of the program: only `make docs` asks for it.
if Context.environment["DOMAINFLOW_DOCS"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}
