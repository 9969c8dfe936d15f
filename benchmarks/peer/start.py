#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures a process's start to its guest's first instruction with KVM: start.py JVMM GUEST [--rounds N] [--json FILE] [--memory SIZE]

jvmm and QEMU's microvm run a guest that says one letter (first.S), in turn, so that the noise of the machine meets both. A round counts from the
creation of the process to the arrival of the letter on the serial console.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

LETTER = b"!"


def start(command, **environment):
    """Milliseconds to the letter, and MiB resident beyond guest memory, which is a memfd in both (RssShmem in proc(5))."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | environment)
    try:
        if process.stdout.read(1) != LETTER:
            raise SystemExit(f"start.py: {command[0]} ended without the guest's letter: {process.stderr.read().decode().strip()}")
        millis = (time.monotonic() - began) * 1000
        with open(f"/proc/{process.pid}/status") as f:
            kib = sum(int(line.split()[1]) for line in f if line.startswith(("RssAnon:", "RssFile:")))
    finally:
        process.kill()
        process.communicate()
    return millis, kib / 1024


def probe(jvmm, guest, rounds):
    """What it adds to a start that this boot of the host does not know its KVM yet: median milliseconds without and with a known answer.

    None where the answer is "native": the second start would be with another engine.
    """
    unknown, known = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            for values in (unknown, known):
                values.append(start([jvmm, "boot", "--kernel", guest], JVMM_CACHE=cache)[0])
            with open(os.path.join(cache, "kvm-device")) as f:
                if f.read().split()[1] == "native":
                    return None
    return statistics.median(unknown), statistics.median(known)


def phases(jvmm, guest, memory):
    """jvmm's own milestones of one start."""
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run([*jvmm, "--kernel", guest, "--memory", memory, "--timeout", "1", "--timings", file.name], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        timings = json.load(file)
    return {key: timings[key] for key in ("jvm_main", "machine_built", "first_instruction")}


def main():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[0].split(": ", 1)[1])
    parser.add_argument("jvmm")
    parser.add_argument("guest")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--json", help="where the results go")
    parser.add_argument("--memory", default="256M")
    options = parser.parse_args()
    jvmm = [options.jvmm, "boot", "--accel=kvm"]
    commands = {
        "jvmm": [*jvmm, "--kernel", options.guest, "--memory", options.memory],
        "qemu": ["qemu-system-x86_64", "-M", "microvm,acpi=off,isa-serial=on,memory-backend=ram", "-accel", "kvm", "-cpu",
                 "qemu64,vendor=GenuineIntel", "-m", options.memory, "-object", f"memory-backend-memfd,id=ram,size={options.memory}",
                 "-nodefaults", "-no-user-config", "-nographic", "-serial", "stdio", "-kernel", options.guest],
    }
    values = {who: [] for who in commands}
    for number in range(options.rounds):
        for who, command in commands.items():
            values[who].append(start(command))
    answers = probe(options.jvmm, options.guest, options.rounds)
    milestones = [phases(jvmm, options.guest, options.memory) for _ in range(min(5, options.rounds))]
    print(f"| medians of {options.rounds} starts | jvmm | QEMU microvm | ratio |\n|---|---|---|---|")
    for at, title, unit in ((0, "process start to the guest's first word, KVM", "ms"), (1, "resident set beyond guest memory then", "MiB")):
        ours, theirs = (statistics.median(v[at] for v in values[who]) for who in ("jvmm", "qemu"))
        print(f"| {title} | {ours:.1f} {unit} | {theirs:.1f} {unit} | {ours / theirs:.2f}x |")
    if answers:
        print(f"| jvmm --accel=auto: finding out about KVM | {answers[0] - answers[1]:.1f} ms of {answers[0]:.1f} ms | | |")
    for key in milestones[0]:
        print(f"| jvmm: {key} (--timings) | {statistics.median(m[key] for m in milestones):.1f} ms | | |")
    if options.json:
        with open(options.json, "w") as f:
            json.dump({"values": values, "probe": answers, "milestones": milestones, "cpus": os.cpu_count()}, f, indent=2)
            f.write("\n")


if __name__ == "__main__":
    sys.exit(main())
