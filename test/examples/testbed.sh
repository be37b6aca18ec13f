#!/bin/sh
# Brings up Docker and Kubernetes for `npm run test:compose` and `npm run test:kubernetes` on a bare Debian machine
# without a registry of images, as root, by a test bed beside the checkout (READYWHEN_TESTBED names another place):
#
#     sh test/examples/testbed.sh up >variables && . ./variables
#     sh test/examples/testbed.sh down
#
# Standard output has nothing but `export` lines. READYWHEN_IMAGE names an image that is there already; otherwise the
# Dockerfile of the project is built as readywhen:test.
set -eu
cd "$(dirname "$0")/../.."
testbed=${READYWHEN_TESTBED:-../shared/testbed}/testbed
variables=$(mktemp)
trap 'rm -f "$variables"' EXIT

say() { echo "testbed: $(date +%T) $*" >&2; }

# Output of a step goes to stderr; how long it took too.
step() {
  started=$(date +%s)
  "$@" >&2
  say "$(($(date +%s) - started)) s: $*"
}

up() {
  # `. file` after a command that may fail, so that `set -e` sees it.
  "$testbed" docker up >"$variables"
  . "$variables"
  step "$testbed" images postgres redis dockerfile
  export DOCKER_BUILDKIT=1
  step docker build --quiet --network host --tag nginx:1 test/examples/images/nginx
  if [ -z "${READYWHEN_IMAGE:-}" ]; then
    step docker build --network host --tag readywhen:test .
  fi
  "$testbed" kube up >"$variables"
  . "$variables"
  step "$testbed" kube load "${READYWHEN_IMAGE:-readywhen:test}" \
    postgres:17-alpine redis:7-alpine node:24-bookworm-slim nginx:1
  cat "$variables"
}

down() {
  "$testbed" kube down >&2
  "$testbed" docker down >&2
}

[ -x "$testbed" ] || { say "there is no test bed at $testbed"; exit 1; }
case ${1:-} in
  up | down) "$1" ;;
  *) echo "usage: sh test/examples/testbed.sh up | down" >&2; exit 2 ;;
esac
