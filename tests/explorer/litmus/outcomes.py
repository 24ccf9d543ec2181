#!/usr/bin/env python3
"""Which outcomes of the litmus programs here a memory model allows, by brute force.

    outcomes.py            prints the table (litmus.tsv is its output)
    outcomes.py --check    exits 1 if litmus.tsv is not what it prints

test_litmus.c holds the explorer to the table; no build or test of Hazmat's runs this. After a change
of a program here or of the table run `tests/explorer/litmus/outcomes.py --check`: it needs Python 3
alone, and a second.

The programs are read from their C files, which keep to the form of litmus.h. Three models:

  sc    all interleavings of the threads.
  tso   x86-TSO (Sewell, Sarkar, Owens, Zappa Nardelli, Myreen, CACM 2010): interleavings with a
        store buffer per thread, under the usual compilation of C11: a sequentially consistent
        store is XCHG, a sequentially consistent fence is MFENCE, all else is a plain MOV.
  c11   RC11 (Lahav, Vafeiadis, Kang, Hur, Dreyer, PLDI 2017): all choices of reads-from and
        modification order that satisfy its axioms; no load buffering, as sb and rf are acyclic.

In the table an outcome is the digits of r0, r1, … in order. Each verdict is worked out twice where
that can be done: sc and tso also by their axioms (Alglave, Maranget, Tautschnig, TOPLAS 2014), and
it is checked that the two agree, that sc's outcomes are among tso's and tso's among c11's, and that
the verdicts which the literature tells (KNOWN) hold.
"""
import itertools
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
ORDERS = {  # reads, writes, fences
    "RLX": ("rlx", "rlx", None),
    "REL": ("rlx", "rel", None),
    "ACQ": ("acq", "rlx", None),
    "RA": ("acq", "rel", None),
    "ARF": ("rlx", "rlx", "acqrel"),
    "SC": ("sc", "sc", None),
    "SCF": ("rlx", "rlx", "sc"),
}
SOURCES = {
    "SB": "Owens, Sarkar, Sewell TPHOLs 2009; Lahav et al. PLDI 2017",
    "MP": "Alglave, Maranget, Tautschnig TOPLAS 2014; Batty et al. POPL 2011",
    "LB": "Lahav et al. PLDI 2017 (RC11 forbids it, ISO C11 does not)",
    "IRIW": "Boehm, Adve PLDI 2008; Batty et al. POPL 2011",
    "WRC": "Boehm, Adve PLDI 2008; Batty et al. POPL 2011",
    "ISA2": "Sarkar et al. PLDI 2011; Batty et al. POPL 2011",
    "RWC": "Boehm, Adve PLDI 2008; Lahav et al. PLDI 2017",
}
CATALOGUE = "herd7's catalogue (Alglave, Maranget, Tautschnig TOPLAS 2014)"
# (shape, order, outcome): by model, whether it is allowed; as the literature has it
KNOWN = {
    ("SB", "RLX", "00"): (False, True, True),
    ("SB", "RA", "00"): (False, True, True),
    ("SB", "ARF", "00"): (False, True, True),
    ("SB", "SC", "00"): (False, False, False),
    ("SB", "SCF", "00"): (False, False, False),
    ("MP", "RLX", "10"): (False, False, True),
    ("MP", "REL", "10"): (False, False, True),
    ("MP", "ACQ", "10"): (False, False, True),
    ("MP", "RA", "10"): (False, False, False),
    ("MP", "ARF", "10"): (False, False, False),
    ("LB", "RLX", "11"): (False, False, False),
    ("S", "RLX", "12"): (False, False, True),
    ("S", "RA", "12"): (False, False, False),
    ("2+2W", "RA", "11"): (False, False, True),
    ("IRIW", "RA", "1010"): (False, False, True),
    ("IRIW", "SC", "1010"): (False, False, False),
    ("IRIW", "SCF", "1010"): (False, False, False),
    ("WRC", "RA", "110"): (False, False, False),
    ("WRC", "RLX", "110"): (False, False, True),
    ("RWC", "RA", "100"): (False, True, True),
    ("RWC", "SC", "100"): (False, False, False),
    ("RWC", "SCF", "100"): (False, False, False),
    ("ISA2", "RA", "110"): (False, False, False),
    ("ISA2", "RLX", "110"): (False, False, True),
    ("R", "RA", "02"): (False, True, True),
    ("R", "SC", "02"): (False, False, False),
    ("CoRR", "RLX", "10"): (False, False, False),
    ("CoRR2", "RLX", "1221"): (False, False, False),
    ("CoWW", "RLX", "1"): (False, False, False),
    ("CoRW1", "RLX", "1"): (False, False, False),
    ("CoRW2", "RLX", "11"): (False, False, False),
    ("CoWR", "RLX", "21"): (False, False, False),
}


