#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures jvmm's disk and shared directory beside QEMU's virtio-blk under TCG: devices.py JVMM [--rounds N] [--json FILE] [--memory SIZE]

The same kernel reads and writes the same image with O_DIRECT, in requests of 4 KiB, 64 KiB and 1 MiB; the image is in the host's page cache. The guest times
it. jvmm and QEMU run in turn. Results are MiB/s, and microseconds a MiB: of the last five passes together, after nine for both sides to warm up, and of the
first pass alone.
"""
import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile

sys.dont_write_bytecode = True
import peer  # noqa: E402

MIB = 1 << 20
IMAGE = 96 * MIB
MOVED = re.compile(r"MOVED (\S+) (\d+) (\d+) ([0-9.]+) ([0-9.]+)")


def with_script(initramfs, target):
    with open(initramfs, "rb") as f:
        image = f.read()
    image += b"\0" * (-len(image) % 4)
    for name, source, mode in (("tasks-init", "guest-init", 0o100755), ("rootfs/tasks", "guest-devices", 0o100644)):
        with open(os.path.join(peer.HERE, source), "rb") as f:
            image += peer.newc(name, mode, f.read())
    with open(target, "wb") as f:
        f.write(image + peer.newc("TRAILER!!!", 0, b""))


def measure(command):
    machine = peer.Machine(command)
    try:
        machine.wait_for(peer.DONE)
        failed = [line for line in machine.lines if "FAILED" in line]
        if failed:
            raise SystemExit(f"devices.py: {failed[0]}")
        moved = {}
        for m in filter(None, map(MOVED.search, machine.lines)):
            # Five passes together, since the guest's clock counts hundredths of a second.
            size, count, begin, end = int(m[2]), int(m[3]), float(m[4]), float(m[5])
            total = moved.setdefault((m[1], size), [0, 0.0])
            total[0] += size * count / MIB
            total[1] += end - begin
        return {key: mib / max(seconds, 0.01) for key, (mib, seconds) in moved.items()}
    finally:
        machine.end()


def main():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[0].split(": ", 1)[1])
    parser.add_argument("jvmm")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="where the results go")
    parser.add_argument("--memory", default="256M")
    options = parser.parse_args()
    cache = os.environ.get("JVMM_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "jvmm")
    kernel, initramfs = f"{cache}/kernel/default/vmlinux", f"{cache}/initramfs/default/initramfs.cpio"
    values = {"jvmm": {}, "qemu": {}}
    with tempfile.TemporaryDirectory() as work:
        image, volume, tasks = (os.path.join(work, name) for name in ("disk.img", "volume", "tasks.cpio"))
        os.mkdir(volume)
        for path in (image, os.path.join(volume, "file")):
            with open(path, "wb") as f:
                f.write(os.urandom(IMAGE))
        shutil.copy(os.path.join(peer.HERE, "guest-devices"), volume)
        with_script(initramfs, tasks)
        commands = {
            "jvmm": [options.jvmm, "run", "--accel=soft", "--net", "none", "--memory", options.memory, "--disk", image, "--volume",
                     f"{volume}:/v", "--", "sh", "/v/guest-devices"],
            "qemu": ["qemu-system-x86_64", "-M", "microvm,acpi=off,rtc=on,isa-serial=on", "-accel", "tcg", "-cpu", "max", "-m", options.memory,
                     "-nodefaults", "-no-user-config", "-nographic", "-no-reboot", "-serial", "stdio", "-kernel", kernel, "-initrd", tasks,
                     "-drive", f"file={image},if=none,id=d,format=raw,cache=writeback", "-device", "virtio-blk-device,drive=d", "-append",
                     f"{peer.COMMAND_LINE} {peer.QEMU_EXTRA} rdinit=/tasks-init quiet"],
        }
        for number in range(options.rounds):
            for who, command in commands.items():
                for key, speed in measure(command).items():
                    values[who].setdefault(key, []).append(speed)
                print(f"round {number + 1} of {options.rounds}: {who} done", file=sys.stderr)
    medians = {who: {key: statistics.median(found) for key, found in table.items()} for who, table in values.items()}
    print(f"| medians of {options.rounds} rounds | QEMU virtio-blk | jvmm virtio-blk | ratio | jvmm virtio-fs | ratio |")
    print("|---|---|---|---|---|---|")
    for passes in ("last", "first"):
        for way in ("read", "write"):
            for size in (4096, 65536, MIB):
                theirs = medians["qemu"][(f"{passes}-blk-{way}", size)]
                cells = [f"{theirs:.1f} MiB/s"]
                for device in ("blk", "fs"):
                    ours = medians["jvmm"][(f"{passes}-{device}-{way}", size)]
                    cells += [f"{ours:.1f} MiB/s, {1e6 / ours:.0f} us/MiB", f"{ours / theirs:.2f}x"]
                print(f"| {way}, {size >> 10} KiB, {'warm' if passes == 'last' else 'first pass'} | " + " | ".join(cells) + " |")
    if options.json:
        with open(options.json, "w") as f:
            json.dump({who: {f"{name} {size}": found for (name, size), found in table.items()} for who, table in values.items()}, f, indent=2)


main()
