"""What the benchmark scripts share: servers under test, load, CPU accounting, reports. Linux only."""
import contextlib
import datetime
import os
import pathlib
import re
import resource
import shlex
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
VALUE_BYTES = 64


def fail(message):
    sys.exit(f"{pathlib.Path(sys.argv[0]).stem}: {message}")


def need_tools(*names):
    missing = [n for n in names if not shutil.which(n)]
    if missing:
        fail(f"needs {', '.join(missing)} (Debian: apt-get install redis-server redis-tools)")


def cores():
    """The cores we may use: the first is the server's, the second the load generator's."""
    named = os.environ.get("BENCH_CORES")
    found = [int(c) for c in named.split(",")] if named else sorted(os.sched_getaffinity(0))
    if len(found) < 2:
        fail("needs two cores, one for the server and one for the load")
    return found


def busy_s():
    """Seconds that all cores were busy since the machine started."""
    fields = pathlib.Path("/proc/stat").read_text().split()[1:8]
    user, nice, system, _, _, irq, soft = map(int, fields)
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


BEGUN = busy_s(), time.monotonic()


def others_percent(servers):
    """What was used of all cores, since this script began, by processes that it did not start."""
    ours = sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
    ours += sum(s.cpu_ns() for s in servers if s.process.returncode is None) / 1e9
    wall_s = (time.monotonic() - BEGUN[1]) * os.cpu_count()
    return max(0.0, (busy_s() - BEGUN[0] - ours) / wall_s * 100)


class Server:
    """A server process that this script started, and its connection for questions.

    :param core: the core it is pinned to, or None
    :param args: what else its command line has; without it nothing is kept on disk
    :param directory: where it keeps its files, to be found there by the next; None: nowhere
    """

    def __init__(self, name, command, core=None, args=(), start_limit_s=300, directory=None):
        self.name, self.label = name, name
        self.is_kept = directory is not None
        self.dir = directory or tempfile.mkdtemp(prefix=f"bench-{name}-")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        line = [*command, "--port", str(self.port), "--save", "", "--dir", self.dir, "--appendonly", "no", *args]
        pin = (lambda: os.sched_setaffinity(0, {core})) if core is not None else None
        self.log = open(pathlib.Path(self.dir) / "log", "wb")
        self.started_s = time.monotonic()
        self.process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        cwd=self.dir, preexec_fn=pin, start_new_session=True)
        self.reply_file = None
        try:
            while not self._ping():
                if self.process.poll() is not None or time.monotonic() - self.started_s > start_limit_s:
                    fail(f"{name} did not start: {shlex.join(line)}\n{self.last_words()}")
                # To 1 % of the time: asking more often takes a core from a server that loads with all of them.
                time.sleep(max(0.002, (time.monotonic() - self.started_s) / 100))
            self.first_pong_s = time.monotonic() - self.started_s
            info = self.server_info = self.info("server")
            # The launcher may have started the server as a child.
            self.pid = int(info.get("process_id", self.process.pid))
            if "hydrion_version" in info:
                self.label = f"Hydrion {info['hydrion_version']}"
            elif "redis_version" in info:
                self.label = f"Redis {info['redis_version']}"
        except BaseException:
            self.stop()
            raise

    def last_words(self):
        return (pathlib.Path(self.dir) / "log").read_text(errors="replace")[-2000:]

    def _ping(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as s:
            s.sendall(b"PING\r\n")
            return s.recv(7).startswith(b"+PONG")
        return False

    def call(self, *args):
        """Sends one command; returns its reply, arrays as lists, errors as exceptions."""
        if self.reply_file is None:
            self.connection = socket.create_connection(("127.0.0.1", self.port), 600)
            self.reply_file = self.connection.makefile("rb")
        self.connection.sendall(encode(*args))
        return read_reply(self.reply_file)

    def info(self, section):
        try:
            lines = self.call("INFO", section).decode(errors="replace").splitlines()
        except RuntimeError: # a server without INFO can be measured all the same
            return {}
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def cpu_ns(self):
        """CPU time of the process so far, user and system, threads that ended included: its own
        clock (clock_getcpuclockid), which counts in ns where /proc/PID/stat counts in ticks."""
        return time.clock_gettime_ns(((~self.pid) << 3) | 2)

    def user_share(self, before=(0, 0)):
        """The part of the CPU time since `before` (a pair of ticks) spent in user mode."""
        user, system = (a - b for a, b in zip(self.ticks(), before))
        return user / (user + system) if user + system else float("nan")

    def ticks(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]), int(fields[12])

    def memory_mib(self, field="VmRSS"):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+) kB", status, re.M)[1]) / 1024

    def stop(self):
        if self.reply_file is not None:
            self.connection.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()
        if not self.is_kept:
            shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def commands():
    """The commands that start Redis and Hydrion in the foreground, as lists."""
    redis = shlex.split(os.environ.get("REDIS_CMD", "redis-server"))
    hydrion = shlex.split(os.environ.get("HYDRION_CMD", f"{ROOT}/hydrion server"))
    for command in (redis, hydrion):
        if not shutil.which(command[0]):
            fail(f"cannot run {command[0]}")
        if os.sep in command[0]:
            command[0] = str(pathlib.Path(command[0]).absolute())
    return {"redis": redis, "hydrion": hydrion}


