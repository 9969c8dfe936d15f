#!/bin/sh
# Compares jvmm's software CPU with Debian's QEMU (microvm, accel=tcg) on the same guest; see docs/performance.md.
# usage: run.sh [--quick | --rounds N] [--json FILE] [--memory SIZE]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
packages="qemu-system-x86 python3"

if ! command -v qemu-system-x86_64 >/dev/null || ! command -v python3 >/dev/null; then
    install="apt-get install -y --no-install-recommends $packages"
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "run.sh: QEMU or Python is missing; install them with: sudo $install" >&2
        exit 1
    fi
    echo "installing: $packages" >&2
    export DEBIAN_FRONTEND=noninteractive
    $install >&2 || { apt-get update >&2 && $install >&2; }
fi

# Builds whatever is missing, so that no build is measured.
"$top/jvmm" run --accel=soft -- true
exec python3 "$here/peer.py" "$top/jvmm" "$@"
