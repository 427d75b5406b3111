// Checks Kubernetes manifests against the API's published schemas: manifests.js FILE.yaml ...
"use strict";
const { readFileSync } = require("node:fs");
const yaml = require("js-yaml");

let failed = false;
for (const file of process.argv.slice(2)) {
  for (const manifest of yaml.loadAll(readFileSync(file, "utf8"))) {
    try {
      const Kind = require(`kubernetes-models/${manifest.apiVersion}/${manifest.kind}`)[manifest.kind];
      new Kind(manifest).validate();
    } catch (error) {
      failed = true;
      console.error(`${file}: ${manifest.kind}: ${error.message}`);
    }
  }
}
process.exitCode = failed ? 1 : 0;
