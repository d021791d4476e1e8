"""benchmarks/memory: resident bytes per key over the payload, and the size of an empty server.

Each server runs alone, unpinned. N keys of 16 bytes with values of 64 bytes are loaded through
redis-cli --pipe; the figure is the resident size afterwards minus that of the empty server, over N,
minus the payload's 80 bytes."""
import argparse
import time

from common import Server, commands, fail, need_tools, pipe, report, set_commands, table

PAYLOAD = 16 + 64
TARGET_BYTES, TARGET_EMPTY_MIB = 40, 150


def settled_mib(server, seconds):
    time.sleep(seconds)
    return server.memory_mib()


def main():
    p = argparse.ArgumentParser(prog="benchmarks/memory", description=__doc__)
    p.add_argument("--keys", type=int, default=5_000_000, help="N (5000000)")
    p.add_argument("--settle", type=float, default=5, help="seconds to wait before the size is read (5)")
    p.add_argument("--out", help="write the report there (default: results/memory.md)")
    a = p.parse_args()
    need_tools("redis-server", "redis-cli")
    rows, servers, base = [], [], {}
    for name, command in commands().items():
        with Server(name, command) as s:
            empty = settled_mib(s, a.settle)
            used = int(s.info("memory").get("used_memory", 0))
            load_s = pipe(s, set_commands(0, a.keys))
            if s.call("DBSIZE") != a.keys:
                fail(f"{s.label} holds {s.call('DBSIZE')} keys, not {a.keys}")
            resident = settled_mib(s, a.settle)
            over = (resident - empty) * 2**20 / a.keys - PAYLOAD
            accounted = (int(s.info("memory").get("used_memory", 0)) - used) / a.keys - PAYLOAD
            judged = ["", ""] if name == "redis" else [
                "ok" if empty <= TARGET_EMPTY_MIB else "MISS", "ok" if over <= TARGET_BYTES else "MISS"]
            rows.append([s.label, f"{empty:.0f}", judged[0], f"{resident:.0f}", f"{s.memory_mib('VmHWM'):.0f}", f"{over:.1f}",
                         judged[1], f"{accounted:.1f}", f"{a.keys / load_s / 1000:.0f} K/s"])
            servers.append(s)
    body = "\n\n".join([
        f"{a.keys:,} keys of 16 bytes with values of 64 bytes, through `redis-cli --pipe`; resident size (VmRSS) {a.settle:g} s"
        f" after the load, less the empty server's, over N, less {PAYLOAD}. Targets: ≤ {TARGET_BYTES} bytes a key, empty"
        f" ≤ {TARGET_EMPTY_MIB} MiB. The server's own figure is used_memory, taken the same way.",
        table(["server", "empty MiB", "", "loaded MiB", "peak MiB", "bytes a key over payload", "", "its own figure", "loading"], rows)])
    report("Memory per key", servers, body, a.out or a.keys == 5_000_000)


main()
