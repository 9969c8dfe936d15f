#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures jvmm's software CPU beside QEMU's TCG: peer.py JVMM [--quick | --rounds N] [--json FILE] [--memory SIZE]

Both run the same kernel and initramfs with the same command line, in turn, so that the noise of the machine meets both. Two machines each
round: one boots into the agent and ends at its ready line, one runs guest-tasks as its init. A start counts from the creation of the process
to the arrival of the line on the serial console; tasks are timed by the guest.
"""
import argparse
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# Longest run of one machine, in seconds.
LIMIT = 600
READY = "ready, up "
DONE = "TASKS DONE"
TASK = re.compile(r"TASK (\w+) ([0-9.]+) ([0-9.]+)")
TITLES = {
    "agent_ready": "process start to the agent's ready line",
    "shell_loop": "shell loop, 100,000 additions",
    "sha256sum": "sha256sum of 16 MiB of zeros",
    "gzip": "gzip of 16 MiB of zeros",
    "processes": "400 times fork and exec of a static busybox",
    "pi": "300 digits of pi by bc -l",
    "rss_boot": "peak resident set beyond guest memory, boot",
    "rss_tasks": "peak resident set beyond guest memory, tasks",
}
# As jvmm's own command line; QEMU's CPU tells no frequency of its time-stamp counter, and gets what spares it the calibration.
COMMAND_LINE = "console=ttyS0 reboot=k panic=1 random.trust_cpu=on tsc=reliable no_timer_check"
QEMU_EXTRA = "lpj=5000000"


def newc(name, mode, data):
    """One entry of a cpio archive (Linux Documentation/driver-api/early-userspace/buffer-format.rst)."""
    path = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
    head = b"070701" + b"".join(b"%08x" % f for f in fields) + path
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def with_tasks(initramfs, target):
    """The default initramfs and behind it a second archive: the kernel unpacks both."""
    with open(initramfs, "rb") as f:
        image = f.read()
    image += b"\0" * (-len(image) % 4)
    for name, source, mode in (("tasks-init", "guest-init", 0o100755), ("rootfs/tasks", "guest-tasks", 0o100644)):
        with open(os.path.join(HERE, source), "rb") as f:
            image += newc(name, mode, f.read())
    with open(target, "wb") as f:
        f.write(image + newc("TRAILER!!!", 0, b""))


class Machine:
    """A process whose output is the guest's serial console."""

    def __init__(self, command):
        self.began = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lines = []
        self.peak_kib = 0
        self.running = True
        self.timer = threading.Timer(LIMIT, self.process.kill)
        self.timer.start()
        self.sampler = threading.Thread(target=self._sample)
        self.sampler.start()

    def _sample(self):
        """Guest memory is a memfd in both, so it counts as RssShmem (proc(5)); the rest is the monitor's."""
        while self.running:
            try:
                with open(f"/proc/{self.process.pid}/status") as f:
                    kib = sum(int(line.split()[1]) for line in f if line.startswith(("RssAnon:", "RssFile:")))
                self.peak_kib = max(self.peak_kib, kib)
            except (FileNotFoundError, ProcessLookupError):
                return
            time.sleep(0.05)

    def wait_for(self, text):
        """Seconds from the start of the process to the arrival of a line with that text."""
        for raw in self.process.stdout:
            line = raw.decode(errors="replace").rstrip()
            self.lines.append(line)
            if text in line:
                return time.monotonic() - self.began
        sys.stderr.write("\n".join(self.lines[-30:]) + "\n")
        raise SystemExit(f"peer.py: {self.process.args[0]} ended, or took longer than {LIMIT} s, before the line '{text}'")

    def end(self):
        self.running = False
        self.sampler.join()
        self.timer.cancel()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


