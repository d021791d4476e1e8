"""benchmarks/latency: the slow end of the latencies under a mixed load, both servers in the same run.

Servers pinned to one core, load to another. Eight GETs to two SETs over 50 connections, random keys of 5
million, no pipelining; interleaved rounds. Once as fast as the connections go, once at a fixed rate, where
a latency counts from the moment its request was due."""
import argparse
import os
import pathlib
import shutil
import subprocess

from common import ROOT, Server, alternate, commands, cores, fail, load, median, need_tools, rate_text, report, say, spread, table

CONNECTIONS, READ_PERCENT, WARM_S = 50, 80, 3


def java():
    """Any Java from 17 on; else the one that Hydrion runs on."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None) or shutil.which("java")
    if not found:
        asked = subprocess.run([f"{ROOT}/hydrion", "java-home"], capture_output=True, text=True)
        found = shutil.which("java", path=f"{asked.stdout.strip()}/bin")
    return found or fail("needs java, 17 or newer, for the load generator")


class Sample:
    def __init__(self, server, keys, rate, seconds, seed, core):
        line = [java(), "-XX:+UseSerialGC", "-Xmx128m", str(pathlib.Path(__file__).with_name("MixedLoad.java")), server.port,
                CONNECTIONS, keys, READ_PERCENT, rate, WARM_S, seconds, seed]
        out = subprocess.run(list(map(str, line)), capture_output=True, text=True,
                             preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        if out.returncode:
            fail(f"the load failed:\n{out.stderr[-2000:]}")
        self.by_command = {}
        for name, *figures in map(str.split, out.stdout.splitlines()):
            self.by_command[name] = dict(zip(("rate", "p50", "p99", "p999", "max"), map(float, figures)))
        self.worst_us = max(f["p999"] for f in self.by_command.values())


def main():
    p = argparse.ArgumentParser(prog="benchmarks/latency", description=__doc__)
    p.add_argument("--keys", type=int, default=5_000_000)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=float, default=8, help="length of one measurement (8)")
    p.add_argument("--rate", type=int, default=20_000, help="the fixed rate, requests per second (20000)")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--out", help="write the report there (default: results/latency.md)")
    a = p.parse_args()
    need_tools("redis-server")
    server_core, load_core = cores()[:2]
    start, rows, verdicts = commands(), [], []
    with Server("redis", start["redis"], server_core) as redis, Server("hydrion", start["hydrion"], server_core) as hydrion:
        both = redis, hydrion
        for s in both:
            load(s, 0, a.keys)
            Sample(s, a.keys, 0, a.seconds, a.seed, load_core) # warms the server up
        for rate, title in ((0, "as fast as it goes"), (a.rate, f"at {a.rate:,}/s")):
            samples = {redis: [], hydrion: []}
            for r in range(a.rounds):
                for s in alternate(both, r):
                    samples[s].append(Sample(s, a.keys, rate, a.seconds, a.seed + r, load_core))
                say(f"{title}, round {r + 1}: p99.9, the slower of GET and SET: " + ", ".join(
                    f"{s.label} {samples[s][-1].worst_us / 1000:.2f} ms" for s in both))
            for s in both:
                for name in ("GET", "SET"):
                    of = lambda field, scale=1000: [x.by_command[name][field] / scale for x in samples[s]]
                    rows.append([title, s.label, name, rate_text(median(of("rate", 1))), f"{median(of('p50')):.2f}",
                                 f"{median(of('p99')):.2f}", spread(of("p999")), spread(of("max"), "%.1f")])
            ratio = [h.worst_us / x.worst_us for x, h in zip(samples[redis], samples[hydrion])]
            verdict = "ok" if median(ratio) <= 1 else "level: the rounds do not agree" if min(ratio) <= 1 else "MISS"
            verdicts.append(f"- {title}: {spread(ratio)}, {verdict}")
        body = "\n\n".join([
            f"Servers on core {server_core}, load on core {load_core}; {CONNECTIONS} connections, {READ_PERCENT} % GET and"
            f" {100 - READ_PERCENT} % SET, values of 64 bytes, random keys of {a.keys:,}, no pipelining; {a.rounds} interleaved"
            f" rounds of {a.seconds:g} s, seeds from {a.seed}; medians (min–max), ms. At a fixed rate a latency counts from the"
            f" moment its request was due.",
            table(["load", "server", "", "op/s", "p50", "p99", "p99.9", "longest"], rows),
            f"Target: p99.9 no worse than that of Redis in the same run. The slower of GET and SET, {hydrion.label} / {redis.label},"
            f" paired by round:\n\n" + "\n".join(verdicts)])
        report("Latency under a mixed load", both, body, a.out or a.keys == 5_000_000)


main()
