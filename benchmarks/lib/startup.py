"""benchmarks/startup: time to the first PONG, idle CPU and resident size of an empty server."""
import argparse
import os
import time

from common import Server, commands, median, need_tools, report, say, spread, table

FIRST_PONG_S, IDLE_PERCENT, EMPTY_MIB, DEV_MIB = 1.0, 1.0, 150, 100


def verdict(good):
    return "ok" if good else "MISS"


def main():
    p = argparse.ArgumentParser(prog="benchmarks/startup", description=__doc__)
    p.add_argument("--starts", type=int, default=10, help="measured starts of each (10), after one that is not")
    p.add_argument("--idle", type=float, default=10, help="seconds over which idle CPU is taken (10)")
    p.add_argument("--out", help="write the report there (default: results/startup.md)")
    a = p.parse_args()
    need_tools("redis-server")
    rows, servers = [], []
    for name, command in commands().items():
        with Server(name, command) as s: # may build the server, or write its class archive
            is_hydrion = name == "hydrion" and not s.label.startswith("Redis")
            say(f"{s.label}: first start {s.first_pong_s:.2f} s, not counted")
        for flags in ((), ("--dev",)) if is_hydrion else ((),):
            times = []
            for _ in range(a.starts):
                with Server(name, [*command, *flags]) as s:
                    times.append(s.first_pong_s)
            with Server(name, [*command, *flags]) as s:
                time.sleep(6) # the server warms up for a few seconds
                before = s.cpu_ns()
                time.sleep(a.idle)
                idle = (s.cpu_ns() - before) / a.idle / 1e7
                resident = s.memory_mib()
                servers.append(s)
            limit = DEV_MIB if flags else EMPTY_MIB
            judged = [verdict(median(times) <= FIRST_PONG_S), verdict(idle < IDLE_PERCENT), verdict(resident <= limit)]
            if name == "redis":
                judged = [""] * 3
            rows.append([" ".join([s.label, *flags]), spread(times), judged[0], f"{idle:.2f} %", judged[1], f"{resident:.0f}",
                         judged[2]])
            say(" ".join(rows[-1]))
    body = "\n\n".join([
        f"From the start of the process to its first PONG: median (min–max) of {a.starts} starts, the files in the page cache. Idle CPU"
        f" over {a.idle:g} s without clients, 6 s after that, in percent of one core; resident size (VmRSS) then."
        f" Targets: {FIRST_PONG_S:g} s, {IDLE_PERCENT:g} %, {EMPTY_MIB} MiB, and {DEV_MIB} MiB with --dev. Load of the machine: {os.getloadavg()[0]:.1f}.",
        table(["server", "first PONG, s", "", "idle CPU", "", "resident MiB", ""], rows)])
    report("Start and rest", servers, body, a.out or True)


main()
