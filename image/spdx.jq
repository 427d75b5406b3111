# SPDX 2.3, from the facts that sbom.sh collects.
. as {$about, $files, $name, $created, $commit, $purl, $archive}
| {
	spdxVersion: "SPDX-2.3",
	dataLicense: "CC0-1.0",
	SPDXID: "SPDXRef-DOCUMENT",
	name: "\($name):\($about["ref.name"])",
	documentNamespace: "https://spdx.org/spdxdocs/\($about.title)-\($about.version)-\($identity)",
	creationInfo: {$created, creators: ["Tool: \($about.title)-image-sbom-\($about.version)"]},
	packages: [{
		SPDXID: "SPDXRef-Package",
		name: $about.title,
		versionInfo: $about.version,
		primaryPackagePurpose: "CONTAINER",
		downloadLocation: (if $about.source and $commit != ""
			then "git+\($about.source)@\($commit)" else "NOASSERTION" end),
		sourceInfo: "built from revision \($about.revision // "unknown")",
		filesAnalyzed: true,
		packageVerificationCode: {packageVerificationCodeValue: .verification_code},
		checksums: [{algorithm: "SHA256", checksumValue: $archive.sha256}],
		packageFileName: $archive.name,
		licenseConcluded: $about.licenses,
		licenseDeclared: $about.licenses,
		licenseInfoFromFiles: [$about.licenses],
		copyrightText: "NOASSERTION",
		externalRefs: [{
			referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: $purl
		}]
	}],
	files: [$files[] | {
		SPDXID: "SPDXRef-File-\(.platform | gsub("/"; "-"))",
		fileName: "./\(.platform)/pause",
		fileTypes: ["BINARY"],
		checksums: [
			{algorithm: "SHA1", checksumValue: .sha1}, {algorithm: "SHA256", checksumValue: .sha256}
		],
		licenseConcluded: $about.licenses,
		licenseInfoInFiles: [$about.licenses],
		copyrightText: "NOASSERTION"
	}],
	relationships: ([{
		spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-Package"
	}] + [$files[] | {
		spdxElementId: "SPDXRef-Package", relationshipType: "CONTAINS",
		relatedSpdxElement: "SPDXRef-File-\(.platform | gsub("/"; "-"))"
	}])
}
