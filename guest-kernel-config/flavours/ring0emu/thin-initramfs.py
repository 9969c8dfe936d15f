#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Copies the agent's initramfs without busybox's links: thin-initramfs.py INITRAMFS OUTPUT

Making 400 links takes most of a boot where ring 0 is emulated. The links a test needs to name a command stay; the others are reached as
"busybox NAME". Format: Linux Documentation/driver-api/early-userspace/buffer-format.rst ("newc").
"""
import stat
import sys

HEADER = 110
KEPT = {b"rootfs/bin/sh", b"rootfs/bin/true", b"rootfs/bin/uname", b"rootfs/bin/cat"}


def aligned(n):
    return (n + 3) & ~3


def main():
    source, target = sys.argv[1:]
    with open(source, "rb") as f:
        image = f.read()
    out = bytearray()
    at = 0
    name = b""
    while name != b"TRAILER!!!":
        field = [int(image[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, name_size = field[1], field[6], field[11]
        name = image[at + HEADER:at + HEADER + name_size - 1]
        end = aligned(aligned(at + HEADER + name_size) + size)
        if not stat.S_ISLNK(mode) or name in KEPT:
            out += image[at:end]
        at = end
    with open(target, "wb") as f:
        f.write(out)


main()
