#!/usr/bin/env bash
# What each group of options that the guest kernel leaves out would cost: switches one group of trims/ back on at a
# time, and prints size and instructions from entry to init as a Markdown table.
# usage: trims.sh WORK_DIR [GROUP...]      (an hour for all groups; WORK_DIR takes 3 GB and keeps what is built)
# Needs what build.sh and measure.sh need.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -gt 0 ] || { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
mkdir -p "$1"
work=$(cd "$1" && pwd)
shift
groups=("$@")
if [ $# -eq 0 ]; then
  for file in "$here"/trims/*.config; do groups+=("$(basename "$file" .config)"); done
fi
source=$work/source
out=$work/out
log=$work/log

unpack() {
  [ -f "$source/Makefile" ] && return
  mkdir -p "$source"
  tar --extract --file /usr/src/linux-source-6.12.tar.xz --directory "$source" --strip-components 1
}

kbuild() { make -C "$source" O="$out" ARCH=x86_64 "$@" >>"$log" 2>&1; }

# Builds the kernel of the fragments and the group's options in "out": kbuild compiles again what the change touches.
build() {
  local asked=$work/asked missing
  cat "$here"/../fragments/*.config "$1" | grep -E '^(CONFIG_|# CONFIG_.* is not set)' >"$asked"
  mkdir -p "$out"
  (cd "$source" && ARCH=x86_64 scripts/kconfig/merge_config.sh -n -O "$out" "$asked") >>"$log" 2>&1
  kbuild olddefconfig
  missing=$(grep -E '^CONFIG_' "$1" | grep -vxF -f "$out/.config" | tr '\n' ' ' || true)
  [ -z "$missing" ] || { echo "trims.sh: not in the final configuration: $missing" >&2; exit 1; }
  kbuild -j "$(getconf _NPROCESSORS_ONLN)" vmlinux
}

# Prints bytes of code and data, and millions of instructions.
measure() {
  local bytes instructions
  objcopy --strip-debug "$out/vmlinux" "$out/measured"
  bytes=$(size "$out/measured" | awk 'NR == 2 { print $1 + $2 }')
  mkdir -p "$work/kernel"
  mv "$out/measured" "$work/kernel/vmlinux"
  cp "$out/System.map" "$work/kernel/"
  instructions=$("$here/measure.sh" "$work/kernel" | awk '/instructions from entry/ { a = $1 } /REP iterations/ { print a + $1 }')
  echo "$bytes $instructions"
}

# Results are kept, so that an interrupted run goes on where it was.
result() { # name, options
  [ -s "$work/$1.result" ] || { build "$2"; measure >"$work/$1.result.new"; mv "$work/$1.result.new" "$work/$1.result"; }
  cat "$work/$1.result"
}

unpack
read -r base_bytes base_count <<<"$(result base /dev/null)"
awk -v b="$base_bytes" -v c="$base_count" 'BEGIN {
  print "| switched back on | code and data | instructions to init |\n|---|---|---|"
  printf "| nothing | %.2f MB | %.2f million |\n", b / 1e6, c }'
for group in "${groups[@]}"; do
  read -r bytes count <<<"$(result "$group" "$here/trims/$group.config")"
  awk -v b="$bytes" -v c="$count" -v b0="$base_bytes" -v c0="$base_count" -v title="$(sed -n '1s/^# //p' "$here/trims/$group.config")" \
    'BEGIN { printf "| %s | %+.2f MB | %+.2f million |\n", title, (b - b0) / 1e6, c - c0 }'
done
