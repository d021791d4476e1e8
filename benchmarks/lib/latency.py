"""benchmarks/latency: the slow end of the latencies under a mixed load, both servers in the same run.

Servers pinned to one core, load to another. 40 connections read and 10 write at the same time, random
keys of 5 million, no pipelining; interleaved rounds."""
import argparse

from common import (Load, Server, alternate, commands, cores, load, median, need_tools, rate_text, report, say, spread, table)

READERS, WRITERS = 40, 10


class Sample:
    """Both loads at once. `ops`: how many GETs and SETs, so that they end together."""

    def __init__(self, server, ops, keys, core):
        loads = [Load(server, ["-t", "get"], ops[0], keys, clients=READERS, core=core),
                 Load(server, ["-t", "set"], ops[1], keys, clients=WRITERS, core=core)]
        self.get, self.set = (x.finish() for x in loads)


def main():
    p = argparse.ArgumentParser(prog="benchmarks/latency", description=__doc__)
    p.add_argument("--keys", type=int, default=5_000_000)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=float, default=10, help="length of one measurement (10)")
    p.add_argument("--out", help="write the report there (default: results/latency.md)")
    a = p.parse_args()
    need_tools("redis-server", "redis-benchmark")
    server_core, load_core = cores()[:2]
    start = commands()
    with Server("redis", start["redis"], server_core) as redis, Server("hydrion", start["hydrion"], server_core) as hydrion:
        both, ops, samples = (redis, hydrion), {}, {redis: [], hydrion: []}
        for s in both:
            load(s, 0, a.keys)
            rates = 40_000, 20_000
            for warm_s in (1, 2, 2, 2, 2):
                x = Sample(s, [max(1000, int(r * warm_s)) for r in rates], a.keys, load_core)
                rates = x.get.rate, x.set.rate
            ops[s] = [max(1000, int(r * a.seconds)) for r in rates]
        for r in range(a.rounds):
            for s in alternate(both, r):
                samples[s].append(Sample(s, ops[s], a.keys, load_core))
            say(f"round {r + 1}: p99.9 of GET / SET in ms: " + ", ".join(
                f"{s.label} {samples[s][-1].get.p999_ms:.2f} / {samples[s][-1].set.p999_ms:.2f}" for s in both))
        rows = []
        for s in both:
            for what in ("get", "set"):
                of = lambda field: [getattr(getattr(x, what), field) for x in samples[s]]
                rows.append([s.label, what.upper(), rate_text(median(of("rate"))), f"{median(of('p50_ms')):.2f}",
                             f"{median(of('p99_ms')):.2f}", spread(of("p999_ms")), spread(of("max_ms"), "%.1f")])
        worst = {s: [max(x.get.p999_ms, x.set.p999_ms) for x in samples[s]] for s in both}
        ratio = [h / x for x, h in zip(worst[redis], worst[hydrion])]
        verdict = "ok" if median(ratio) <= 1 else "level: the rounds do not agree" if min(ratio) <= 1 else "MISS"
        body = "\n\n".join([
            f"Servers on core {server_core}, load on core {load_core}; {READERS} connections GET and {WRITERS} SET at the same time,"
            f" values of 64 bytes, random keys of {a.keys:,}, no pipelining; {a.rounds} interleaved rounds of {a.seconds:g} s,"
            f" medians (min–max), ms.",
            table(["server", "", "op/s", "p50", "p99", "p99.9", "longest"], rows),
            f"Target: p99.9 no worse than that of Redis in the same run. The slower of GET and SET, {hydrion.label} / {redis.label},"
            f" paired by round: {spread(ratio)}, {verdict}."])
        report("Latency under a mixed load", both, body, a.out or a.keys == 5_000_000)


main()
