#!/usr/bin/env bash
# Lays a client of Kubernetes' CRI into a folder: cri.py, and the module that protoc makes of the interface's own
# definition, from Debian's package of it: cri.sh FOLDER
set -euo pipefail
tools=$(dirname "$0")
if [ $# -ne 1 ]; then
	echo "usage: cri.sh FOLDER" >&2
	exit 2
fi
package=$("$tools/fetch-deb.sh" golang-k8s-cri-api-dev:all/sid './*/runtime/v1/api.proto')
# Debian 12's protoc does not know the option, which says what a log may not show.
sed 's/ \[debug_redact = true\]//' "$package/usr/share/gocode/src/k8s.io/cri-api/pkg/apis/runtime/v1/api.proto" \
	>"$1/api.proto"
protoc -I "$1" --python_out="$1" api.proto
cp "$tools/cri.py" "$1"
