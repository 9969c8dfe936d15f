#!/usr/bin/env bash
# Makes a small Debian root file system for guest tests, once, and keeps it in the cache. Prints its directory and nothing else on standard output.
# Needs root, as debootstrap does.
set -euo pipefail

readonly SUITE=bookworm
readonly INCLUDE=python3-minimal,libpython3-stdlib,perl,sqlite3,attr,util-linux,ca-certificates
# Raise this when what is put in changes.
readonly VERSION=1

cache=${JVMM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/jvmm}/debian
root=$cache/$SUITE-$VERSION

say() { printf '%s\n' "$*" >&2; }
die() { say "debian-root.sh: $*"; exit 1; }

apt_install() {
  set -- apt-get install --yes --no-install-recommends "$@"
  DEBIAN_FRONTEND=noninteractive "$@" >&2 || { apt-get update >&2 && DEBIAN_FRONTEND=noninteractive "$@" >&2; }
}

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
  command -v debootstrap >/dev/null || apt_install debootstrap
  rm -rf "$root.new" "$root"
  say "making a Debian $SUITE root in $root (some minutes)"
  debootstrap --variant=minbase --include="$INCLUDE" "$SUITE" "$root.new" >"$cache/debootstrap.log" 2>&1 ||
    { tail -n 20 "$cache/debootstrap.log" >&2; die "debootstrap failed; log $cache/debootstrap.log"; }
  rm -rf "$root.new"/var/cache/apt/archives/*.deb "$root.new"/var/lib/apt/lists/*
  touch "$root.new/.complete"
  mv "$root.new" "$root"
fi
printf '%s\n' "$root"