def parse(path):
    """Threads as lists of ('W', place, value), ('R', place, register), ('F',), and final reads."""
    text = path.read_text()
    threads = []
    for body in re.findall(r"static void \*t\d\(void \*unused\)\n\{\n(.*?)\n\}", text, re.S):
        thread = []
        for line in body.split("\n"):
            line = line.strip()
            if write := re.fullmatch(r"W\((\w), (\d)\);", line):
                thread.append(("W", write[1], int(write[2])))
            elif read := re.fullmatch(r"r(\d) = R\((\w)\);", line):
                thread.append(("R", read[2], int(read[1])))
            elif line == "FENCE;":
                thread.append(("F",))
            elif line not in ("(void)unused;", "return NULL;"):
                sys.exit(f"{path}: not of the form: {line}")
        threads.append(thread)
    final = [(int(r), p) for r, p in re.findall(r"r(\d) = (\w); /\* final \*/", text)]
    if not threads or f"run({len(threads)}, " not in text:
        sys.exit(f"{path}: no threads, or not all of them are run")
    return threads, final


def ordered(threads, order):
    """The threads under an order: ('W'|'R', place, value|register, mode), ('F', mode)."""
    read, write, fence = ORDERS[order]
    result = []
    for thread in threads:
        events = []
        for event in thread:
            if event[0] == "F":
                if fence:
                    events.append(("F", fence))
            else:
                events.append(event + (read if event[0] == "R" else write,))
        result.append(events)
    return result


def digits(registers):
    return "".join(str(registers[r]) for r in sorted(registers))


def interleave(threads, final, buffered):
    """Outcomes of all interleavings, with store buffers (x86-TSO) or without (SC)."""
    outcomes, seen = set(), set()
    places = {e[1] for t in threads for e in t if e[0] != "F"}

    def step(at, memory, buffers, registers):
        state = (at, memory, buffers, registers)
        if state in seen:
            return
        seen.add(state)
        ended = True
        for t, thread in enumerate(threads):
            if buffers[t]:  # the oldest store goes to memory
                ended = False
                place, value = buffers[t][0]
                step(at, replaced(memory, place, value), put(buffers, t, buffers[t][1:]), registers)
            if at[t] == len(thread):
                continue
            ended = False
            event, on = thread[at[t]], put(at, t, at[t] + 1)
            if event[0] == "F":
                if event[1] != "sc" or not buffers[t]:
                    step(on, memory, buffers, registers)
            elif event[0] == "W":
                if not buffered:
                    step(on, replaced(memory, event[1], event[2]), buffers, registers)
                elif event[3] != "sc":
                    longer = buffers[t] + ((event[1], event[2]),)
                    step(on, memory, put(buffers, t, longer), registers)
                elif not buffers[t]:
                    step(on, replaced(memory, event[1], event[2]), buffers, registers)
            else:
                own = [v for p, v in buffers[t] if p == event[1]]
                value = own[-1] if own else dict(memory)[event[1]]
                step(on, memory, buffers, replaced(registers, event[2], value))
        if ended:
            result = dict(registers)
            result.update({r: dict(memory)[p] for r, p in final})
            outcomes.add(digits(result))

    def replaced(pairs, key, value):
        return tuple(sorted({**dict(pairs), key: value}.items()))

    def put(values, index, value):
        return values[:index] + (value,) + values[index + 1 :]

    step(
        (0,) * len(threads), tuple(sorted((p, 0) for p in places)), ((),) * len(threads), ()
    )
    return outcomes