def measure(kind, command):
    machine = Machine(command)
    try:
        if kind == "boot":
            result = {"agent_ready": machine.wait_for(READY)}
        else:
            machine.wait_for(DONE)
            found = [TASK.search(line) for line in machine.lines]
            result = {m[1]: float(m[3]) - float(m[2]) for m in found if m}
    finally:
        machine.end()
    result["rss_" + kind] = machine.peak_kib / 1024
    return result


def commands(jvmm, files, memory):
    def qemu(initrd, more):
        return [
            "qemu-system-x86_64", "-M", "microvm,acpi=off,rtc=on,isa-serial=on,memory-backend=ram", "-accel", "tcg", "-cpu", "max",
            "-m", memory, "-object", f"memory-backend-memfd,id=ram,size={memory}", "-nodefaults", "-no-user-config", "-nographic",
            "-no-reboot", "-serial", "stdio", "-kernel", files["kernel"], "-initrd", initrd, "-append",
            f"{COMMAND_LINE} {QEMU_EXTRA} {more}".strip()]

    tasks = "rdinit=/tasks-init quiet"
    return {
        ("jvmm", "boot"): [jvmm, "run", "--accel=soft", "--memory", memory, "--console", "-", "--", "true"],
        ("qemu", "boot"): qemu(files["initramfs"], ""),
        ("jvmm", "tasks"): [jvmm, "boot", "--accel=soft", "--memory", memory, "--kernel", files["kernel"], "--initrd", files["tasks"],
                            "--cmdline-append", tasks],
        ("qemu", "tasks"): qemu(files["tasks"], tasks),
    }


def first_line(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]


def cpu_model():
    with open("/proc/cpuinfo") as f:
        return next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), "unknown")


def summary(values):
    rows = {}
    for key, title in TITLES.items():
        jvmm, qemu = (statistics.median(values[who][key]) for who in ("jvmm", "qemu"))
        rows[key] = {"title": title, "unit": "MiB" if key.startswith("rss") else "s", "jvmm": round(jvmm, 3), "qemu": round(qemu, 3),
                     "ratio": round(jvmm / qemu, 2) if qemu else None}
    return rows


def table(rows, rounds):
    yield f"| medians of {rounds} rounds | jvmm | QEMU TCG | ratio |"
    yield "|---|---|---|---|"
    for row in rows.values():
        digits = 1 if row["unit"] == "MiB" else 2
        yield f"| {row['title']} | {row['jvmm']:.{digits}f} {row['unit']} | {row['qemu']:.{digits}f} {row['unit']} | {row['ratio']}x |"


def main():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[0].split(": ", 1)[1])
    parser.add_argument("jvmm")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--json", help="where the results go")
    parser.add_argument("--memory", default="256M")
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    cache = os.environ.get("JVMM_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "jvmm")
    files = {"kernel": f"{cache}/kernel/default/vmlinux", "initramfs": f"{cache}/initramfs/default/initramfs.cpio"}
    values = {who: {key: [] for key in TITLES} for who in ("jvmm", "qemu")}
    with tempfile.TemporaryDirectory() as work:
        files["tasks"] = os.path.join(work, "tasks.cpio")
        with_tasks(files["initramfs"], files["tasks"])
        for number in range(rounds):
            for (who, kind), command in commands(options.jvmm, files, options.memory).items():
                result = measure(kind, command)
                for key, value in result.items():
                    values[who][key].append(value)
                shown = ", ".join(f"{key} {value:.2f}" for key, value in result.items())
                print(f"round {number + 1} of {rounds}: {who}: {shown}", file=sys.stderr)
    rows = summary(values)
    print("\n".join(table(rows, rounds)))
    if options.json:
        report = {"host": {"cpu": cpu_model(), "cpus": os.cpu_count(), "kernel": platform.release()},
                  "qemu": first_line("qemu-system-x86_64", "--version"), "jvmm": first_line(options.jvmm, "version"),
                  "memory": options.memory, "rounds": rounds, "medians": rows, "values": values}
        with open(options.json, "w") as f:
            json.dump(report, f, indent=2)
            f.write("\n")


if __name__ == "__main__":
    main()
