#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the initial root file system: mkinitramfs.py AGENT BUSYBOX VERSION OUTPUT

Format: Linux Documentation/driver-api/early-userspace/buffer-format.rst ("newc"). Written here rather than by
cpio(1), which would need root to get the device node /dev/console from.
"""
import stat
import subprocess
import sys


class Archive:
    def __init__(self, out):
        self.out = out
        self.inode = 0

    def _entry(self, name, mode, data=b"", device=(0, 0)):
        self.inode += 1
        name = name.encode() + b"\0"
        links = 2 if stat.S_ISDIR(mode) else 1
        # Times are 0: the same input gives the same file.
        fields = (self.inode, mode, 0, 0, links, 0, len(data), 0, 0, device[0], device[1], len(name), 0)
        self._write(b"070701" + b"".join(b"%08x" % f for f in fields) + name)
        self._write(data)

    def _write(self, data):
        self.out.write(data + b"\0" * (-len(data) % 4))

    def directory(self, name, mode=0o755):
        self._entry(name, stat.S_IFDIR | mode)

    def file(self, name, data, mode=0o644):
        self._entry(name, stat.S_IFREG | mode, data)

    def link(self, name, target):
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def node(self, name, mode, major, minor):
        self._entry(name, stat.S_IFCHR | mode, b"", (major, minor))

    def end(self):
        self.inode = -1
        self._entry("TRAILER!!!", 0)


GUEST_DIRECTORIES = ["dev", "etc", "mnt", "proc", "run", "sys", "tmp"]

ROOT_DIRECTORIES = [
    ("", 0o755), ("bin", 0o755), ("dev", 0o755), ("etc", 0o755), ("home", 0o755), ("mnt", 0o755), ("opt", 0o755),
    ("proc", 0o555), ("root", 0o700), ("run", 0o755), ("sbin", 0o755), ("sys", 0o555), ("tmp", 0o1777),
    ("usr", 0o755), ("usr/bin", 0o755), ("usr/sbin", 0o755), ("var", 0o755), ("var/log", 0o755),
    ("var/tmp", 0o1777),
]

ROOT_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "etc/hostname": "jvmm\n",
    "etc/resolv.conf": "",
    "etc/shells": "/bin/sh\n/bin/ash\n",
    "etc/profile": "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
}


def main():
    agent, busybox, version, output = sys.argv[1:]
    applets = subprocess.run([busybox, "--list-full"], check=True, capture_output=True, text=True).stdout.split()
    release = f'NAME="jvmm"\nID=jvmm\nPRETTY_NAME="jvmm guest"\nVERSION_ID={version}\n'
    with open(output, "wb") as out:
        archive = Archive(out)
        for name in GUEST_DIRECTORIES:
            archive.directory(name)
        # The kernel opens it as the standard streams of process 1, before anything is mounted.
        archive.node("dev/console", 0o600, 5, 1)
        with open(agent, "rb") as f:
            archive.file("init", f.read(), 0o755)
        for name, mode in ROOT_DIRECTORIES:
            archive.directory(("rootfs/" + name).rstrip("/"), mode)
        for name, text in ROOT_FILES.items():
            archive.file("rootfs/" + name, text.encode())
        archive.file("rootfs/etc/os-release", release.encode())
        with open(busybox, "rb") as f:
            archive.file("rootfs/bin/busybox", f.read(), 0o755)
        for applet in applets:
            if "/" in applet and applet != "bin/busybox":
                archive.link("rootfs/" + applet, "/bin/busybox")
        archive.end()


main()
