#!/usr/bin/env bats
# The Kubernetes manifests in examples/, against the schemas that Kubernetes publishes.

load ../helpers

MODELS=kubernetes-models@4.5.1 YAML=js-yaml@4.1.0

setup_file() {
	# no scripts of theirs are run; the packages are the schemas as code, and a YAML reader
	npm install --prefix "$BATS_FILE_TMPDIR" --ignore-scripts --no-audit --no-fund --loglevel=error $MODELS $YAML
}

valid() {
	NODE_PATH=$BATS_FILE_TMPDIR/node_modules node "$ROOT/tests/tools/manifests.js" "$@"
}

@test "every manifest in examples/kubernetes is valid" {
	valid "$ROOT"/examples/kubernetes/*.yaml
}

@test "a field of a wrong type and a missing one are each seen" {
	local change manifest=$ROOT/examples/kubernetes/prepull.yaml broken=$BATS_TEST_TMPDIR/broken.yaml
	for change in 's/readOnlyRootFilesystem: true/readOnlyRootFilesystem: 7/' '/selector:/,/app:/d'; do
		sed "$change" "$manifest" >"$broken"
		run valid "$broken"
		[ "$status" -eq 1 ]
	done
}
