#!/bin/sh
# Installs what package-lock.json names unless it is there already. Any Node and npm will do: a pinned Node comes as a package.
set -eu
cd "$(dirname "$0")/.."
if [ -x node_modules/.bin/node ] && [ ! package-lock.json -nt node_modules/.package-lock.json ]; then
  exit 0
fi
echo "installing npm packages…" >&2
npm ci --no-audit --no-fund --loglevel=error >&2
# npm may leave out the script that fetches the Node package's binary; its own tool brings it then.
[ -x node_modules/.bin/node ] && node_modules/.bin/node --version >/dev/null 2>&1 || npm rebuild node esbuild --loglevel=error >&2
