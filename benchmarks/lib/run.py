"""benchmarks/run: throughput, latency and server CPU of Redis and Hydrion, command by command.

Both servers are pinned to one core and run side by side, the load generator (redis-benchmark, 50
connections, 64-byte values) to another. The rounds are interleaved, and the figure that counts is the
ratio of both servers' CPU time per operation within a round: unlike throughput it does not depend on
the load generator, and unlike a single run it is steady."""
import argparse
import fnmatch
import time

from common import (Load, Server, alternate, commands, cores, fail, load, median, need_tools, rate_text, report, say, spread,
                    table)

MSET10 = ["mset", *(f for _ in range(10) for f in ("key:__rand_int__", "x" * 64))]
# name, arguments of redis-benchmark, pipeline, millions of keys, target of the CPU ratio
CASES = [
    ("get-p1", ["-t", "get"], 1, 1, 1.05),
    ("set-p1", ["-t", "set"], 1, 1, 1.05),
    ("get-p16", ["-t", "get"], 16, 1, 0.65),
    ("set-p16", ["-t", "set"], 16, 1, 0.60),
    ("get-p64", ["-t", "get"], 64, 1, 0.33),
    ("set-p64", ["-t", "set"], 64, 1, 0.35),
    ("incr-p64", ["-t", "incr"], 64, 1, 0.45),
    ("mset10-p16", MSET10, 16, 1, 0.35),
    ("get-p16-5m", ["-t", "get"], 16, 5, 0.65),
    ("get-p64-5m", ["-t", "get"], 64, 5, 0.33),
]
WARM_BURSTS = 8


class Sample:
    def __init__(self, server, case, ops, keys, core):
        _, args, pipeline, _, _ = case
        ticks, cpu_ns, start_s = server.ticks(), server.cpu_ns(), time.monotonic()
        x = Load(server, args, ops, keys, pipeline, core=core).finish()
        self.us = (server.cpu_ns() - cpu_ns) / ops / 1000
        self.user = server.user_share(ticks)
        self.seconds = time.monotonic() - start_s
        self.rate, self.p50, self.p99, self.p999 = x.rate, x.p50_ms, x.p99_ms, x.p999_ms


