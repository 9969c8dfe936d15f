#!/usr/bin/env bash
# The long trials of the virtio devices, with real programs in a real guest; minutes each, so not part of mvn verify, which has their short forms
# (GuestToolsTest, GuestDiskTest, GuestVolumeTest, GuestVsockTest, GuestNetTest).
# usage: devices.sh [TRIAL...]; without one all: fio sqlite download iperf3 tap passt files tree vsock
# Each prints one line: ok or FAILED, its name, seconds, and what was measured. Ends with 1 when one failed. Needs root on Debian, for the guest's root.
# shellcheck disable=SC2016 # the scripts in single quotes are the guest's
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
server='' helper='' space=''
failed=0

# Ends what a trial started beside the guest.
leave() {
  # shellcheck disable=SC2086 # several
  [ -z "$server$helper" ] || kill $server $helper 2>/dev/null || true
  [ -z "$space" ] || ip netns del "$space" || true
  server='' helper='' space=''
}

cleanup() {
  leave
  rm -rf "$work"
}
trap cleanup EXIT

root=$("$top/vmm/src/test/sh/debian-root.sh" tools)
# JVMM names another launcher than the tree's own.
jvmm=${JVMM:-$top/jvmm}

# guest SCRIPT OPTION...: runs a shell script in the Debian root.
guest() {
  local script=$1
  shift
  "$jvmm" run --memory 768M --rootfs "$root:overlay" "$@" -- sh -ec "$script"
}

ext4() {
  truncate -s "$2" "$1"
  mkfs.ext4 -q -F "$1"
}

# fio, 256 MiB of random writes with syncs, read back and compared; then the file system is clean.
fio() {
  ext4 "$work/fio.img" 512M
  guest 'mount /dev/vda /mnt && cd /mnt && fio --name=v --filename=f --size=256m --bsrange=512-256k --rw=randwrite --ioengine=libaio --iodepth=16 \
    --direct=1 --fsync=128 --verify=crc32c --verify_fatal=1 --do_verify=1 --thread --minimal | cut -d";" -f7,48 && cd / && umount /mnt' \
    --net none --disk "$work/fio.img" && e2fsck -fn "$work/fio.img" >/dev/null
}

# sqlite3, four writers of 20,000 rows each, while the disk is synced at every transaction.
sqlite() {
  ext4 "$work/sqlite.img" 256M
  guest 'mount /dev/vda /mnt && cd /mnt && sqlite3 t.db "pragma journal_mode=wal; create table t(w, a, b)" >/dev/null && for w in 1 2 3 4; do
      for part in $(seq 20); do echo "pragma busy_timeout=60000; pragma synchronous=full; with recursive c(x) as (select 1 union all select x + 1 from c where x < 1000)
        insert into t select $w, x, hex(x * x) from c;"; done | sqlite3 t.db >/dev/null & done; wait
    sqlite3 t.db "select count(*) from t; pragma integrity_check;" && cd / && umount /mnt' --net none --disk "$work/sqlite.img" | tee "$work/sqlite.out" &&
    [ "$(tr '\n' ' ' <"$work/sqlite.out")" = "80000 ok " ] && e2fsck -fn "$work/sqlite.img" >/dev/null
}

# 1 GiB over HTTP from a server of the host, through the user-mode network.
download() {
  head -c 1G /dev/urandom >"$work/large"
  (cd "$work" && exec python3 -m http.server 18080 --bind 127.0.0.1 >/dev/null 2>&1) &
  server=$!
  sleep 1
  local sum
  sum=$(sha256sum <"$work/large" | cut -c 1-64)
  "$jvmm" run --memory 256M -- sh -ec 'wget -q -O - http://10.0.2.2:18080/large | sha256sum' | grep -q "^$sum"
  local result=$?
  kill "$server"
  server=
  return "$result"
}

# Ten seconds each way.
iperf3() {
  chroot "$root" iperf3 -s -p 15202 -B 127.0.0.1 >/dev/null &
  server=$!
  sleep 1
  guest 'for way in "" -R; do iperf3 -c 10.0.2.2 -p 15202 -t 10 $way | grep receiver; done'
  local result=$?
  kill "$server"
  server=
  return "$result"
}

# The same 1 GiB and iperf3 from a network namespace of the host through a TAP. iproute2 is needed.
tap() {
  space=jvmm-trial-$$
  ip netns add "$space"
  ip -n "$space" tuntap add dev tap0 mode tap
  ip -n "$space" addr add 192.0.2.1/24 dev tap0
  ip -n "$space" link set tap0 up
  outside "ip netns exec $space" 192.0.2.1 tap=tap0,ip=192.0.2.2/24
}

