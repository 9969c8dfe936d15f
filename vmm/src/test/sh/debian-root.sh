#!/usr/bin/env bash
# debian-root.sh [tools|verify]: makes a small Debian root file system for guest tests, once, and keeps it in the cache. Prints its directory and nothing else
# on standard output. "verify" is a larger one, with compiler and test suites, for benchmarks/verify/guest.sh; "tools" has programs
# that try disks, networks and volumes. Needs root, as debootstrap does.
set -euo pipefail

readonly SUITE=bookworm
# Raise the number when what is put in changes.
case ${1:-} in
  "") name=$SUITE-1 include=python3-minimal,libpython3-stdlib,perl,sqlite3,attr,util-linux,ca-certificates ;;
  tools) name=$SUITE-tools-1 include=e2fsprogs,fio,git,iperf3,python3-minimal,libpython3-stdlib,sqlite3 ;;
  verify) name=$SUITE-verify-1 include=stress-ng,python3,libpython3.11-testsuite,perl,gcc,libc6-dev,sqlite3,openssl,bc ;;
  *) echo "usage: debian-root.sh [tools|verify]" >&2; exit 2 ;;
esac

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${JVMM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/jvmm}/debian
root=$cache/$name

say() { printf '%s\n' "$*" >&2; }
die() { say "debian-root.sh: $*"; exit 1; }

if [ -f "$root/.complete" ]; then
  printf '%s\n' "$root"
  exit 0
fi
[ "$(id -u)" = 0 ] || die "only root can make a Debian root file system"
mkdir -p "$cache"
# Two test runs at once make one root.
exec 9>"$cache/.lock"
flock 9
if [ ! -f "$root/.complete" ]; then
  # shellcheck source=tools/apt.sh
  command -v debootstrap >/dev/null || { . "$here/../../../../tools/apt.sh" && apt_install debootstrap; }
  rm -rf "$root.new" "$root"
  say "making a Debian $SUITE root in $root (some minutes)"
  debootstrap --variant=minbase --include="$include" "$SUITE" "$root.new" >"$cache/debootstrap.log" 2>&1 ||
    { tail -n 20 "$cache/debootstrap.log" >&2; die "debootstrap failed; log $cache/debootstrap.log"; }
  rm -rf "$root.new"/var/cache/apt/archives/*.deb "$root.new"/var/lib/apt/lists/*
  touch "$root.new/.complete"
  mv "$root.new" "$root"
fi
printf '%s\n' "$root"
