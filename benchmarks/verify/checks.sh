#!/bin/sh
# checks.sh NAME: one check of the guest verification list. It runs in the Debian root, on the host by chroot and in the guest, and prints the same in both
# when the CPU is right: nothing here depends on time, on the machine or on the run. "checks.sh" alone lists the names.
set -eu
export LC_ALL=C.UTF-8 PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
here=$(cd "$(dirname "$0")" && pwd)
keys=$here/keys

# stress-ng says how long it took; its exit code says whether it was content.
stress() {
    stress-ng --verify --seed 12345 --temp-path /tmp --timeout 0 "$@" >/tmp/stress.log 2>&1 || {
        code=$?
        grep -v dispatching /tmp/stress.log | tail -n 5
        return $code
    }
    echo "$*: verified"
}

python_tests() {
    for module in "$@"; do
        if python3 -m test "$module" >/tmp/python.log 2>&1; then
            echo "$module: passed"
        else
            echo "$module: failed"
            grep -E '^(FAIL|ERROR)|Error:' /tmp/python.log | sort -u | head -n 12
        fi
    done
}

# Deterministic bytes: 1 MiB of AES in counter mode would need what is to be tested, so they come from awk's integers.
data() {
    awk 'BEGIN { x = 12345; for (i = 0; i < 8000; i++) { x = (x * 16807) % 2147483647; printf "%d ", x } }'
}

compiled() {
    mkdir -p /tmp/cc
    for options in "$@"; do
        for source in floats integers vectors; do
            # shellcheck disable=SC2086
            gcc $options -o /tmp/cc/a.out "$here/$source.c" -lm
            # shellcheck disable=SC2086
            gcc $options -S -o - "$here/$source.c" | sha256sum
            echo "$source $options"
            /tmp/cc/a.out
        done
    done
}

check() {
    case $1 in
        stress-cpu) stress --cpu 1 --cpu-method all --cpu-ops 85 ;;
        stress-fpu) stress --fp 1 --fp-method all --fp-ops 19 && stress --fp-error 1 --fp-error-ops 20 && stress --matrix 1 --matrix-ops 18 --matrix-size 16 ;;
        stress-vector) stress --vecmath 1 --vecmath-ops 4 && stress --vecshuf 1 --vecshuf-ops 12 && stress --vecwide 1 --vecwide-ops 4 ;;
        stress-vm) stress --vm 1 --vm-method all --vm-bytes 256K --vm-ops 400 ;;
        stress-sort) stress --qsort 1 --qsort-ops 1 --qsort-size 20000 && stress --radixsort 1 --radixsort-ops 1 --radixsort-size 20000 &&
            stress --heapsort 1 --heapsort-ops 1 --heapsort-size 20000 && stress --tree 1 --tree-ops 1 --tree-size 5000 ;;
        stress-memory) stress --memcpy 1 --memcpy-ops 4 && stress --str 1 --str-ops 200 && stress --wcs 1 --wcs-ops 200 && stress --hash 1 --hash-ops 20 &&
            stress --misaligned 1 --misaligned-ops 1 ;;
        stress-calls) stress --funccall 1 --funccall-ops 20 && stress --funcret 1 --funcret-ops 20 && stress --longjmp 1 --longjmp-ops 20 &&
            stress --atomic 1 --atomic-ops 50 && stress --goto 1 --goto-ops 20 && stress --regs 1 --regs-ops 100 ;;
        stress-fault) stress --sigfpe 1 --sigfpe-ops 200 && stress --sigsegv 1 --sigsegv-ops 200 && stress --opcode 1 --opcode-ops 20 --opcode-method inc ;;
        openssl) openssl_checks ;;
        python) python3 "$here/check.py" ;;
        python-numbers) python_tests test_float test_math test_cmath test_int test_long test_complex test_fractions test_strtod ;;
        python-data) python_tests test_struct test_hashlib test_zlib test_binascii test_array test_random test_re ;;
        python-decimal) python_tests test_decimal ;;
        python-ctypes) python_tests test_ctypes ;;
        python-more) python_tests test_json test_unicode test_pickle test_statistics test_bz2 test_lzma test_threading ;;
        perl) perl "$here/check.pl" ;;
        sqlite) sqlite3 :memory: <"$here/check.sql" ;;
        gcc) compiled -O2 "-O3 -ffast-math" "-O1 -mfpmath=387" ;;
        gcc-v3) compiled "-O3 -march=x86-64-v3" ;;
        gzip) data | tee /tmp/data | gzip -9 -n | tee /tmp/data.gz | sha256sum && gzip -dc /tmp/data.gz | cmp - /tmp/data && echo same ;;
        bc) echo 'scale = 100; 4 * a(1); e(1); sqrt(2); l(3); s(1); 2 ^ 1000' | bc -l ;;
        awk) data | awk '{ for (i = 1; i <= NF; i++) { s += sin($i); q += sqrt($i); l += log($i); e += exp(-$i / 1e9) } } END { printf "%.9f %.9f %.9f %.9f\n", s, q, l, e }' ;;
        *) echo "checks.sh: no check is called $1" >&2; exit 2 ;;
    esac
}

