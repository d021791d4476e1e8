"""benchmarks/run: throughput, latency and server CPU of Redis and Hydrion, command by command.

Both servers are pinned to one core and run side by side, the load generator (redis-benchmark, 50
connections, 64-byte values) to another. The rounds are interleaved, and the figure that counts is the
ratio of both servers' CPU time per operation within a round: unlike throughput it does not depend on
the load generator, and unlike a single run it is steady."""
import argparse
import fnmatch
import time

from cases import SUITES
from common import Load, Server, alternate, commands, cores, fail, median, need_tools, rate_text, report, say, spread, table

WARM_BURSTS = 8


class Sample:
    def __init__(self, server, case, ops, core):
        if case.each:
            case.each(server, ops)
        ticks, cpu_ns, start_s = server.ticks(), server.cpu_ns(), time.monotonic()
        x = Load(server, case.args, ops, case.keys, case.pipeline, core=core).finish()
        self.us = (server.cpu_ns() - cpu_ns) / ops / 1000
        self.user = server.user_share(ticks)
        self.seconds = time.monotonic() - start_s
        self.rate, self.p50, self.p99, self.p999 = x.rate, x.p50_ms, x.p99_ms, x.p999_ms


def warm(server, case, seconds, core):
    """Runs the case until the CPU per operation settles; returns the operations for one measurement."""
    ops, last, burst_s = case.operations(case.first_ops), None, min(1.0, seconds)
    for burst in range(WARM_BURSTS):
        s = Sample(server, case, ops, core)
        settled = last is not None and s.seconds > 0.5 * burst_s and abs(s.us / last - 1) < 0.05
        last, ops = s.us, case.operations(s.rate * burst_s)
        if settled and burst >= 2:
            break
    return case.operations(s.rate * seconds)


def measure(cases, start, rounds, first_round, seconds, samples):
    """One launch of both servers: all cases, some rounds of each. Adds to `samples`, by case name and
    server name; returns what is to be known of both servers."""
    server_core, load_core = cores()[:2]
    # Who starts first gets the better memory at times.
    names = ["redis", "hydrion"] if first_round % 2 == 0 else ["hydrion", "redis"]
    with Server(names[0], start[names[0]], server_core) as one, Server(names[1], start[names[1]], server_core) as two:
        by_name = {one.name: one, two.name: two}
        for case in cases:
            for s in (one, two):
                if case.once:
                    case.once(s)
            ops = {s: warm(s, case, seconds, load_core) for s in (one, two)}
            mine = samples.setdefault(case.name, {"redis": [], "hydrion": []})
            for r in range(first_round, first_round + rounds):
                for name in alternate(["redis", "hydrion"], r):
                    s = by_name[name]
                    mine[name].append(Sample(s, case, ops[s], load_core))
            x, h = ([median([x.us for x in mine[n][-rounds:]]) for n in ("redis", "hydrion")])
            say(f"{case.name:20} A {x:8.2f} µs   B {h:8.2f} µs   ratio {spread(ratios(mine)[-rounds:])}")
        return by_name["redis"], by_name["hydrion"]


def ratios(samples):
    return [h.us / r.us for r, h in zip(samples["redis"], samples["hydrion"])]


def main():
    p = argparse.ArgumentParser(prog="benchmarks/run", description=__doc__)
    p.add_argument("pattern", nargs="*", help="cases by name or pattern, such as 'get-*' (default: all)")
    p.add_argument("--rounds", type=int, help="rounds in all (6)")
    p.add_argument("--launches", type=int, help="how often both servers are started anew, the rounds spread over them (2)")
    p.add_argument("--seconds", type=float, help="length of one measurement (2)")
    p.add_argument("--quick", action="store_true", help="2 short rounds, no case of 5 M keys: a look, not a result")
    p.add_argument("--out", help="write the report there (default: results/run.md or types.md after a run of all cases)")
    p.add_argument("--suite", choices=SUITES, default="core", help="which cases: strings (core), or the other types")
    p.add_argument("--list", action="store_true", help="print the cases and their targets")
    a = p.parse_args()
    suite = SUITES[a.suite]
    if a.list:
        for c in suite:
            say(f"{c.name:20} -P {c.pipeline:<3} <= {c.target:.2f}  {' '.join(c.args)[:60]}")
        return
    cases = [c for c in suite if not a.pattern or any(fnmatch.fnmatch(c.name, t) for t in a.pattern)]
    if not cases:
        fail("no such case; --list prints them")
    if a.quick and not a.pattern:
        cases = [c for c in cases if c.keys <= 1_000_000]
    rounds, launches = a.rounds or (2 if a.quick else 6), a.launches or (1 if a.quick else 2)
    seconds = a.seconds or (0.7 if a.quick else 2.0)
    need_tools("redis-server", "redis-benchmark")
    start, begun_s, samples, done = commands(), time.monotonic(), {}, 0
    say(f"{len(cases)} cases, {rounds} rounds of {seconds:g} s each, over {launches} launches of A (Redis) and B (Hydrion)")
    for launch in range(launches):
        now = (rounds - done) // (launches - launch)
        redis, hydrion = measure(cases, start, now, done, seconds, samples)
        done += now
    rows, detail, misses = [], [], 0
    for case in cases:
        mine = samples[case.name]
        ok = median(ratios(mine)) <= case.target
        misses += not ok
        row = [case.name]
        for server in ("redis", "hydrion"):
            of = lambda field: median([getattr(x, field) for x in mine[server]])
            row += [rate_text(of("rate")), f"{of('us'):.2f}", f"{of('us') * of('user'):.2f}",
                    f"{of('p50'):.2f} / {of('p99'):.2f} / {of('p999'):.2f}"]
        rows.append(row + [spread(ratios(mine)), f"≤ {case.target:.2f}", "ok" if ok else "MISS"])
        detail.append([case.name] + [f"{x.us:.2f} / {h.us:.2f}" for x, h in zip(mine["redis"], mine["hydrion"])])
    a_name, b_name = redis.label, hydrion.label
    if a_name == b_name:
        a_name, b_name = a_name + " (A)", b_name + " (B)"
    head = ["case"] + [f"{n}: {h}" for n in (a_name, b_name) for h in ("op/s", "µs/op", "user", "p50 / p99 / p99.9 ms")]
    body = "\n\n".join([
        f"Servers on core {cores()[0]}, load on core {cores()[1]}; 50 connections, values of 64 bytes, random keys of"
        f" 1,000,000 (5m: 5,000,000), all present; persistence off; {rounds} interleaved rounds of {seconds:g} s, both servers running,"
        f" over {launches} launches. Medians. µs/op is the server's CPU time per command, user is its part in user mode. The"
        f" ratio is that of µs/op, {b_name} / {a_name}, paired by round: median (min–max).",
        table(head + ["CPU ratio", "target", ""], rows),
        f"µs/op of each round, {a_name} / {b_name}:\n\n" + table(["case"] + [f"round {r + 1}" for r in range(rounds)], detail),
        f"It ran {(time.monotonic() - begun_s) / 60:.1f} minutes."])
    report("CPU per operation, throughput and latency", (redis, hydrion), body, a.out or not (a.pattern or a.quick),
           {"core": "run"}.get(a.suite, a.suite))
    say(f"{len(cases) - misses} targets met, {misses} missed")


main()
