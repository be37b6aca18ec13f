#!/bin/sh
# `npm test` on a fresh clone: brings in the packages of the lock file, and with them a pinned Node, then hands over.
set -eu
cd "$(dirname "$0")/.."
sh test/install-packages.sh
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
exec node test/run.ts "$@"
