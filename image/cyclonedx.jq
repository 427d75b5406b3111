# CycloneDX 1.5, from the facts that sbom.sh collects.
# The serial number is made of the document's identity, with the bits that RFC 9562 asks of a UUID of version 8.
. as {$about, $files, $created, $sha256, $purl}
| {
	bomFormat: "CycloneDX",
	specVersion: "1.5",
	serialNumber: ($identity | "urn:uuid:\(.[0:8])-\(.[8:12])-8\(.[13:16])-8\(.[17:20])-\(.[20:32])"),
	version: 1,
	metadata: {
		timestamp: $created,
		component: ({
			type: "container",
			"bom-ref": $purl,
			name: $about.title,
			version: $about.version,
			description: $about.description,
			hashes: [{alg: "SHA-256", content: $sha256}],
			licenses: [{license: {id: $about.licenses}}],
			purl: $purl,
			properties: [{name: "revision", value: ($about.revision // "unknown")}]
		} + if $about.source then {externalReferences: [{type: "vcs", url: $about.source}]} else {} end)
	},
	components: [$files[] | {
		type: "file",
		"bom-ref": "\(.platform)/pause",
		name: "\(.platform)/pause",
		hashes: [{alg: "SHA-1", content: .sha1}, {alg: "SHA-256", content: .sha256}],
		licenses: [{license: {id: $about.licenses}}]
	}],
	dependencies: [{ref: $purl, dependsOn: [$files[] | "\(.platform)/pause"]}]
}
