#!/bin/sh
# Compares jvmm's software CPU with Debian's QEMU (microvm, accel=tcg) on the same guest; see docs/performance.md.
# usage: run.sh [--quick | --rounds N] [--json FILE] [--memory SIZE]
#        run.sh --devices [--rounds N] [--json FILE] [--memory SIZE]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
packages="qemu-system-x86 python3"

if ! command -v qemu-system-x86_64 >/dev/null || ! command -v python3 >/dev/null; then
    # shellcheck source=tools/apt.sh disable=SC2086 # a list of names
    . "$top/tools/apt.sh" && apt_require run.sh $packages
fi

# Builds whatever is missing, so that no build is measured.
"$top/jvmm" run --accel=soft -- true
if [ "${1:-}" = --devices ]; then
    shift
    exec python3 "$here/devices.py" "$top/jvmm" "$@"
fi
exec python3 "$here/peer.py" "$top/jvmm" "$@"
