#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the guest agent and the initial root file system around it:
#   <cache>/initramfs/<hash>/{initramfs.cpio,agent}, and the link <cache>/initramfs/default to the newest.
# Usage: build.sh [--print-dir]
#   --print-dir  print the directory of the result and nothing else
# Environment: JVMM_CACHE (default ${XDG_CACHE_HOME:-$HOME/.cache}/jvmm).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${JVMM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/jvmm}/initramfs
packages="gcc make musl-tools linux-libc-dev nanopb libnanopb-dev protobuf-compiler python3 python3-protobuf busybox-static"
busybox=/bin/busybox

say() {
    [ -n "${quiet:-}" ] || echo "$*" >&2
}

fail() {
    echo "build.sh: $*" >&2
    exit 1
}

quiet=
case ${1:-} in
'') ;;
--print-dir) quiet=1 ;;
*) fail "unknown argument $1 (there is only --print-dir)" ;;
esac

have_tools() {
    for tool in gcc make musl-gcc nanopb_generator.py protoc python3 sha256sum flock; do
        command -v "$tool" >/dev/null || return 1
    done
    [ -e /usr/include/pb.h ] && [ -e /usr/include/linux/openat2.h ] && [ -x "$busybox" ] && static_busybox
}

# A dynamically linked one would find no libraries in the guest.
static_busybox() {
    [ -e /usr/share/doc/busybox-static ] || ! ldd "$busybox" >/dev/null 2>&1
}

# Everything the result depends on: our files, the C library, nanopb and busybox.
hash_inputs() {
    cat "$here"/src/* "$here"/proto/* "$here"/Makefile "$here"/mkinitramfs.py "$here"/build.sh "$busybox" \
        /usr/lib/*-linux-musl/libc.a /usr/lib/*-linux-gnu/libprotobuf-nanopb.a | sha256sum | cut -c1-16
}

build() {
    say "building the guest agent and its initramfs"
    work=$(mktemp -d "$cache/.build-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    make -s -C "$here" OUT="$work/out" agent >&2
    version=$(sed -n 's/^#define AGENT_VERSION "\(.*\)"$/\1/p' "$here/src/rpc.h")
    mkdir "$work/result"
    cp "$work/out/agent" "$work/result/agent"
    python3 "$here/mkinitramfs.py" "$work/result/agent" "$busybox" "$version" "$work/result/initramfs.cpio"
    chmod 755 "$work/result"
    # A directory appears under its name only when it is complete.
    mv -T "$work/result" "$cache/$hash"
}

if ! have_tools; then
    # shellcheck source=tools/apt.sh
    . "$here/../tools/apt.sh"
    # shellcheck disable=SC2086 # a list of names
    apt_require build.sh $packages
fi
mkdir -p "$cache"
hash=$(hash_inputs)
if [ ! -e "$cache/$hash/initramfs.cpio" ]; then
    exec 9>"$cache/.lock"
    flock 9
    # Another run may have built it while this one waited.
    [ -e "$cache/$hash/initramfs.cpio" ] || build
fi
if [ "$(readlink "$cache/default" || true)" != "$hash" ]; then
    ln -s "$hash" "$cache/.default-$$"
    mv -T "$cache/.default-$$" "$cache/default"
fi
if [ -n "$quiet" ]; then
    echo "$cache/$hash"
else
    say "ready: $cache/$hash/initramfs.cpio"
fi
