#!/bin/sh
# Compares the start of jvmm with KVM with that of Debian's QEMU (microvm) on a guest of a few instructions; see docs/performance.md.
# usage: start.sh [--rounds N] [--json FILE] [--memory SIZE]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
packages="qemu-system-x86 python3 gcc"

if ! command -v qemu-system-x86_64 >/dev/null || ! command -v python3 >/dev/null || ! command -v gcc >/dev/null; then
    install="apt-get install -y --no-install-recommends $packages"
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "start.sh: QEMU, Python or gcc is missing; install them with: sudo $install" >&2
        exit 1
    fi
    echo "installing: $packages" >&2
    export DEBIAN_FRONTEND=noninteractive
    $install >&2 || { apt-get update >&2 && $install >&2; }
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gcc -nostdlib -static -no-pie -Wl,-T,"$here/first.ld",--build-id=none,-z,noexecstack -o "$work/first" "$here/first.S"
# Builds whatever is missing and makes the start-up cache, so that neither is measured.
"$top/jvmm" run --accel=soft -- true
python3 "$here/start.py" "$top/jvmm" "$work/first" "$@"
