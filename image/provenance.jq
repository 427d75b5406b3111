# An in-toto statement with SLSA provenance, from the facts that sbom.sh collects.
. as {$about, $files, $name, $created, $sha256, $archive}
| {
	_type: "https://in-toto.io/Statement/v1",
	subject: [
		{$name, digest: {$sha256}},
		($archive | {name, digest: {sha256}})
	],
	predicateType: "https://slsa.dev/provenance/v1",
	predicate: {
		buildDefinition: {
			buildType: "urn:pause:make-image",
			externalParameters: {
				NAME: ($name | sub(":[^:/]*$"; "")),
				TAG: $about["ref.name"],
				PLATFORMS: [$files[].platform],
				SOURCE_DATE_EPOCH: ($created | fromdate)
			},
			resolvedDependencies: [
				{uri: ($about.source // "urn:pause:source"), digest: {gitCommit: $about.revision}}
				# A tree with changes of its own is no commit.
				| select(.digest.gitCommit // "-" | contains("-") | not)
			]
		},
		runDetails: {
			builder: {id: (if .builder == "" then "urn:pause:somebody" else .builder end)}
		}
	}
}
