#!/usr/bin/env python3
"""Explores the litmus programs here exhaustively and compares what they come to with litmus.tsv.

    run.py [--model sc|tso|c11]... [--strategy brute|dpor]... [--shape NAME]... [--order ORDER]...

Without options: all models, all shapes and orders, both strategies. For each the set of outcomes
seen must be exactly the table's: one that is missing and one that is not allowed both fail. Under
sc and tso dpor must have run one schedule of each class of equivalent ones that brute found.
Prints a line for each failure and the counts of schedules; exits 1 if anything failed.
"""
import argparse
import ctypes
import mmap
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
MODELS = ("sc", "tso", "c11")
STRATEGIES = {"dpor": "HZX_DPOR", "brute": "HZX_BRUTE", "bound": "HZX_BOUND", "random": "HZX_RANDOM",
              "pos": "HZX_POS", "pct": "HZX_PCT"}
STATES = ("?", "started", "running", "found", "exhausted", "spent", "broken")

# Programs print their outcome; here it is told to the explorer instead: 1, then the digits.
TOLD = r"""
#include <stdio.h>
#include <stdarg.h>
void hazmat_outcome(unsigned long);
__attribute__((no_sanitize("thread"))) static int told(const char *format, ...)
{
    char text[256];
    unsigned long value = 1;
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    for (const char *c = text; *c != 0; c++)
        if (c > text && c[-1] == '=')
            value = value * 10 + (unsigned long)(*c - '0');
    hazmat_outcome(value);
    return 0;
}
#define printf told
"""

LAYOUT = r"""
#include "explorer/shared.h"
#include <stddef.h>
#include <stdio.h>
int main(void)
{
#define AT(member) printf(#member " %zu\n", offsetof(struct hzx_shared, member))
#define IS(name) printf(#name " %u\n", (unsigned)(name))
    AT(magic); AT(state); AT(schedules); AT(blocked); AT(failures); AT(text); AT(outcomes_n);
    AT(outcomes); AT(hash); AT(first_failure); AT(classes);
    AT(config.strategy); AT(config.memory); AT(config.seed); AT(config.schedules);
    AT(config.max_steps); AT(config.keep_going); AT(config.no_races); AT(config.depth);
    AT(config.preemptions); AT(config.seconds);
    IS(HZX_MAGIC); IS(HZX_DPOR); IS(HZX_BRUTE); IS(HZX_BOUND); IS(HZX_RANDOM); IS(HZX_POS);
    IS(HZX_PCT); IS(HZX_ENDS);
    printf("size %zu\n", sizeof(struct hzx_shared));
    return 0;
}
"""


def build(folder):
    """The runtime as a library, and the places of what it shares."""
    flags = ["-std=gnu17", "-D_GNU_SOURCE", f"-I{ROOT}/harness", "-O2", "-Wall", "-Wextra"]
    runtime = ROOT / "harness/explorer/runtime"
    sources = sorted(str(p) for p in runtime.glob("*.c"))
    subprocess.run(["gcc", *flags, "-fPIC", "-fno-builtin", "-shared", "-o", f"{folder}/libhx.so",
                    *sources, "-Wl,-z,now", f"-Wl,--version-script={runtime}/runtime.map"], check=True)
    (folder / "layout.c").write_text(LAYOUT)
    (folder / "told.h").write_text(TOLD)
    subprocess.run(["gcc", *flags, "-o", f"{folder}/layout", f"{folder}/layout.c"], check=True)
    lines = subprocess.run([f"{folder}/layout"], check=True, capture_output=True, text=True).stdout
    return {name: int(at) for name, at in (line.split() for line in lines.splitlines())}


def compiled(folder, source, defines, told=True):
    out = folder / "program"
    extra = ["-include", f"{folder}/told.h"] if told else []
    subprocess.run(["clang", "-std=gnu17", "-g", "-O0", "-fsanitize=thread", "-mllvm",
                    "-tsan-instrument-read-before-write=1", *extra, *defines, "-c", str(source),
                    "-o", f"{out}.o"], check=True)
    subprocess.run(["clang", f"{out}.o", "-o", str(out), f"-L{folder}", "-lhx", "-lpthread"],
                   check=True)
    return out