class Relation(set):
    """A set of pairs with the operations that axioms are written in."""

    def then(self, other):
        following = {}
        for a, b in other:
            following.setdefault(a, []).append(b)
        return Relation((a, c) for a, b in self for c in following.get(b, ()))

    def inverse(self):
        return Relation((b, a) for a, b in self)

    def plus(self):
        closed = Relation(self)
        while True:
            more = closed.then(self) - closed
            if not more:
                return closed
            closed |= more

    def irreflexive(self):
        return all(a != b for a, b in self)

    def acyclic(self):
        return self.plus().irreflexive()


def union(*relations):
    return Relation(itertools.chain(*relations))


def executions(threads):
    """Every choice of reads-from and modification order: (events, sb, rf, mo, rb)."""
    events, sb = [], Relation()
    places = sorted({e[1] for t in threads for e in t if e[0] != "F"})
    for place in places:  # what was there before comes before everything
        events.append({"kind": "W", "place": place, "value": 0, "mode": "init", "thread": None})
    for t, thread in enumerate(threads):
        for e in thread:
            if e[0] == "F":
                events.append({"kind": "F", "place": None, "mode": e[1], "thread": t})
            elif e[0] == "W":
                events.append(
                    {"kind": "W", "place": e[1], "value": e[2], "mode": e[3], "thread": t}
                )
            else:
                events.append(
                    {"kind": "R", "place": e[1], "register": e[2], "mode": e[3], "thread": t}
                )
    for a, b in itertools.combinations(range(len(events)), 2):  # they are listed thread by thread
        first, second = events[a]["thread"], events[b]["thread"]
        if first == second is not None or (first is None and second is not None):
            sb.add((a, b))

    writes = {
        p: [i for i, e in enumerate(events) if e["kind"] == "W" and e["place"] == p]
        for p in places
    }
    reads = [i for i, e in enumerate(events) if e["kind"] == "R"]
    orders = []
    for place in places:
        first, *others = writes[place]
        orders.append([(first, *rest) for rest in itertools.permutations(others)])
    for chosen in itertools.product(*orders):
        mo = Relation(pair for order in chosen for pair in itertools.combinations(order, 2))
        for sources in itertools.product(*(writes[events[r]["place"]] for r in reads)):
            rf = Relation(zip(sources, reads))
            rb = Relation((r, w) for r, w in rf.inverse().then(mo) if r != w)
            last = {p: order[-1] for p, order in zip(places, chosen)}
            yield events, sb, rf, mo, rb, last


def outcome(events, rf, last, final):
    registers = {events[r]["register"]: events[w]["value"] for w, r in rf}
    registers.update({r: events[last[p]]["value"] for r, p in final})
    return digits(registers)


def same_place(events, relation):
    return Relation(
        (a, b)
        for a, b in relation
        if events[a]["place"] and events[a]["place"] == events[b]["place"]
    )


def allowed_by_sc(events, sb, rf, mo, rb):
    return union(sb, rf, mo, rb).acyclic()


def allowed_by_tso(events, sb, rf, mo, rb):
    if not union(same_place(events, sb), rf, mo, rb).acyclic():
        return False

    def kept(a, b):  # a store and a later load are not, unless something empties the buffer
        if events[a]["kind"] != "W" or events[b]["kind"] != "R":
            return True
        if events[a]["mode"] in ("sc", "init"):
            return True
        between = (c for c in range(a + 1, b) if events[c]["thread"] == events[a]["thread"])
        return any(
            events[c]["mode"] == "sc" and events[c]["kind"] in ("F", "W") for c in between
        )

    accesses = [i for i, e in enumerate(events) if e["kind"] != "F"]
    program = Relation((a, b) for a, b in sb if a in accesses and b in accesses and kept(a, b))
    from_others = Relation((w, r) for w, r in rf if events[w]["thread"] != events[r]["thread"])
    return union(program, from_others, mo, rb).acyclic()


