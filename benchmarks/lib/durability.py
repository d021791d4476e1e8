"""benchmarks/durability: what an append log costs, and how long a restart takes, against Redis.

SET under appendfsync everysec (the server's CPU per operation counts) and always (throughput counts),
both servers pinned to one core and the load to another, in interleaved rounds. Then restarts with 5
million strings, from a snapshot and from a log of 5 million SETs: the time from the start of the
process to its first PONG, with all cores."""
import argparse
import shutil
import tempfile
import time

from common import Load, Server, alternate, commands, cores, fail, load, median, need_tools, rate_text, report, say, spread, table

KEYS = 1_000_000
RESTART_KEYS = 5_000_000
LOG = ("--appendonly", "yes", "--auto-aof-rewrite-percentage", "0")
WAL = ("--log-format", "wal")

# appendfsync, commands in a pipeline, operations of the first burst
COSTS = [("everysec", 1, 50_000), ("everysec", 16, 400_000), ("always", 1, 20_000), ("always", 16, 200_000)]
TARGETS = {("everysec", 1): "<= 1.05", ("everysec", 16): "<= 0.60", ("always", 1): ">= 1.3", ("always", 16): ">= 1.3"}


def meets(target, value):
    sign, bound = target.split()
    return value <= float(bound) if sign == "<=" else value >= float(bound)


class Sample:
    def __init__(self, server, pipeline, ops, core):
        cpu_ns = server.cpu_ns()
        done = Load(server, ["-t", "set"], ops, KEYS, pipeline, core=core).finish()
        self.us = (server.cpu_ns() - cpu_ns) / ops / 1000
        self.rate, self.p999 = done.rate, done.p999_ms


def launch(start, args, ours, case, rounds, seconds, samples):
    """One launch of both servers, with some rounds of a case; returns the servers."""
    server_core, load_core = cores()[:2]
    _, pipeline, first = case
    with Server("redis", start["redis"], server_core, args) as redis, \
            Server("hydrion", start["hydrion"], server_core, (*args, *ours)) as hydrion:
        ops = {}
        for server in (redis, hydrion):
            count = first
            for _ in range(5):
                count = max(first, int(Sample(server, pipeline, count, load_core).rate * seconds))
            ops[server.name] = count
        for r in range(rounds):
            for server in alternate([redis, hydrion], r):
                samples[server.name].append(Sample(server, pipeline, ops[server.name], load_core))
    return redis, hydrion


def costs(start, a, rows, ours):
    """Measures SET under both policies; `ours` are further options of Hydrion."""
    for case in COSTS:
        fsync, pipeline, _ = case
        samples = {"redis": [], "hydrion": []}
        wanted = a.rounds * (2 if fsync == "always" else 1) # a disk is noisier than a processor
        for k in range(a.launches):
            rounds = (wanted - len(samples["redis"])) // (a.launches - k)
            servers = launch(start, (*LOG, "--appendfsync", fsync), ours, case, rounds, a.seconds, samples)
        pairs = list(zip(samples["redis"], samples["hydrion"]))
        by_cpu = fsync == "everysec"
        ratios = [h.us / x.us if by_cpu else h.rate / x.rate for x, h in pairs]
        target = TARGETS[fsync, pipeline]
        of = lambda name, field: median([getattr(x, field) for x in samples[name]])
        row = [f"SET {fsync} -P {pipeline}", "wal" if ours else "aof"]
        for name in samples:
            row += [rate_text(of(name, "rate")), f"{of(name, 'us'):.2f}", f"{of(name, 'p999'):.1f}"]
        row += ["CPU" if by_cpu else "throughput", spread(ratios), target, "ok" if meets(target, median(ratios)) else "MISS"]
        rows.append(row)
        say("  ".join(row))
    return servers


def restarts(start, rounds, rows, keys):
    """Measures restarts from a snapshot and from a log."""
    for what, args, target in (("a snapshot", ("--appendonly", "no"), "<= 0.5"), ("a log", LOG, "<= 0.6")):
        times, directories = {"redis": [], "hydrion": []}, {}
        try:
            for name in times:
                directories[name] = tempfile.mkdtemp(prefix=f"bench-{name}-")
                with Server(name, start[name], None, args, directory=directories[name]) as server:
                    load(server, 0, keys)
                    if args == ("--appendonly", "no"):
                        server.call("SAVE")
            for r in range(rounds):
                for name in alternate(list(times), r):
                    with Server(name, start[name], None, args, directory=directories[name]) as server:
                        if int(server.call("DBSIZE")) != keys:
                            fail(f"{name} came back without all keys")
                        times[name].append(server.first_pong_s)
        finally:
            for directory in directories.values():
                shutil.rmtree(directory, ignore_errors=True)
        ratios = [h / x for x, h in zip(times["redis"], times["hydrion"])]
        row = [f"from {what}", *(spread(times[n], "%.1f") for n in times), spread(ratios), target,
               "ok" if meets(target, median(ratios)) else "MISS"]
        rows.append(row)
        say("  ".join(row))


def main():
    p = argparse.ArgumentParser(prog="benchmarks/durability", description=__doc__)
    p.add_argument("--rounds", type=int, default=6, help="rounds of each case (6)")
    p.add_argument("--launches", type=int, default=2, help="how often both servers are started anew, the rounds spread over them (2)")
    p.add_argument("--seconds", type=float, default=2.0, help="length of one measurement (2)")
    p.add_argument("--keys", type=int, default=RESTART_KEYS, help="keys of the restarts (5,000,000)")
    p.add_argument("--out", help="write the report there (default: results/durability.md)")
    a = p.parse_args()
    need_tools("redis-server", "redis-benchmark")
    start, begun_s, rows, restart_rows = commands(), time.monotonic(), [], []
    servers = costs(start, a, rows, ())
    servers = costs(start, a, rows, WAL)
    restart_rounds = max(1, a.rounds // 2)
    restarts(start, restart_rounds, restart_rows, a.keys)
    names = [s.label for s in servers]
    head = ["case", "log"] + [f"{n}: {h}" for n in names for h in ("op/s", "µs/op", "p99.9 ms")]
    body = "\n\n".join([
        f"Servers on core {cores()[0]}, load on core {cores()[1]}; 50 connections, values of 64 bytes, {KEYS:,} random"
        f" keys, no rewrites; {a.rounds} interleaved rounds of {a.seconds:g} s, twice as many under always, over"
        f" {a.launches} launches of both. Medians."
        f" µs/op is the server's CPU time per command. The ratio is {names[1]} / {names[0]}, of that under everysec,"
        " of op/s under always, paired by round: median (min–max).",
        table(head + ["ratio of", "ratio", "target", ""], rows),
        f"Restart with {a.keys:,} strings: seconds from the start of the process to its first PONG, all cores;"
        f" {restart_rounds} interleaved rounds.",
        table(["restart", *names, "ratio", "target", ""], restart_rows),
        f"It ran {(time.monotonic() - begun_s) / 60:.1f} minutes."])
    report("What durability costs", servers, body, a.out or True)


main()
