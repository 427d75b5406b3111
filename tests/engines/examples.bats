#!/usr/bin/env bats
# examples/: what they are for, where a schema and a run would not miss it.

bats_require_minimum_version 1.5.0
load ../helpers

# The documents of a YAML file, as JSON.
json() {
	/usr/bin/python3 -c 'import json, sys, yaml
for document in yaml.safe_load_all(open(sys.argv[1])):
    print(json.dumps(document))' "$1"
}

# Values of a unit's key: unit After
unit() {
	sed -n "s/^$1=//p" "$ROOT/image/load-pause@.service"
}

@test "cloud-init: root's loader can be executed, the unit cannot, each lies where the other looks, and it starts at once" {
	local data=$BATS_TEST_TMPDIR/data
	echo '#!/bin/sh' >"$BATS_TEST_TMPDIR/loader"
	"$ROOT/examples/cloud-init.sh" "$BATS_TEST_TMPDIR/loader" >"$data.yaml"
	json "$data.yaml" >"$data"
	[ "$(jq -r '.write_files[] | "\(.path) \(.permissions)"' "$data")" = "/usr/local/sbin/$(unit ExecStart | cut -d ' ' -f 1) 0755
/etc/systemd/system/load-pause@.service 0644" ]
	[[ $(jq -r '.bootcmd[] | join(" ")' "$data") == *" --property=Before=kubelet.service systemctl start load-pause@ctr.service" ]]
	[ "$(jq -r '.runcmd[] | join(" ")' "$data")" = "systemctl add-wants containerd.service load-pause@ctr.service
systemctl start load-pause@ctr.service" ]
}

@test "cloud-init: without a loader, or with one that is not there, it says how it is used" {
	run -2 --separate-stderr "$ROOT/examples/cloud-init.sh"
	[ -z "$output" ]
	[[ $stderr == "usage: "* ]]
	run -2 --separate-stderr "$ROOT/examples/cloud-init.sh" "$BATS_TEST_TMPDIR/nothing"
	[ -z "$output" ]
	[[ $stderr == "usage: "* ]]
}

@test "the unit: after the engines, before the kubelet, and again at each start of what wants it" {
	[ "$(unit After)" = "containerd.service docker.service" ]
	[ "$(unit Before)" = kubelet.service ]
	[ "$(unit Type)" = oneshot ]
	[ -z "$(unit RemainAfterExit)" ]
}

@test "the balloon gives way to every pod that says nothing of its priority, and pushes none out" {
	local balloon=$BATS_TEST_TMPDIR/balloon
	json "$ROOT/examples/kubernetes/balloon.yaml" >"$balloon"
	# without a class of its own a pod has priority 0
	jq -se '.[0] | .value < 0 and .preemptionPolicy == "Never" and .globalDefault == false' "$balloon"
	jq -se '.[1].spec.template.spec.priorityClassName == .[0].metadata.name' "$balloon"
	jq -se '.[1].spec.template.spec.containers[0].resources.requests | has("cpu") and has("memory")' "$balloon"
}

@test "the prepull goes to every node, tainted or not, and to all at once" {
	json "$ROOT/examples/kubernetes/prepull.yaml" >"$BATS_TEST_TMPDIR/prepull"
	jq -e '.kind == "DaemonSet" and .spec.template.spec.tolerations == [{operator: "Exists"}]' "$BATS_TEST_TMPDIR/prepull"
	jq -e '.spec.updateStrategy.rollingUpdate.maxUnavailable == "100%"' "$BATS_TEST_TMPDIR/prepull"
}

@test "no container of the balloon or the prepull asks for more than the restricted Pod Security Standard gives" {
	local file
	for file in balloon prepull; do
		json "$ROOT/examples/kubernetes/$file.yaml" | jq -se '
			.[-1].spec.template.spec |
			.securityContext.runAsNonRoot and .securityContext.seccompProfile.type == "RuntimeDefault" and
			(.containers + .initContainers | map(.securityContext) | length > 0 and all(
				.allowPrivilegeEscalation == false and .capabilities == {drop: ["ALL"]} and .readOnlyRootFilesystem))'
	done
}

@test "Compose: the holder can write nothing and gain nothing, and the others are on its network" {
	json "$ROOT/examples/compose.yaml" >"$BATS_TEST_TMPDIR/compose"
	jq -e '.services.holder | .read_only and .cap_drop == ["ALL"] and .security_opt == ["no-new-privileges:true"]' \
		"$BATS_TEST_TMPDIR/compose"
	jq -e '.services | del(.holder) | length > 0 and all(.network_mode == "service:holder")' "$BATS_TEST_TMPDIR/compose"
}