openssl_checks() {
    data >/tmp/data
    for digest in md5 sha1 sha224 sha256 sha384 sha512 sha512-256 sha3-256 sha3-512 shake256 blake2b512 blake2s256 sm3 ripemd160; do
        openssl dgst "-$digest" /tmp/data 2>&1 || true
    done
    key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
    iv=f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff
    for cipher in aes-128-cbc aes-192-ctr aes-256-cbc aes-256-ctr aes-256-cfb aes-128-ofb aes-256-ecb camellia-256-cbc aria-256-ctr chacha20 sm4-cbc; do
        length=64
        case $cipher in *-128-* | sm4*) length=32 ;; *-192-*) length=48 ;; esac
        k=$(echo $key | cut -c1-$length)
        openssl enc "-$cipher" -K "$k" -iv $iv -in /tmp/data -out /tmp/data.enc 2>/tmp/ssl.log || true
        printf '%s ' "$cipher"
        sha256sum </tmp/data.enc
        openssl enc -d "-$cipher" -K "$k" -iv $iv -in /tmp/data.enc 2>/tmp/ssl.log | cmp - /tmp/data && echo "  and back"
    done
    openssl mac -cipher AES-256-GCM -macopt hexkey:$key -macopt hexiv:$iv -in /tmp/data GMAC
    openssl mac -digest SHA256 -macopt hexkey:$key -in /tmp/data HMAC
    openssl mac -macopt hexkey:$key -in /tmp/data POLY1305
    openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt pass:secret -kdfopt salt:salt -kdfopt iter:1000 PBKDF2
    # Signatures without randomness, by keys that guest.sh has made.
    openssl dgst -sha256 -sign "$keys/rsa.pem" /tmp/data | sha256sum
    openssl dgst -sha256 /tmp/data | cut -d' ' -f2 >/tmp/hash
    openssl pkeyutl -sign -inkey "$keys/ed25519.pem" -rawin -in /tmp/hash | sha256sum
    openssl ec -in "$keys/p256.pem" -pubout 2>/tmp/ssl.log | sha256sum
    openssl dgst -sha256 -sign "$keys/p256.pem" -out /tmp/signature /tmp/data
    openssl dgst -sha256 -prverify "$keys/p256.pem" -signature /tmp/signature /tmp/data
    openssl pkeyutl -derive -inkey "$keys/x25519.pem" -peerkey "$keys/peer.pem" | sha256sum
    openssl prime -generate -bits 64 >/tmp/prime && openssl prime "$(cat /tmp/prime)" | sed 's/^.* is/is/'
}

if [ $# = 0 ]; then
    sed -n 's/^        \([a-z0-9-]*\)) .*/\1/p' "$0"
    exit 0
fi
check "$1"
