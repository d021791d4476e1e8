"""benchmarks/pauses: the longest time a client waits while the server does something big.

Each server runs alone on one core. From the other core a prober sends a GET every millisecond and waits for
its reply, while the tables grow to 5 million keys, all of them are saved, a million keys expire at one
moment, big values are deleted, and everything is flushed. As root the prober runs ahead of the load that
shares its core."""
import argparse
import gc
import multiprocessing
import os
import socket
import subprocess
import time

from cases import fill
from common import Server, commands, cores, encode, fail, load, need_tools, report, say, table

TARGET_MS, EXPIRING = 5, 1_000_000
BIG_BYTES = 256 << 20
MEMBERS = 10_000_000

# The command that makes a collection of a type, and what it gets for each element.
COLLECTIONS = {
    "list": ("RPUSH", lambda i: [f"member{i:010d}"]),
    "hash": ("HSET", lambda i: [f"member{i:010d}", "value"]),
    "set": ("SADD", lambda i: [f"member{i:010d}"]),
    "sorted set": ("ZADD", lambda i: [i, f"member{i:010d}"]),
}


def probe(port, core, stop, results):
    os.sched_setaffinity(0, {core})
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        pass # then the load on the same core may delay it
    gc.disable()
    times, request = [], encode("GET", "probe")
    with socket.create_connection(("127.0.0.1", port), 120) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while not stop.is_set():
            start_ns = time.monotonic_ns()
            s.sendall(request)
            if s.recv(64) != b"$-1\r\n":
                break
            took_ns = time.monotonic_ns() - start_ns
            times.append(took_ns)
            time.sleep(max(0.0, 0.001 - took_ns / 1e9))
    results.send(sorted(times))


class Prober:
    """Probes inside a `with` block; `longest_ms` and `p999_ms` afterwards."""

    def __init__(self, server, core):
        self.stop, (self.results, sent) = multiprocessing.Event(), multiprocessing.Pipe(False)
        self.process = multiprocessing.Process(target=probe, args=(server.port, core, self.stop, sent), daemon=True)

    def __enter__(self):
        self.process.start()
        time.sleep(0.3)
        return self

    def __exit__(self, *_):
        time.sleep(0.3)
        self.stop.set()
        times = self.results.recv()
        self.process.join()
        if not times:
            fail("the prober got no reply")
        self.longest_ms, self.p999_ms = times[-1] / 1e6, times[int(len(times) * 0.999)] / 1e6


def expiring(server, seconds):
    """A million keys that expire at one moment; returns that moment (Unix time, s)."""
    at_ms = int((time.time() + seconds) * 1000)
    with socket.create_connection(("127.0.0.1", server.port), 120) as s:
        for first in range(0, EXPIRING, 10_000):
            s.sendall(b"".join([encode("SET", b"exp:%012d" % k, b"x" * 64, "PXAT", at_ms) for k in range(first, first + 10_000)]))
            got = 0
            while got < 50_000:
                got += len(s.recv(1 << 16))
    if time.time() * 1000 > at_ms:
        fail("loading the expiring keys took too long")
    return at_ms / 1000


def saving(server, keys, core, prober):
    """A snapshot under load, probed; returns the resident size before and the largest meanwhile, in MiB."""
    load_line = ["redis-benchmark", "-p", str(server.port), "-t", "set", "-d", "64", "-r", str(keys), "-c", "50", "-P", "16",
                 "-n", "1000000000", "-q"]
    load_process = subprocess.Popen(load_line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    try:
        time.sleep(2)
        before = largest = server.memory_mib()
        with prober:
            server.call("BGSAVE")
            end = time.monotonic() + 120
            while server.info("persistence")["rdb_bgsave_in_progress"] == "1" and time.monotonic() < end:
                largest = max(largest, server.memory_mib())
                time.sleep(0.05)
    finally:
        load_process.kill()
        load_process.wait()
    if server.info("persistence")["rdb_last_bgsave_status"] != "ok":
        fail("the snapshot failed")
    return before, largest


def phases(server, keys, core):
    """Yields the name of each phase and its prober."""
    prober = lambda: Prober(server, core)
    load(server, 0, keys) # so that growing is what is measured below, not the JIT compiler
    server.call("FLUSHALL")
    time.sleep(2)
    with prober() as p:
        time.sleep(3)
    yield "idle", p
    with prober() as p:
        load(server, 0, keys)
    yield f"growing to {keys:,} keys", p
    p = prober()
    resident = saving(server, keys, core, p)
    say(f"  while saving the server had {resident[1]:.0f} MiB resident, {resident[0]:.0f} before;"
        f" rdb_last_cow_size {int(server.info('persistence')['rdb_last_cow_size']) >> 20} MiB")
    yield f"BGSAVE of {keys:,} keys under SET -P 16", p
    moment = expiring(server, 40)
    before = server.call("DBSIZE")
    time.sleep(max(0.0, moment - time.time() - 1))
    with prober() as p:
        time.sleep(1)
        while server.call("DBSIZE") > keys and time.time() < moment + 60:
            time.sleep(0.05)
    say(f"  {before - keys:,} keys had expired {time.time() - moment:.1f} s after their moment")
    yield f"{EXPIRING:,} keys expire at once", p
    server.call("SETRANGE", "big", BIG_BYTES - 1, "x")
    with prober() as p:
        server.call("DEL", "big")
    yield f"DEL of {BIG_BYTES >> 20} MiB", p
    for kind, (command, element) in COLLECTIONS.items():
        fill(server, [command, "big"], map(element, range(MEMBERS)))
        with prober() as p:
            server.call("DEL", "big")
        yield f"DEL of a {kind} of {MEMBERS:,}", p
    fill(server, ["SADD", "big"], map(COLLECTIONS["set"][1], range(MEMBERS)))
    with prober() as p:
        server.call("PEXPIRE", "big", 500)
        time.sleep(1)
    yield f"a set of {MEMBERS:,} expires", p
    with prober() as p:
        server.call("FLUSHALL", "SYNC")
    yield f"FLUSHALL SYNC of {keys:,} keys", p


def main():
    p = argparse.ArgumentParser(prog="benchmarks/pauses", description=__doc__)
    p.add_argument("--keys", type=int, default=5_000_000)
    p.add_argument("--out", help="write the report there (default: results/pauses.md)")
    a = p.parse_args()
    need_tools("redis-server", "redis-benchmark")
    server_core, load_core = cores()[:2]
    rows, servers = {}, []
    for name, command in commands().items():
        with Server(name, command, server_core) as s:
            servers.append(s)
            for phase, prober in phases(s, a.keys, load_core):
                row = rows.setdefault(phase, [phase])
                row += [f"{prober.p999_ms:.2f}", f"{prober.longest_ms:.2f}"]
                if name == "hydrion":
                    row.append("ok" if prober.longest_ms <= TARGET_MS else "MISS")
                say(f"{s.label}: {phase}: longest {prober.longest_ms:.2f} ms")
    a_name, b_name = (s.label for s in servers)
    if a_name == b_name:
        a_name, b_name = a_name + " (A)", b_name + " (B)"
    body = "\n\n".join([
        f"Server on core {server_core}, prober and load on core {load_core}; both servers had held the keys once before. A GET every millisecond. What it waited, ms; target: never"
        f" more than {TARGET_MS} ms.",
        table(["while", f"{a_name}: p99.9", "longest", f"{b_name}: p99.9", "longest", ""], list(rows.values()))])
    report("Pauses", servers, body, a.out or a.keys == 5_000_000)


main()
