#!/usr/bin/env bash
# Runs the guest verification list: Debian's programs on the software CPU must give what they give on this host's processor. See docs/software-cpu.md.
# usage: guest.sh [--model v2|v3] [CHECK...]      one line a check; ends with 1 when any differs
# Needs root, since it makes a Debian root by debootstrap (once; in the cache) and runs the reference in it by chroot.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
jvmm=${JVMM:-$top/jvmm}
# What a check may take in the guest, seconds.
limit=${LIMIT:-1500}

model=v2
if [ "${1:-}" = --model ]; then
    model=${2:-}
    shift 2
fi
case $model in v2 | v3) ;; *) echo "guest.sh: --model is v2 or v3" >&2; exit 2 ;; esac
checks=$*
if [ -z "$checks" ]; then
    checks=$("$here/checks.sh")
    # Code for v3 is not for a v2 processor.
    [ "$model" = v3 ] || checks=$(printf '%s\n' "$checks" | grep -v -e -v3)
fi
if [ "$model" = v3 ] && ! grep -q -m1 '^flags.* fma .* avx2 ' /proc/cpuinfo; then
    echo "guest.sh: this host's processor is not x86-64-v3, so there is nothing to compare with" >&2
    exit 2
fi

root=$("$top/vmm/src/test/sh/debian-root.sh" verify)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cp "$here"/check* "$here"/*.c "$work"
mkdir "$work/keys" "$work/host" "$work/guest"

# The host's reference runs in a mount namespace of its own. Its C library chooses code by the processor; for v2 it leaves out what v3 adds.
in_root() {
    # shellcheck disable=SC2016
    unshare --mount sh -c 'mount --bind "$1" "$2/mnt"; shift; exec chroot "$@"' sh "$work" "$root" "$@"
}
tunables=
[ "$model" = v3 ] || tunables=glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-BMI1,-BMI2,-LZCNT,-MOVBE,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM
in_root sh -c 'cd /mnt/keys && openssl genrsa -out rsa.pem 2048 && openssl genpkey -algorithm ed25519 -out ed25519.pem &&
    openssl ecparam -name prime256v1 -genkey -noout -out p256.pem && openssl genpkey -algorithm x25519 -out x25519.pem &&
    openssl genpkey -algorithm x25519 -out own.pem && openssl pkey -in own.pem -pubout -out peer.pem' >"$work/keys.log" 2>&1 ||
    { cat "$work/keys.log" >&2; exit 2; }
for check in $checks; do
    # A shell's background jobs ignore SIGINT and SIGQUIT, which Python's tests of threads send themselves.
    in_root env --default-signal=INT,QUIT ${tunables:+GLIBC_TUNABLES=$tunables} /mnt/checks.sh "$check" >"$work/host/$check" 2>&1 ||
        echo "exit code $?" >>"$work/host/$check"
done

cat >"$work/all.sh" <<'EOF'
#!/bin/sh
limit=$1
shift
mount -t tmpfs tmpfs /tmp
for check in "$@"; do
    start=$(cut -d. -f1 /proc/uptime)
    timeout "$limit" /mnt/checks.sh "$check" >/tmp/result 2>&1 || echo "exit code $?" >>/tmp/result
    cp /tmp/result "/mnt/guest/$check"
    echo "$check $(($(cut -d. -f1 /proc/uptime) - start))"
done
EOF
chmod +x "$work/all.sh"
failed=0
# shellcheck disable=SC2086
while read -r check seconds; do
    if cmp -s "$work/host/$check" "$work/guest/$check"; then
        if grep -q -e '^exit code' -e ': failed$' "$work/host/$check"; then
            printf 'same  %-4s %-16s %5s s   (fails on the host too)\n' $model "$check" "$seconds"
        else
            printf 'pass  %-4s %-16s %5s s\n' $model "$check" "$seconds"
        fi
    else
        printf 'FAIL  %-4s %-16s %5s s\n' $model "$check" "$seconds"
        diff "$work/host/$check" "$work/guest/$check" | head -n 20 | sed 's/^/      /' || true
        failed=1
    fi
done < <("$jvmm" run --accel=soft --cpu-model $model --memory 1G --net none --rootfs "$root:overlay" --volume "$work:/mnt" -- \
    /mnt/all.sh "$limit" $checks || echo "jvmm-ended-with-$? 0")
for check in $checks; do
    [ -f "$work/guest/$check" ] || { printf 'FAIL  %-4s %-16s did not finish\n' "$model" "$check"; failed=1; }
done
exit $failed