# The same through passt, which leads the gateway's address to the host's loopback.
passt() {
  command passt --foreground --socket "$work/passt.sock" --runas 0 --address 192.0.2.2 --netmask 24 --gateway 192.0.2.1 >"$work/passt.log" 2>&1 &
  helper=$!
  sleep 1
  outside "" 127.0.0.1 "passt=$work/passt.sock,ip=192.0.2.2/24,gw=192.0.2.1"
}

# outside PREFIX ADDRESS NET: servers by PREFIX at ADDRESS, a guest by PREFIX on NET that knows them as 192.0.2.1.
outside() {
  [ -s "$work/large" ] || head -c 1G /dev/urandom >"$work/large"
  local sum result
  sum=$(sha256sum <"$work/large" | cut -c 1-64)
  # shellcheck disable=SC2086 # several words
  (cd "$work" && exec $1 python3 -m http.server 18080 --bind "$2" >/dev/null 2>&1) &
  server=$!
  # shellcheck disable=SC2086
  $1 chroot "$root" iperf3 -s -p 15202 -B "$2" >/dev/null &
  server="$server $!"
  sleep 1
  # shellcheck disable=SC2086
  $1 "$jvmm" run --memory 768M --rootfs "$root:overlay" --net "$3" -- sh -ec 'python3 -c "
import hashlib, urllib.request
sum = hashlib.sha256()
with urllib.request.urlopen(\"http://192.0.2.1:18080/large\") as file:
    while part := file.read(1 << 20):
        sum.update(part)
print(sum.hexdigest())"
    for way in "" -R; do iperf3 -c 192.0.2.1 -p 15202 -t 10 $way | grep receiver; done' | tee "$work/outside.out"
  grep -q "^$sum" "$work/outside.out" && [ "$(grep -c receiver "$work/outside.out")" = 2 ]
  result=$?
  leave
  return "$result"
}

# 100,000 files in one tree of a volume: made, listed, counted on the host, removed; with fewer descriptors than that the rest of them sleep (docs/fs.md).
files() {
  mkdir "$work/files"
  guest 'cd /v && for d in $(seq 100); do mkdir $d && (cd $d && seq 1000 | xargs touch); done && find . -type f | wc -l' --net none \
    --volume "$work/files:/v" && [ "$(find "$work/files" -type f | wc -l)" = 100000 ] &&
    guest 'rm -rf /v/*' --net none --volume "$work/files:/v" && [ -z "$(ls "$work/files")" ]
}

# The kernel's source tree unpacked by the guest on a volume, and compared with the host's own.
tree() {
  mkdir "$work/host" "$work/guest"
  xz -dc /usr/src/linux-source-6.12.tar.xz >"$work/guest/linux.tar"
  tar -C "$work/host" -xf "$work/guest/linux.tar"
  guest 'tar -C /v -xf /v/linux.tar && sync' --net none --volume "$work/guest:/v" --timeout 0 || return 1
  rm "$work/guest/linux.tar"
  if ! diff -r --no-dereference "$work/host" "$work/guest" >"$work/tree.out"; then
    head -n 20 "$work/tree.out"
    return 1
  fi
  find "$work/guest" -type f | wc -l
}

# 100 MiB each way through a stream.
vsock() {
  (cd "$top" && mvn -q verify -pl vmm -am -Dit.test=GuestVsockTest -Dtest=GuestVsockTest -Dvsock.mib=100 -Dsurefire.failIfNoSpecifiedTests=false \
    -Dfailsafe.failIfNoSpecifiedTests=false >"$work/vsock.log" 2>&1) || { tail -n 20 "$work/vsock.log"; return 1; }
}

[ $# -gt 0 ] || set -- fio sqlite download iperf3 tap passt files tree vsock
for trial in "$@"; do
  case $trial in
    fio | sqlite | download | iperf3 | tap | passt | files | tree | vsock) ;;
    *) echo "devices.sh: there is no trial $trial" >&2; exit 2 ;;
  esac
  start=$(date +%s)
  result=ok
  said=$(set +e; "$trial" 2>&1) || result=FAILED
  [ "$result" = ok ] || failed=1
  printf '%s %s %s s: %s\n' "$result" "$trial" "$(($(date +%s) - start))" "$(printf '%s' "$said" | tail -n 4 | tr '\n' ' ')"
done
exit $failed
