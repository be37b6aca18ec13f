#!/bin/sh
# Shows readywhen at work. Needs node (of any age) and npm; what else it takes, the pinned Node included, comes by npm.
set -eu
cd "$(dirname "$0")/../.."

if ! node_modules/.bin/node -e "require.resolve('pg'); require.resolve('@electric-sql/pglite')" 2>/dev/null; then
  echo 'Installing what package-lock.json lists …'
  npm ci --no-audit --no-fund --loglevel=error
fi
exec node_modules/.bin/node test/demo/demo.ts "$@"