def allowed_by_rc11(events, sb, rf, mo, rb):
    count = range(len(events))

    def those(test):
        return Relation((i, i) for i in count if test(events[i]))

    everything = those(lambda e: True)
    fences = those(lambda e: e["kind"] == "F")
    writes = those(lambda e: e["kind"] == "W" and e["mode"] != "init")
    reads = those(lambda e: e["kind"] == "R")
    releases = those(
        lambda e: (e["kind"] == "W" and e["mode"] in ("rel", "sc")) or e["kind"] == "F"
    )
    acquires = those(
        lambda e: (e["kind"] == "R" and e["mode"] in ("acq", "sc")) or e["kind"] == "F"
    )
    sc_fences = those(lambda e: e["kind"] == "F" and e["mode"] == "sc")
    sc_events = those(lambda e: e["mode"] == "sc")

    # no program here has an atomic read-modify-write: a release sequence is a thread's own writes
    sequence = union(writes, writes.then(same_place(events, sb)).then(writes))
    sw = (
        releases.then(union(everything, fences.then(sb)))
        .then(sequence)
        .then(rf)
        .then(reads)
        .then(union(everything, sb.then(fences)))
        .then(acquires)
    )
    hb = union(sb, sw).plus()
    eco = union(rf, mo, rb).plus()
    if not hb.irreflexive() or not hb.then(eco).irreflexive():
        return False

    other_place = sb - same_place(events, sb)
    scb = union(
        sb,
        Relation(other_place).then(hb).then(Relation(other_place)),
        same_place(events, hb),
        mo,
        rb,
    )
    base = (
        union(sc_events, sc_fences.then(hb))
        .then(scb)
        .then(union(sc_events, hb.then(sc_fences)))
    )
    fence = sc_fences.then(union(hb, hb.then(eco).then(hb))).then(sc_fences)
    return union(base, fence).acyclic() and union(sb, rf).acyclic()


def by_axioms(threads, final, allowed):
    return {
        outcome(events, rf, last, final)
        for events, sb, rf, mo, rb, last in executions(threads)
        if allowed(events, sb, rf, mo, rb)
    }


def verdicts(path, order):
    plain, final = parse(path)
    threads = ordered(plain, order)
    sc = interleave(threads, final, buffered=False)
    tso = interleave(threads, final, buffered=True)
    c11 = by_axioms(threads, final, allowed_by_rc11)
    where = f"{path.stem} {order}"
    assert sc == by_axioms(threads, final, allowed_by_sc), f"{where}: two ways to sc"
    assert tso == by_axioms(threads, final, allowed_by_tso), f"{where}: two ways to tso"
    assert sc <= tso, f"{where}: {sc - tso} under sc but not under tso"
    assert tso <= c11, f"{where}: {tso - c11} under tso but not under c11"
    return sc, tso, c11


def table():
    unchecked = set(KNOWN)
    lines = ["\t".join(("shape", "file", "defines", "sc", "tso", "c11", "source"))]
    for path in sorted(HERE.glob("*.c")):
        for order in ORDERS:
            models = verdicts(path, order)
            for (shape, which, result), expected in KNOWN.items():
                if (shape, which) == (path.stem, order):
                    found = tuple(result in model for model in models)
                    assert found == expected, f"{shape} {which} {result}: {found}, known {expected}"
                    unchecked.discard((shape, which, result))
            lines.append(
                "\t".join(
                    [path.stem, path.name, f"-DORDER={order}"]
                    + [" ".join(sorted(model)) for model in models]
                    + [SOURCES.get(path.stem, CATALOGUE) + "; outcomes.py"]
                )
            )
    assert not unchecked, f"known, but of no program: {unchecked}"
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(table() != (HERE / "litmus.tsv").read_text())
    sys.stdout.write(table())
