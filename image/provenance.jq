# An in-toto statement with SLSA provenance, from the facts that sbom.sh collects.
. as {$about, $files, $name, $created, $commit, $sha256, $archive}
| {
	_type: "https://in-toto.io/Statement/v1",
	subject: [
		{name: "\($name):\($about["ref.name"])", digest: {$sha256}},
		($archive | {name, digest: {sha256}})
	],
	predicateType: "https://slsa.dev/provenance/v1",
	predicate: {
		buildDefinition: {
			buildType: "urn:pause:make-image",
			externalParameters: ({
				NAME: $name,
				TAG: $about["ref.name"],
				PLATFORMS: [$files[].platform],
				SOURCE_DATE_EPOCH: ($created | fromdate)
			} + if $about.source then {SOURCE: $about.source} else {} end),
			resolvedDependencies: [
				{uri: ($about.source // "urn:pause:source"), digest: {gitCommit: $commit}} | select($commit != "")
			]
		},
		runDetails: {
			builder: {
				id: (if .builder == "" then "urn:pause:somebody" else .builder end),
				version: .built_by
			}
		}
	}
}
