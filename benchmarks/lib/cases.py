"""The cases of benchmarks/run: what redis-benchmark sends, what must be there before, and the target."""
import random

from common import VALUE_BYTES, encode, load, pipe

VALUE = "x" * VALUE_BYTES
ANY = "__rand_int__"  # redis-benchmark puts a random number of 12 digits there
MILLION = 1_000_000
GROUP = 100  # elements in one command of a preparation


class Case:
    """
    :param args: the end of redis-benchmark's command line
    :param keys: how many different numbers __rand_int__ stands for
    :param target: of the ratio of CPU per operation, at most
    :param once: called with the server, before the first measurement after its start
    :param each: called with the server and the number of operations, before each measurement
    :param ops_max: operations of one measurement, at most
    """

    def __init__(self, name, args, pipeline, target, keys=MILLION, once=None, each=None, ops_max=None):
        self.name, self.args, self.pipeline, self.target = name, args, pipeline, target
        self.keys, self.once, self.each, self.ops_max = keys, once, each, ops_max
        # A first burst that is short for commands on 100,000 elements, too.
        self.first_ops = 100 if name.endswith("-100k") else 20_000 * pipeline ** 0.7

    def operations(self, wanted):
        """About so many, as redis-benchmark can spread them over its connections."""
        step = 50 * self.pipeline
        return max(step, int(min(wanted, self.ops_max or wanted)) // step * step)


def fill(server, command, elements):
    """Sends a command with GROUP elements at a time; an element is a list of arguments."""
    def chunks():
        group = []
        for e in elements:
            group += e
            if len(group) >= GROUP * len(e):
                yield encode(*command, *group)
                group = []
        if group:
            yield encode(*command, *group)
    pipe(server, chunks())


def numbers(n):
    return ("%012d" % i for i in range(n))


def filled(key, command, element, n):
    """A preparation that fills a key with n elements, made of numbers."""
    def prepare(server, ops=n):
        server.call("DEL", key)
        fill(server, command, (element(i) for i in numbers(ops)))
    return prepare


def deleted(key):
    return lambda server, ops: server.call("DEL", key)


def strings(millions):
    """The string keys that redis-benchmark's own tests use; what is there already stays."""
    def prepare(server):
        have = server.call("DBSIZE")
        if have < millions * MILLION:
            load(server, 0, millions * MILLION)
        if server.call("EXISTS", "counter:" + "0" * 12) == 0:
            load(server, 0, MILLION, "counter:", b"0")
    return prepare


MSET10 = ["mset", *(f for _ in range(10) for f in ("key:" + ANY, VALUE))]

CORE = [
    Case("get-p1", ["-t", "get"], 1, 1.05, once=strings(1)),
    Case("set-p1", ["-t", "set"], 1, 1.05, once=strings(1)),
    Case("get-p16", ["-t", "get"], 16, 0.65, once=strings(1)),
    Case("set-p16", ["-t", "set"], 16, 0.60, once=strings(1)),
    Case("get-p64", ["-t", "get"], 64, 0.33, once=strings(1)),
    Case("set-p64", ["-t", "set"], 64, 0.35, once=strings(1)),
    Case("incr-p64", ["-t", "incr"], 64, 0.45, once=strings(1)),
    Case("mset10-p16", MSET10, 16, 0.35, once=strings(1)),
    Case("get-p16-5m", ["-t", "get"], 16, 0.65, 5 * MILLION, once=strings(5)),
    Case("get-p64-5m", ["-t", "get"], 64, 0.33, 5 * MILLION, once=strings(5)),
]

ELEMENT = "element:" + ANY


def halves(key, command, element):
    """Two collections of 100,000 elements, half of which are in both."""
    def prepare(server):
        for name, first in (("a", 0), ("b", 50_000)):
            server.call("DEL", key + name)
            fill(server, [command, key + name], (element("%012d" % i) for i in range(first, first + 100_000)))
    return prepare


def entries(server, ops):
    """A stream of the ids 0-1, 1-0, 2-0, …, with a group that has had none of them yet."""
    server.call("DEL", "xs")
    pipe(server, (encode("XADD", "xs", f"{i}-1", "field", VALUE) for i in range(ops)))
    server.call("XGROUP", "CREATE", "xs", "g", "0")


def delivered(server, ops):
    entries(server, ops)
    for _ in range(0, ops, 10_000):
        server.call("XREADGROUP", "GROUP", "g", "c", "COUNT", 10_000, "STREAMS", "xs", ">")


def hyperloglogs(server):
    for k in range(10):
        fill(server, ["PFADD", f"hll{k}"], ([f"{k}:{i}"] for i in range(20_000)))


def places(server):
    r = random.Random(1)
    fill(server, ["GEOADD", "geo"], ([f"{r.uniform(-180, 180):.6f}", f"{r.uniform(-85, 85):.6f}", i]
                                     for i in numbers(MILLION)))


TYPES = [
    Case("lpush-p64", ["lpush", "l", VALUE], 64, 0.80, each=deleted("l")),
    Case("rpop-p64", ["rpop", "l"], 64, 0.80, each=filled("l", ["LPUSH", "l"], lambda i: [VALUE], MILLION), ops_max=MILLION),
    Case("lrange100-p1", ["lrange", "l100", "0", "99"], 1, 0.80, once=filled("l100", ["RPUSH", "l100"], lambda i: [VALUE], 100)),
    Case("lrange100-p16", ["lrange", "l100", "0", "99"], 16, 0.80, once=filled("l100", ["RPUSH", "l100"], lambda i: [VALUE], 100)),
    Case("hset-p64", ["hset", "h", ELEMENT, VALUE], 64, 0.60),
    Case("hget-1m-p64", ["hget", "h1m", ELEMENT], 64, 0.60,
         once=filled("h1m", ["HSET", "h1m"], lambda i: ["element:" + i, VALUE], MILLION)),
    Case("sadd-p64", ["sadd", "s", ELEMENT], 64, 0.60, each=deleted("s")),
    Case("spop-p64", ["spop", "s"], 64, 0.60, each=filled("s", ["SADD", "s"], lambda i: ["element:" + i], MILLION), ops_max=MILLION),
    Case("sismember-1m-p64", ["sismember", "s1m", ELEMENT], 64, 0.60,
         once=filled("s1m", ["SADD", "s1m"], lambda i: ["element:" + i], MILLION)),
    Case("zadd-p64", ["zadd", "z", ANY, ELEMENT], 64, 0.50, each=deleted("z")),
    Case("zrank-1m-p64", ["zrank", "z1m", ELEMENT], 64, 0.50,
         once=filled("z1m", ["ZADD", "z1m"], lambda i: [i, "element:" + i], MILLION)),
    Case("zrangebyscore-1m-p64", ["zrangebyscore", "z1m", ANY, "+inf", "LIMIT", "0", "10"], 64, 0.50,
         once=filled("z1m", ["ZADD", "z1m"], lambda i: [i, "element:" + i], MILLION)),
    Case("zpopmin-p64", ["zpopmin", "z"], 64, 0.50, each=filled("z", ["ZADD", "z"], lambda i: [i, "element:" + i], MILLION), ops_max=MILLION),
    Case("sinter-100k", ["sinter", "sa", "sb"], 1, 0.50, once=halves("s", "SADD", lambda i: ["element:" + i])),
    Case("zunionstore-100k", ["zunionstore", "zu", "2", "za", "zb"], 1, 0.50, once=halves("z", "ZADD", lambda i: [i, "element:" + i])),
    Case("xadd-p64", ["xadd", "x", "*", "field", VALUE], 64, 0.70, each=deleted("x")),
    Case("xreadgroup-p64", ["xreadgroup", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "xs", ">"], 64, 0.70, each=entries, ops_max=MILLION),
    Case("xack-p64", ["xack", "xs", "g", ANY + "-1"], 64, 0.70, each=delivered, ops_max=MILLION),
    Case("pfadd-p64", ["pfadd", "hll", ELEMENT], 64, 0.70),
    Case("pfcount10-p16", ["pfcount", *(f"hll{k}" for k in range(10))], 16, 0.70, once=hyperloglogs),
    Case("geosearch-1m-p16", ["geosearch", "geo", "FROMLONLAT", "13.361", "38.115", "BYRADIUS", "100", "km"], 16, 0.70, once=places),
]

SUITES = {"core": CORE, "types": TYPES}
