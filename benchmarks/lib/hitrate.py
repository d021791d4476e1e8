"""benchmarks/hitrate: how well the servers choose what to evict, on a Zipf trace.

A cache in front of nothing: GET, and on a miss SET. The same trace (a fixed seed) goes to both servers,
under allkeys-lru and allkeys-lfu; hits are counted in its second half. Twice: with room for the same
number of keys, which compares the choice, and with the same maxmemory, which compares the caches."""
import argparse
import collections
import itertools
import random
import socket
import time

from common import Server, VALUE_BYTES, commands, fail, need_tools, report, say, table

BATCH = 1000
VALUE = b"x" * VALUE_BYTES
HIT_BYTES = len(b"$64\r\n") + VALUE_BYTES + 2


def zipf_trace(seed, keys, length, exponent):
    weights = list(itertools.accumulate(1 / (rank ** exponent) for rank in range(1, keys + 1)))
    return random.Random(seed).choices(range(keys), cum_weights=weights, k=length), weights


class Client:
    """Pipelined GETs and SETs of keys by number."""

    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.port), 60)

    def get(self, keys):
        """Whether each key is there."""
        self.socket.sendall(b"".join([b"*2\r\n$3\r\nGET\r\n$16\r\nkey:%012d\r\n" % k for k in keys]))
        found, rest = [], b""
        while len(found) < len(keys):
            rest += self._receive()
            at = 0
            while len(found) < len(keys) and len(rest) - at >= 5:
                size = 5 if rest[at + 1] == 45 else HIT_BYTES # 45: the minus of a nil
                if rest[at] != 36:
                    fail(f"unexpected reply {rest[at:at + 80]!r}")
                if len(rest) - at < size:
                    break
                found.append(size != 5)
                at += size
            rest = rest[at:]
        return found

    def set(self, keys):
        self.socket.sendall(b"".join([b"*3\r\n$3\r\nSET\r\n$16\r\nkey:%012d\r\n$%d\r\n%s\r\n" % (k, VALUE_BYTES, VALUE) for k in keys]))
        want, got = b"+OK\r\n" * len(keys), b""
        while len(got) < len(want):
            got += self._receive()
            if b"-" in got:
                fail(f"unexpected reply {got[got.index(b'-'):][:80]!r}")

    def _receive(self):
        data = self.socket.recv(1 << 18)
        if not data:
            fail("the server closed the connection")
        return data


def hit_rate(client, trace):
    half, hits = len(trace) // 2, 0
    for at in range(0, len(trace), BATCH):
        keys = trace[at:at + BATCH]
        found = client.get(keys)
        missing = dict.fromkeys(k for k, there in zip(keys, found) if not there)
        if missing:
            client.set(list(missing))
        if at >= half:
            hits += sum(found)
    return hits / (len(trace) - half)


def exact_lru(trace, room):
    """Hit rate of a true LRU cache, batch by batch as the client asks."""
    half, hits, cache = len(trace) // 2, 0, collections.OrderedDict()
    for at in range(0, len(trace), BATCH):
        for k in trace[at:at + BATCH]:
            if k in cache:
                cache.move_to_end(k)
                hits += at >= half
        for k in dict.fromkeys(trace[at:at + BATCH]):
            cache[k] = None
        while len(cache) > room:
            cache.popitem(last=False)
    return hits / (len(trace) - half)


def main():
    p = argparse.ArgumentParser(prog="benchmarks/hitrate", description=__doc__)
    p.add_argument("--seed", type=int, default=20240229)
    p.add_argument("--keys", type=int, default=1_000_000, help="keys of the trace (1000000)")
    p.add_argument("--room", type=int, default=100_000, help="keys that the cache holds (100000)")
    p.add_argument("--length", type=int, default=2_000_000, help="requests (2000000)")
    p.add_argument("--exponent", type=float, default=0.99)
    p.add_argument("--out", help="write the report there (default: results/hitrate.md)")
    a = p.parse_args()
    need_tools("redis-server")
    say(f"seed {a.seed}")
    trace, weights = zipf_trace(a.seed, a.keys, a.length, a.exponent)
    lru, best = exact_lru(trace, a.room), weights[a.room - 1] / weights[-1]
    say(f"exact LRU {lru:.2%}, the {a.room:,} most popular keys {best:.2%}")
    rows, servers, limits, rates = [], [], {}, {}
    with Server("redis", commands()["redis"]) as redis, Server("hydrion", commands()["hydrion"]) as hydrion:
        servers = [redis, hydrion]
        for s in servers:
            client = Client(s)
            for at in range(0, a.room, BATCH):
                client.set(range(at, min(at + BATCH, a.room)))
            time.sleep(1)
            limits[s] = int(s.info("memory")["used_memory"])
        for policy in ("allkeys-lru", "allkeys-lfu"):
            for what in ("same number of keys", "same maxmemory"):
                for s in servers:
                    limit = limits[s if what == "same number of keys" else redis]
                    s.call("CONFIG", "SET", "maxmemory", 0)
                    s.call("FLUSHALL")
                    s.call("CONFIG", "SET", "maxmemory-policy", policy)
                    s.call("CONFIG", "SET", "maxmemory", limit)
                    start_s = time.monotonic()
                    rate = rates[policy, what, s] = hit_rate(Client(s), trace)
                    if s is redis:
                        against = ""
                    else:
                        points = 100 * (rate - rates[policy, what, redis])
                        against = f"{points:+.2f} points"
                    rows.append([policy, what, s.label, f"{limit / 2**20:.1f}", f"{s.call('DBSIZE'):,}", f"{rate:.2%}", against,
                                 f"{time.monotonic() - start_s:.0f}"])
                    say(" ".join(rows[-1]))
        body = "\n\n".join([
            f"Zipf trace: exponent {a.exponent:g}, {a.keys:,} keys, {a.length:,} requests, seed {a.seed}; GET, and SET on a miss, {BATCH}"
            f" in a pipeline; hits of the second half. With room for {a.room:,} keys an exact LRU hits {lru:.2%}, and a cache that"
            f" knew the {a.room:,} most popular keys {best:.2%}. maxmemory is what each server's used_memory was with {a.room:,} keys"
            f" (same number of keys), or Redis's figure for both.",
            table(["policy", "", "server", "maxmemory MiB", "keys at the end", "hit rate", "against Redis", "s"], rows)])
        report("Hit rate under maxmemory", servers, body, a.out or True)


main()