def encode(*args):
    parts = [b"*%d\r\n" % len(args)]
    for a in args:
        a = a if isinstance(a, bytes) else str(a).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(a), a))
    return b"".join(parts)


def read_reply(f):
    line = f.readline()
    kind, rest = line[:1], line[1:-2]
    if kind == b"-":
        raise RuntimeError(rest.decode())
    if kind == b"$":
        return None if rest == b"-1" else f.read(int(rest) + 2)[:-2]
    if kind == b"*":
        return [read_reply(f) for _ in range(int(rest))]
    return int(rest) if kind == b":" else rest.decode()


def load(server, first, last, prefix="key:", value=b"x" * VALUE_BYTES):
    """Sets the keys PREFIX and a number of 12 digits, from `first` up to `last`, in one pipeline."""
    want = (last - first) * len(b"+OK\r\n")
    with socket.create_connection(("127.0.0.1", server.port), 120) as s:
        def send():
            for chunk in set_commands(first, last, prefix, value):
                s.sendall(chunk)

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        while want > 0:
            data = s.recv(1 << 18)
            if not data or b"-" in data:
                fail(f"loading {server.label} failed: {data[-200:]!r}")
            want -= len(data)
        sender.join()


def pipe(server, chunks):
    """Loads commands (an iterable of encoded chunks) through redis-cli --pipe; returns the seconds."""
    start_s = time.monotonic()
    p = subprocess.Popen(["redis-cli", "-p", str(server.port), "--pipe"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with p.stdin:
        for chunk in chunks:
            p.stdin.write(chunk)
    out = p.stdout.read().decode(errors="replace")
    if p.wait() != 0 or "errors: 0" not in out:
        fail(f"loading {server.label} failed:\n{out[-2000:]}")
    return time.monotonic() - start_s


def set_commands(first, last, prefix="key:", value=b"x" * VALUE_BYTES):
    """SET commands for the keys that redis-benchmark uses: PREFIX and a number of 12 digits."""
    size = len(prefix) + 12
    form = "*3\r\n$3\r\nSET\r\n$%d\r\n%s%%012d\r\n$%d\r\n%s\r\n" % (size, prefix, len(value), value.decode())
    for at in range(first, last, 10_000):
        yield "".join([form % i for i in range(at, min(at + 10_000, last))]).encode()


class Load:
    """One redis-benchmark process, and what it printed: ops, ops/s, latencies in ms."""

    def __init__(self, server, args, ops, keys, pipeline=1, clients=50, core=None, threads=None):
        line = ["redis-benchmark", "-p", str(server.port), "-c", str(clients), "-n", str(ops), "-d", str(VALUE_BYTES),
                "-r", str(keys), "-P", str(pipeline)]
        if threads:
            line += ["--threads", str(threads)]
        pin = (lambda: os.sched_setaffinity(0, {core})) if core is not None else None
        self.ops = ops
        self.process = subprocess.Popen([*line, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        preexec_fn=pin, text=True, errors="replace")

    def finish(self):
        out = self.process.communicate()[0]
        rate = re.search(r"throughput summary: ([0-9.]+)", out)
        if self.process.returncode != 0 or not rate or "Error" in out:
            fail(f"redis-benchmark failed:\n{out[-2000:]}")
        self.rate = float(rate[1])
        summary = out[out.index("latency summary"):].split("\n")[2].split()
        self.mean_ms, _, self.p50_ms, _, self.p99_ms, self.max_ms = map(float, summary[:6])
        spread = out[out.index("by percentile"):out.index("Cumulative")]
        points = re.findall(r"([0-9.]+)% <= ([0-9.]+) ms|([0-9.]+)% <= ([0-9.]+) milli", spread)
        self.p999_ms = next((float(b or d) for a, b, c, d in points if float(a or c) >= 99.9), self.max_ms)
        return self


def median(values):
    return statistics.median(values)


def spread(values, form="%.2f"):
    return f"{form % median(values)} ({form % min(values)}–{form % max(values)})"


def rate_text(per_s):
    return f"{per_s / 1e6:.2f} M/s" if per_s >= 1e6 else f"{per_s / 1e3:.0f} K/s"


def alternate(servers, round_number):
    """The servers in the order of this round: A B, B A, A B, …"""
    servers = list(servers)
    return servers if round_number % 2 == 0 else servers[::-1]


def say(text):
    print(text, flush=True)


def table(header, rows):
    widths = [max(len(str(r[i])) for r in [header, *rows]) for i in range(len(header))]
    line = lambda row: "| " + " | ".join(str(c).ljust(w) for c, w in zip(row, widths)) + " |"
    return "\n".join([line(header), "|" + "|".join("-" * (w + 2) for w in widths) + "|", *map(line, rows)])


def machine(servers):
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) / 2**20
    os_name = re.search(r'PRETTY_NAME="?([^"\n]*)', pathlib.Path("/etc/os-release").read_text())
    git = lambda *a: subprocess.run(["git", "-C", str(ROOT), *a], capture_output=True, text=True).stdout.strip()
    commit = git("rev-parse", "--short", "HEAD") or "none"
    if git("status", "--porcelain", "--", ".", ":!benchmarks/results"):
        commit += " with changes"
    versions = dict.fromkeys(s.label for s in servers)
    jvm = [f"{k} {v}" for s in servers for k, v in s.server_info.items() if re.search(r"^(jvm|java)_", k)]
    return "\n".join([
        f"- date: {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC, commit {commit}",
        f"- machine: {os.cpu_count()} cores, {cpu[1] if cpu else os.uname().machine}, {memory:.0f} GiB of memory",
        f"- system: Linux {os.uname().release}, {os_name[1] if os_name else '?'}",
        f"- versions: {', '.join(versions)}" + "".join(f", {j}" for j in dict.fromkeys(jvm)),
        f"- command: `{shown_command()}`; other processes used {others_percent(servers):.0f} % of the machine meanwhile",
    ])


def shown_command():
    line = [f"benchmarks/{pathlib.Path(sys.argv[0]).stem}", *sys.argv[1:]]
    given = [f"{k}={shlex.quote(os.environ[k])}" for k in ("REDIS_CMD", "HYDRION_CMD", "BENCH_CORES") if k in os.environ]
    return " ".join([*given, shlex.join(line)]).replace(str(ROOT) + "/", "")


def report(title, servers, body, write, name=None):
    """Prints a report, and writes it to results/NAME.md when `write` is set (True, or a path)."""
    text = f"# {title}\n\n{machine(servers)}\n\n{body}\n"
    say("\n" + text)
    if not write:
        return
    path = RESULTS / f"{name or pathlib.Path(sys.argv[0]).stem}.md" if write is True else pathlib.Path(write)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    say(f"written: {os.path.relpath(path)}")
