#!/bin/sh
# The C compiler, with one change to the engine on the way, in the copy that its crate compiles: the engine carves small
# blocks out of slabs of 4 KB, which would put what a run writes to beside what it only reads. While a program is frozen
# each block is laid singly (`engine_lays_singly`, src/memory.rs); in a process a slab is a fourth as large, since the first
# block of each of 31 sizes takes one.
set -eu

case ${TARGET:-} in
  '' | "${HOST:-}") compiler=${CC:-cc} ;;
  *-musl) compiler=${CC:-musl-gcc} ;;
  *) compiler=$(echo "$TARGET" | sed 's/-unknown//')-gcc ;;
esac

for file do
  case $file in */quickjs.c) ;; *) continue ;; esac
  grep -q engine_lays_singly "$file" && continue
  sed -i \
    -e 's/^#define JS_ARENA_LARGE_BLOCKS_ONLY 0$/extern int engine_lays_singly;\n#define JS_ARENA_LARGE_BLOCKS_ONLY engine_lays_singly/' \
    -e 's/^#define JS_ARENA_SIZE  *4096$/#define JS_ARENA_SIZE 1024/' "$file"
  if ! grep -q '^#define JS_ARENA_LARGE_BLOCKS_ONLY engine' "$file" || ! grep -q '^#define JS_ARENA_SIZE 1024$' "$file"; then
    echo "engine-cc.sh: this engine is another than the one that the change is for: $file" >&2
    exit 1
  fi
done

exec "$compiler" "$@"
