#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether what a guest does over and over costs the software CPU more each time: linear.py JVMM [--quick] [WHAT...]

Runs linear.c in a guest for N and for 10 N operations, takes away what a guest that does nothing counts, and prints what an operation costs: guest instructions,
processor time, blocks decoded, TLB entries flushed, regions compiled; and how much more that is with 10 N. As the counters of --timings have it.
"""
import argparse
import json
import os
import resource
import subprocess
import tempfile

SIZES = {"processes": 1000, "rewritten": 20000, "hot": 30, "tables": 2000}
COUNTERS = ("instructions", "blocks_decoded", "tlb_entries_flushed", "regions_compiled")


def run(jvmm, folder, memory, words):
    """Counters and processor seconds of one guest."""
    timings = os.path.join(folder, "timings.json")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*jvmm, "run", "--accel=soft", "--memory", memory, "--timeout", "0", "--timings", timings, "--volume", f"{folder}:/linear:ro",
                    "--", *words], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(timings, encoding="utf-8") as file:
        timings = json.load(file)
    values = {name: timings["counters"].get(name, 0) for name in COUNTERS}
    values["instructions"] = timings["instructions_retired"]
    values["microseconds"] = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e6
    return values


def main():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[0].split(": ", 1)[1])
    parser.add_argument("jvmm")
    parser.add_argument("what", nargs="*", choices=[*SIZES, []], metavar="WHAT", help=" ".join(SIZES))
    parser.add_argument("--quick", action="store_true", help="a tenth of the operations")
    parser.add_argument("--memory", default="4096M")
    options = parser.parse_args()
    jvmm = options.jvmm.split()
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "linear.c")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        subprocess.run(["cc", "-O2", "-static", "-Wall", "-o", os.path.join(folder, "linear"), source], check=True)
        idle = run(jvmm, folder, options.memory, ["true"])
        names = ("microseconds", *COUNTERS)
        print("| | operations | " + " | ".join(name.replace("_", " ") for name in names) + " |")
        print("|---" * (len(names) + 2) + "|")
        for what in options.what or SIZES:
            few = SIZES[what] // (10 if options.quick else 1)
            costs = []
            for times in (few, 10 * few):
                values = run(jvmm, folder, options.memory, ["/linear/linear", what, str(times)])
                costs.append([(values[name] - idle[name]) / times for name in names])
                print(f"| {what} | {times} | " + " | ".join(f"{value:.2f}" for value in costs[-1]) + " |", flush=True)
            ratios = [f"{many / one:.2f}x" if one > 0 else "" for one, many in zip(*costs)]
            print("| | 10x | " + " | ".join(ratios) + " |", flush=True)


main()