def rounded(ops, pipeline):
    step = max(1000, 50 * pipeline)
    return max(step, int(ops) // step * step)


def warm(server, case, seconds, keys, core):
    """Runs the case until the CPU per operation settles; returns the operations for one measurement."""
    ops, last, burst_s = rounded(20_000 * case[2] ** 0.7, case[2]), None, min(1.0, seconds)
    for burst in range(WARM_BURSTS):
        s = Sample(server, case, ops, keys, core)
        settled = last is not None and s.seconds > 0.5 * burst_s and abs(s.us / last - 1) < 0.05
        last, ops = s.us, rounded(s.rate * burst_s, case[2])
        if settled and burst >= 2:
            break
    return rounded(s.rate * seconds, case[2])


def measure(cases, start, rounds, first_round, seconds, million, samples):
    """One launch of both servers: all cases, some rounds of each. Adds to `samples`, by case name and
    server name; returns what is to be known of both servers."""
    server_core, load_core = cores()[:2]
    # Who starts first gets the better memory at times.
    names = ["redis", "hydrion"] if first_round % 2 == 0 else ["hydrion", "redis"]
    with Server(names[0], start[names[0]], server_core) as one, Server(names[1], start[names[1]], server_core) as two:
        by_name, loaded = {one.name: one, two.name: two}, 0
        for case in cases:
            keys = case[3] * million
            if loaded < keys:
                for s in (one, two):
                    load(s, loaded, keys)
                    if not loaded:
                        load(s, 0, million, "counter:", b"0")
                loaded = keys
            ops = {s: warm(s, case, seconds, keys, load_core) for s in (one, two)}
            mine = samples.setdefault(case[0], {"redis": [], "hydrion": []})
            for r in range(first_round, first_round + rounds):
                for name in alternate(["redis", "hydrion"], r):
                    s = by_name[name]
                    mine[name].append(Sample(s, case, ops[s], keys, load_core))
            x, h = ([median([x.us for x in mine[n][-rounds:]]) for n in ("redis", "hydrion")])
            say(f"{case[0]:12} A {x:6.2f} µs   B {h:6.2f} µs   ratio {spread(ratios(mine)[-rounds:])}")
        return by_name["redis"], by_name["hydrion"]


def ratios(samples):
    return [h.us / r.us for r, h in zip(samples["redis"], samples["hydrion"])]


def main():
    p = argparse.ArgumentParser(prog="benchmarks/run", description=__doc__)
    p.add_argument("pattern", nargs="*", help="cases by name or pattern, such as 'get-*' (default: all)")
    p.add_argument("--rounds", type=int, help="rounds in all (6)")
    p.add_argument("--launches", type=int, help="how often both servers are started anew, the rounds spread over them (2)")
    p.add_argument("--seconds", type=float, help="length of one measurement (2)")
    p.add_argument("--quick", action="store_true", help="2 short rounds, fewer keys: a look, not a result")
    p.add_argument("--out", help="write the report there (default: results/run.md after a run of all cases)")
    p.add_argument("--list", action="store_true", help="print the cases and their targets")
    a = p.parse_args()
    if a.list:
        for name, args, pipeline, millions, target in CASES:
            say(f"{name:12} {args[0] if args[0] != '-t' else args[1]:5} -P {pipeline:<3} {millions} M keys   <= {target:.2f}")
        return
    cases = [c for c in CASES if not a.pattern or any(fnmatch.fnmatch(c[0], t) for t in a.pattern)]
    if not cases:
        fail("no such case; --list prints them")
    if a.quick and not a.pattern:
        cases = [c for c in cases if c[3] == 1]
    rounds, launches = a.rounds or (2 if a.quick else 6), a.launches or (1 if a.quick else 2)
    seconds, million = a.seconds or (0.7 if a.quick else 2.0), 200_000 if a.quick else 1_000_000
    need_tools("redis-server", "redis-benchmark")
    start, begun_s, samples, done = commands(), time.monotonic(), {}, 0
    say(f"{len(cases)} cases, {rounds} rounds of {seconds:g} s each, over {launches} launches of A (Redis) and B (Hydrion)")
    for launch in range(launches):
        now = (rounds - done) // (launches - launch)
        redis, hydrion = measure(cases, start, now, done, seconds, million, samples)
        done += now
    rows, detail, misses = [], [], 0
    for name, _, _, _, target in cases:
        mine = samples[name]
        ok = median(ratios(mine)) <= target
        misses += not ok
        row = [name]
        for server in ("redis", "hydrion"):
            of = lambda field: median([getattr(x, field) for x in mine[server]])
            row += [rate_text(of("rate")), f"{of('us'):.2f}", f"{of('us') * of('user'):.2f}",
                    f"{of('p50'):.2f} / {of('p99'):.2f} / {of('p999'):.2f}"]
        rows.append(row + [spread(ratios(mine)), f"≤ {target:.2f}", "ok" if ok else "MISS"])
        detail.append([name] + [f"{x.us:.2f} / {h.us:.2f}" for x, h in zip(mine["redis"], mine["hydrion"])])
    a_name, b_name = redis.label, hydrion.label
    if a_name == b_name:
        a_name, b_name = a_name + " (A)", b_name + " (B)"
    head = ["case"] + [f"{n}: {h}" for n in (a_name, b_name) for h in ("op/s", "µs/op", "user", "p50 / p99 / p99.9 ms")]
    body = "\n\n".join([
        f"Servers on core {cores()[0]}, load on core {cores()[1]}; 50 connections, values of 64 bytes, random keys of {million:,}"
        f" (5m: {5 * million:,}), all present; persistence off; {rounds} interleaved rounds of {seconds:g} s, both servers running,"
        f" over {launches} launches. Medians. µs/op is the server's CPU time per command, user is its part in user mode. The"
        f" ratio is that of µs/op, {b_name} / {a_name}, paired by round: median (min–max).",
        table(head + ["CPU ratio", "target", ""], rows),
        f"µs/op of each round, {a_name} / {b_name}:\n\n" + table(["case"] + [f"round {r + 1}" for r in range(rounds)], detail),
        f"It ran {(time.monotonic() - begun_s) / 60:.1f} minutes."])
    report("CPU per operation, throughput and latency", (redis, hydrion), body, a.out or not (a.pattern or a.quick))
    say(f"{len(cases) - misses} targets met, {misses} missed")


main()
