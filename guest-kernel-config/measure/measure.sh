#!/usr/bin/env bash
# Counts the instructions a guest kernel runs from its entry point to the first instruction of init.
# usage: measure.sh KERNEL_DIR [MEMORY [COMMAND_LINE...]]      (needs qemu-system-x86, gcc, cpio)
set -euo pipefail

# What a jvmm guest never runs: its CPU tells the TSC frequency (CPUID leaf 0x15) and has the TSC-deadline timer, so
# nothing is calibrated against other timers there; QEMU's emulated CPU has neither.
readonly CALIBRATION='setup_boot_APIC_clock|calibrate_APIC_clock|quick_pit_calibrate|pit_.*calibrate.*|timer_irq_works|delay_tsc'
readonly TOP=25

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -gt 0 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
kernel=$1
memory=${2:-128M}
shift $(($# < 2 ? $# : 2))
command_line=${*:-console=ttyS0 quiet reboot=k panic=1 acpi=off pci=off no_timer_check noreplace-smp}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

make_initrd() {
  mkdir -p "$work/root/dev"
  gcc -static -Os -o "$work/root/init" "$here/init.c"
  (cd "$work/root" && find . | cpio --quiet -o -H newc) >"$work/initrd"
}

make_plugin() { gcc -O2 -shared -fPIC -o "$work/count.so" "$here/count.c"; }

# One instruction is one nanosecond of guest time, so the same boot gives the same count each time.
boot() {
  timeout 300 qemu-system-x86_64 -M microvm,acpi=off,isa-serial=on -cpu Nehalem,vendor=GenuineIntel,+erms,-spec-ctrl \
    -accel tcg -icount shift=0,sleep=off -m "$memory" -nodefaults -no-user-config -nographic -no-reboot -serial stdio \
    -plugin "$work/count.so,out=$work/counts" -kernel "$kernel/vmlinux" -initrd "$work/initrd" \
    -append "$command_line tsc_early_khz=1000000 lpj=5000000" </dev/null
}

# Gives each block to the symbol at or below its address: both lists are sorted by the address's low half.
by_function() {
  { sed -n 's/^ffffffff\([0-9a-f]*\) [tTwW] /\1 a /p' "$kernel/System.map"; cat "$work/counts"; } | sort | awk '
    $2 == "a" { name = $3; next }
    $4 == 1 { rep += $3; next }
    { sum[name] += $3 }
    END { print rep, "(REP iterations)"; for (n in sum) print sum[n], n }'
}

report() {
  by_function | sort -rn | awk -v calibration="^($CALIBRATION)$" -v top="$TOP" '
    $2 == "(REP" { rep = $1; next }
    $2 ~ calibration { spun += $1; next }
    { total += $1; if (++shown <= top) line[shown] = sprintf("%9.3f M  %s", $1 / 1e6, $2) }
    END {
      printf "%9.3f M  instructions from entry to init\n", total / 1e6
      printf "%9.3f M  REP iterations and %.1f M of timer calibration not counted\n", rep / 1e6, spun / 1e6
      for (i = 1; i <= top && i <= shown; i++) print line[i]
    }'
}

make_initrd
make_plugin
boot >"$work/console" 2>&1 || { cat "$work/console" >&2; exit 1; }
report