class Campaign:
    """A run of the explorer in `program`; its counts as attributes."""

    def __init__(self, layout, folder, program, strategy, model, schedules=0, seed=1,
                 keep_going=1, seconds=60.0, preemptions=2, no_races=0):
        fd = os.memfd_create("campaign", 0)
        os.ftruncate(fd, layout["size"])
        shared = mmap.mmap(fd, layout["size"])

        def put(name, form, value):
            struct.pack_into(form, shared, layout[name], value)

        def get(name, form="<Q", offset=0):
            return struct.unpack_from(form, shared, layout[name] + offset)[0]

        put("magic", "<I", layout["HZX_MAGIC"])
        put("config.strategy", "<I", layout[STRATEGIES[strategy]])
        put("config.memory", "<I", MODELS.index(model))
        put("config.seed", "<Q", seed)
        put("config.schedules", "<Q", schedules)
        put("config.max_steps", "<I", 20000)
        put("config.keep_going", "<I", keep_going)
        put("config.no_races", "<I", no_races)
        put("config.depth", "<I", 3)
        put("config.preemptions", "<I", preemptions)
        put("config.seconds", "<d", seconds)
        child = os.fork()
        if child == 0:
            os.set_inheritable(fd, True)
            ctypes.CDLL(None).personality(0x0040000)  # the same addresses each time
            os.execve(str(program), [str(program)],
                      {**os.environ, "HAZMAT_EXPLORE": str(fd), "LD_LIBRARY_PATH": str(folder)})
        self.status = os.waitpid(child, 0)[1]
        os.close(fd)
        self.state = STATES[get("state", "<I")]
        self.schedules, self.blocked = get("schedules"), get("blocked")
        self.classes = get("classes")
        self.first, self.hash = get("first_failure"), get("hash")
        self.failures = [get("failures", offset=8 * i) for i in range(layout["HZX_ENDS"])]
        self.text = shared[layout["text"]:layout["text"] + 240].split(b"\0")[0].decode()
        self.outcomes = {}
        for i in range(get("outcomes_n", "<I")):
            value, times = struct.unpack_from("<QQ", shared, layout["outcomes"] + 16 * i)
            self.outcomes[str(value)[1:]] = times


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("model", "strategy", "shape", "order"):
        parser.add_argument(f"--{name}", action="append")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("-v", action="store_true")
    options = parser.parse_args()
    failed = ran = schedules = 0
    totals = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        layout = build(folder)
        header, *rows = (HERE / "litmus.tsv").read_text().splitlines()
        columns = header.split("\t")
        for row in rows:
            cells = dict(zip(columns, row.split("\t")))
            order = cells["defines"].removeprefix("-DORDER=")
            if options.shape and cells["shape"] not in options.shape:
                continue
            if options.order and order not in options.order:
                continue
            program = compiled(folder, HERE / cells["file"], cells["defines"].split())
            for model in options.model or MODELS:
                expected = set(cells[model].split())
                classes = {}
                for strategy in options.strategy or ("brute", "dpor"):
                    run = Campaign(layout, folder, program, strategy, model, seconds=options.seconds)
                    what = f"{cells['shape']} {order} {model} {strategy}"
                    seen = set(run.outcomes)
                    ran += 1
                    count = totals.setdefault((model, strategy), [0, 0, 0])
                    count[0] += 1
                    count[1] += run.schedules
                    wrong = []
                    if run.state != "exhausted":
                        wrong.append(f"{run.state}, status {run.status:#x} {run.text}")
                    if sum(run.failures[2:]):
                        wrong.append(f"failures {run.failures}")
                    if expected - seen:
                        wrong.append("missing " + " ".join(sorted(expected - seen)))
                    if seen - expected:
                        wrong.append("not allowed " + " ".join(sorted(seen - expected)))
                    classes[strategy] = run.classes
                    if model != "c11" and len(set(classes.values())) > 1:
                        wrong.append(f"classes {classes}")
                    if wrong:
                        failed += 1
                        count[2] += 1
                        print(f"FAILED {what}: {'; '.join(wrong)} ({run.schedules} schedules)")
                    elif options.v:
                        print(f"{what}: {len(seen)} outcomes, {run.schedules} schedules, "
                              f"{run.blocked} blocked")
                    sys.stdout.flush()
    for (model, strategy), (n, schedules, bad) in totals.items():
        print(f"{model} {strategy}: {n} programs, {bad} failed, {schedules} schedules")
    if ran == 0:
        sys.exit("nothing was run")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
