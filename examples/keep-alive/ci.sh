#!/bin/sh
# A CI job whose steps share one container: each is an exec, and the container stops at once when they are done.
set -eu
id=$(docker run -d --network none workbench)
trap 'docker stop "$id" >/dev/null; docker rm "$id" >/dev/null' EXIT
docker exec "$id" sh -c 'echo first step >/tmp/left'
docker exec "$id" cat /tmp/left
