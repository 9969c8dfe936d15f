#!/bin/sh
# Compares the start of jvmm with KVM with that of Debian's QEMU (microvm) on a guest of a few instructions; see docs/performance.md.
# usage: start.sh [--rounds N] [--json FILE] [--memory SIZE]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
packages="qemu-system-x86 python3 gcc"

if ! command -v qemu-system-x86_64 >/dev/null || ! command -v python3 >/dev/null || ! command -v gcc >/dev/null; then
    # shellcheck source=tools/apt.sh disable=SC2086 # a list of names
    . "$top/tools/apt.sh" && apt_require start.sh $packages
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -nostdlib -static -no-pie -Wl,-T,"$here/first.ld",--build-id=none,-z,noexecstack -o "$work/first" "$here/first.S"
# Builds whatever is missing and makes the start-up caches, so that neither is measured. The guest has no end.
"$top/jvmm" run --accel=soft -- true
"$top/jvmm" boot --accel=kvm --kernel "$work/first" --timeout 1 >"$work/out" 2>&1 || grep -q '^!' "$work/out"
python3 "$here/start.py" "$top/jvmm" "$work/first" "$@"
