"""benchmarks/latency: the slow end of the latencies under a mixed load, both servers in the same run.

Servers pinned to one core, load to another. 40 connections read and 10 write at the same time, random
keys of 5 million, no pipelining; interleaved rounds."""
import argparse
import time

from common import (Load, Server, alternate, commands, cores, median, need_tools, pipe, rate_text, report, say, set_commands,
                    spread, table)

READERS, WRITERS = 40, 10


class Sample:
    def __init__(self, server, ops, keys, core):
        cpu_ns = server.cpu_ns()
        share = WRITERS / (READERS + WRITERS)
        both = [Load(server, ["-t", "get"], int(ops * (1 - share)), keys, clients=READERS, core=core),
                Load(server, ["-t", "set"], int(ops * share), keys, clients=WRITERS, core=core)]
        self.get, self.set = (load.finish() for load in both)
        self.rate = self.get.rate + self.set.rate
        self.us = (server.cpu_ns() - cpu_ns) / ops / 1000


def main():
    p = argparse.ArgumentParser(prog="benchmarks/latency", description=__doc__)
    p.add_argument("--keys", type=int, default=5_000_000)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=float, default=10, help="length of one measurement (10)")
    p.add_argument("--out", help="write the report there (default: results/latency.md)")
    a = p.parse_args()
    need_tools("redis-server", "redis-benchmark", "redis-cli")
    server_core, load_core = cores()[:2]
    start = commands()
    with Server("redis", start["redis"], server_core) as redis, Server("hydrion", start["hydrion"], server_core) as hydrion:
        both, ops, samples = (redis, hydrion), {}, {redis: [], hydrion: []}
        for s in both:
            pipe(s, set_commands(0, a.keys), load_core)
            for warm_s in (1, 3, 3): # the last one counts
                rate = Sample(s, 50_000 if s not in ops else ops[s] * warm_s, a.keys, load_core).rate
                ops[s] = int(rate)
        for r in range(a.rounds):
            for s in alternate(both, r):
                samples[s].append(Sample(s, int(ops[s] * a.seconds), a.keys, load_core))
            say(f"round {r + 1}: p99.9 of GET / SET in ms: " + ", ".join(
                f"{s.label} {samples[s][-1].get.p999_ms:.2f} / {samples[s][-1].set.p999_ms:.2f}" for s in both))
        rows = []
        for s in both:
            for what in ("get", "set"):
                of = lambda field: [getattr(getattr(x, what), field) for x in samples[s]]
                rows.append([s.label, what.upper(), rate_text(median(of("rate"))), f"{median(of('p50_ms')):.2f}",
                             f"{median(of('p99_ms')):.2f}", spread(of("p999_ms")), spread(of("max_ms"), "%.1f")])
        worst = {s: median([max(x.get.p999_ms, x.set.p999_ms) for x in samples[s]]) for s in both}
        body = "\n\n".join([
            f"Servers on core {server_core}, load on core {load_core}; {READERS} connections GET and {WRITERS} SET at the same time,"
            f" values of 64 bytes, random keys of {a.keys:,}, no pipelining; {a.rounds} interleaved rounds of {a.seconds:g} s,"
            f" medians (min–max), ms.",
            table(["server", "", "op/s", "p50", "p99", "p99.9", "longest"], rows),
            f"Target: p99.9 no worse than that of Redis in the same run: {worst[hydrion]:.2f} against {worst[redis]:.2f} ms,"
            f" {'ok' if worst[hydrion] <= worst[redis] else 'MISS'}."])
        report("Latency under a mixed load", both, body, a.out or a.keys == 5_000_000)


main()
