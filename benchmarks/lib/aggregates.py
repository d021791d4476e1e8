"""benchmarks/aggregates: resident bytes of small collections over their payload, and of two large ones.

Each server runs alone, unpinned, and is started anew for each line. Small: N collections of 10
elements, loaded through redis-cli --pipe; the figure is the resident size afterwards minus that of the
empty server, over N, minus the payload: the key's 16 bytes and the texts of the elements, which are 8
bytes each, with values of 8 bytes in hashes and scores of one digit in sorted sets. Large: one
collection of members of 16 bytes; the figure is the whole resident size."""
import argparse
import random
import time

from common import Server, commands, encode, fail, need_tools, pipe, report, say, table

KEY, ELEMENT, ELEMENTS = 16, 8, 10
TARGET_BYTES, TARGET_RATIO = 75, 0.5
GROUP = 100


def element(i):
    return f"e{i % 10_000_000:07d}"


# The command that makes a collection of a type, an element's arguments, and an element's payload.
SMALL = {
    "hash": ("HSET", lambda i, k: [f"field{k:03d}", element(i)], 2 * ELEMENT),
    "list": ("RPUSH", lambda i, k: [element(i)], ELEMENT),
    "set": ("SADD", lambda i, k: [element(i)], ELEMENT),
    "sorted set": ("ZADD", lambda i, k: [k, element(i)], ELEMENT + 1),
}


def small(command, arguments, n):
    for i in range(n):
        words = [w for k in range(ELEMENTS) for w in arguments(i * ELEMENTS + k, k)]
        yield encode(command, f"key:{i:012d}", *words)


def large(kind, n):
    """Members in no order, with scores in no order."""
    r = random.Random(1)
    for i in range(0, n, GROUP):
        words = []
        for k in range(i, i + GROUP):
            member = f"member{k * 7_919 % n:010d}"
            words += [member] if kind == "set" else [r.randrange(1_000_000_000), member]
        yield encode("SADD" if kind == "set" else "ZADD", "large", *words)


def resident(command, name, chunks, settle_s, check):
    with Server(name, command) as s:
        time.sleep(settle_s)
        empty = s.memory_mib()
        pipe(s, chunks)
        if not check(s):
            fail(f"{s.label} does not hold what was sent")
        time.sleep(settle_s)
        return s, empty, s.memory_mib()


def main():
    p = argparse.ArgumentParser(prog="benchmarks/aggregates", description=__doc__)
    p.add_argument("--collections", type=int, default=1_000_000, help="N (1000000)")
    p.add_argument("--members", type=int, default=10_000_000, help="members of a large one (10000000)")
    p.add_argument("--settle", type=float, default=5, help="seconds to wait before the size is read (5)")
    p.add_argument("--out", help="write the report there (default: results/aggregates.md)")
    a = p.parse_args()
    need_tools("redis-server", "redis-cli")
    servers, rows, largest = [], [], []
    for kind, (command, arguments, payload) in SMALL.items():
        over = {}
        for name, line in commands().items():
            s, empty, full = resident(line, name, small(command, arguments, a.collections), a.settle,
                                      lambda s: s.call("DBSIZE") == a.collections)
            servers.append(s)
            over[name] = (full - empty) * 2**20 / a.collections - KEY - ELEMENTS * payload
            say(f"{kind}, {s.label}: {over[name]:.1f} bytes over the payload")
        rows.append([kind, f"{over['redis']:.1f}", f"{over['hydrion']:.1f}", TARGET_BYTES,
                     "ok" if over["hydrion"] <= TARGET_BYTES else "MISS"])
    for kind in ("set", "sorted set"):
        mib = {}
        size = "SCARD" if kind == "set" else "ZCARD"
        for name, line in commands().items():
            s, _, mib[name] = resident(line, name, large(kind, a.members), a.settle,
                                       lambda s: s.call(size, "large") == a.members)
            servers.append(s)
            say(f"{kind}, {s.label}: {mib[name]:.0f} MiB")
        ratio = mib["hydrion"] / mib["redis"]
        largest.append([f"{kind} of {a.members:,}", f"{mib['redis']:.0f}", f"{mib['hydrion']:.0f}", f"{ratio:.2f}",
                        TARGET_RATIO, "ok" if ratio <= TARGET_RATIO else "MISS"])
    body = "\n\n".join([
        f"{a.collections:,} collections of {ELEMENTS} elements of {ELEMENT} bytes, through `redis-cli --pipe`: resident bytes a"
        f" collection over its payload, {a.settle:g} s after the load.",
        table(["type", "Redis", "Hydrion", "target", ""], rows),
        "One large collection of members of 16 bytes; sorted sets have scores in no order. Resident size of the server.",
        table(["collection", "Redis MiB", "Hydrion MiB", "ratio", "target", ""], largest)])
    report("Memory of collections", servers, body,
           a.out or (a.collections, a.members) == (1_000_000, 10_000_000))


main()
