"""benchmarks/threads: what a second I/O thread gives, both servers, nothing pinned.

Each server runs once with one event loop and once with two; two load generators of 50 connections each
drive one of them at a time, in interleaved rounds. On a machine of two cores server and load share the
cores, so the gain is bounded there; no case may lose more than a tenth."""
import argparse
import contextlib
import os

from common import Load, Server, alternate, commands, load, median, need_tools, rate_text, report, say, spread, table

CASES = [(f"{c}-p{p}", c, p) for c in ("get", "set") for p in (1, 16, 64)]
KEYS, GENERATORS, LOSS = 1_000_000, 2, 0.90


def sample(server, command, pipeline, ops):
    """Operations per second of all load generators together, and the server's CPU µs per operation."""
    each = max(1000, ops // GENERATORS)
    cpu_ns = server.cpu_ns()
    loads = [Load(server, ["-t", command], each, KEYS, pipeline) for _ in range(GENERATORS)]
    rate = sum(x.finish().rate for x in loads)
    return rate, (server.cpu_ns() - cpu_ns) / (each * GENERATORS) / 1000


def main():
    p = argparse.ArgumentParser(prog="benchmarks/threads", description=__doc__)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=float, default=2, help="length of one measurement (2)")
    p.add_argument("--flag", default=os.environ.get("HYDRION_THREADS_FLAG", "--io-threads"),
                   help="Hydrion's flag for the number of event loops (--io-threads)")
    p.add_argument("--out", help="write the report there (default: results/threads.md)")
    a = p.parse_args()
    need_tools("redis-server", "redis-benchmark")
    rows, losers = [], []
    with contextlib.ExitStack() as stack:
        servers = {}
        for name, command in commands().items():
            for n in (1, 2):
                flag = a.flag if name == "hydrion" else "--io-threads"
                servers[name, n] = stack.enter_context(Server(name, command, args=(flag, str(n))))
                load(servers[name, n], 0, KEYS)
        for case, command, pipeline in CASES:
            ops, samples = {}, {k: [] for k in servers}
            for k, s in servers.items():
                rate = 20_000
                for _ in range(3):
                    rate, _ = sample(s, command, pipeline, int(rate))
                ops[k] = int(rate * a.seconds)
            for r in range(a.rounds):
                for k in alternate(servers, r):
                    samples[k].append(sample(servers[k], command, pipeline, ops[k]))
            for name in ("redis", "hydrion"):
                one, two = samples[name, 1], samples[name, 2]
                gain = [y[0] / x[0] for x, y in zip(one, two)]
                verdict = ""
                if name == "hydrion":
                    verdict = "ok" if median(gain) >= LOSS else "MISS"
                    losers += [case] * (verdict == "MISS")
                rows.append([case, servers[name, 1].label] + [t for x in (one, two) for t in (
                    rate_text(median([r for r, _ in x])), f"{median([c for _, c in x]):.2f}")] + [spread(gain), verdict])
                say(f"{case:8} {servers[name, 1].label:16} 1: {rows[-1][2]:>10}  2: {rows[-1][4]:>10}  gain {rows[-1][6]} {verdict}")
        body = "\n\n".join([
            f"Nothing pinned; {GENERATORS} processes of redis-benchmark with 50 connections each, values of 64 bytes, random keys of"
            f" {KEYS:,}; {a.rounds} interleaved rounds of {a.seconds:g} s, medians. Redis runs with io-threads 1 and 2. Target: with two"
            f" event loops at least {LOSS:.2f} times the throughput of one in every case.",
            table(["case", "server", "one: op/s", "µs/op", "two: op/s", "µs/op", "two / one", ""], rows)])
        report("One event loop and two", servers.values(), body, a.out or True)


main()
