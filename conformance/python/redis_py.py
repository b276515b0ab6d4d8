"""redis-py against a live server on the port given: each step prints ok or fails the process."""

import sys
import threading

import redis

port = int(sys.argv[1])
r = redis.Redis(port=port, decode_responses=True)


def step(name):
    def run(does):
        does()
        print("ok", name)

    return run


@step("every type")
def _():
    assert r.set("py:s", "v", ex=100, get=True) is None
    assert r.get("py:s") == "v" and 90 < r.ttl("py:s") <= 100
    assert r.hset("py:h", mapping={"a": 1, "b": 2}) == 2
    assert r.hgetall("py:h") == {"a": "1", "b": "2"}
    assert r.rpush("py:l", 1, 2, 3) == 3 and r.lrange("py:l", 0, -1) == ["1", "2", "3"]
    assert r.zadd("py:z", {"one": 1, "two": 2.5}) == 2
    assert r.zrange("py:z", 0, -1, withscores=True) == [("one", 1.0), ("two", 2.5)]
    assert r.sadd("py:set", "m", "n") == 2 and r.smembers("py:set") == {"m", "n"}
    assert r.geoadd("py:geo", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")) == 2
    assert abs(r.geodist("py:geo", "Palermo", "Catania", "km") - 166.2742) < 0.001
    assert r.pfadd("py:hll", "a", "b") == 1 and r.pfcount("py:hll") == 2
    assert r.setbit("py:bits", 7, 1) == 0 and r.bitcount("py:bits") == 1
    assert r.bitfield("py:bits").incrby("u8", 0, 4).get("u4", 4).execute() == [5, 5]


@step("pipelines, transactions and check-and-set")
def _():
    with r.pipeline(transaction=False) as many:
        for i in range(1000):
            many.set(f"py:p:{i}", i)
        assert many.execute() == [True] * 1000

    def double(pipe):
        value = int(pipe.get("py:cas") or 1)
        pipe.multi()
        pipe.set("py:cas", value * 2)

    assert r.transaction(double, "py:cas") == [True]
    assert r.get("py:cas") == "2"
    assert len(list(r.scan_iter("py:p:*", count=100))) == 1000


@step("streams and groups")
def _():
    first = r.xadd("py:x", {"k": "v"})
    assert r.xgroup_create("py:x", "g", id="0") is True
    assert r.xreadgroup("g", "c", {"py:x": ">"}) == [["py:x", [(first, {"k": "v"})]]]
    assert r.xpending("py:x", "g")["pending"] == 1
    assert r.xautoclaim("py:x", "g", "d", 0)[1] == [(first, {"k": "v"})]
    assert r.xack("py:x", "g", first) == 1
    assert r.xinfo_stream("py:x")["length"] == 1
    assert r.xinfo_groups("py:x")[0]["lag"] == 0


@step("scripts, and functions")
def _():
    script = r.register_script("return {KEYS[1], tonumber(ARGV[1]) + 1}")
    assert script(keys=["k"], args=[41]) == ["k", 42]
    assert r.function_load("#!lua name=py\nredis.register_function('py_echo', function(k, a) return a end)", True)
    assert r.fcall("py_echo", 0, "x", "y") == ["x", "y"]


@step("locks")
def _():
    lock = r.lock("py:lock", timeout=5)
    assert lock.acquire()
    assert not r.lock("py:lock", timeout=5).acquire(blocking=False)
    assert lock.extend(5) and lock.owned()
    lock.release()
    assert not r.exists("py:lock")


@step("subscriptions, and key events")
def _():
    r.config_set("notify-keyspace-events", "KEA")
    listener = r.pubsub(ignore_subscribe_messages=True)
    listener.psubscribe("__keyevent@0__:*")
    listener.get_message(timeout=5)
    r.set("py:event", 1)
    r.expire("py:event", 100)
    heard = []
    while len(heard) < 2:
        message = listener.get_message(timeout=5)
        assert message is not None, heard
        if message["data"] == "py:event":
            heard.append(message["channel"])
    assert heard == ["__keyevent@0__:set", "__keyevent@0__:expire"]
    r.config_set("notify-keyspace-events", "")


@step("a blocked client wakes")
def _():
    got = []
    waiter = threading.Thread(target=lambda: got.append(redis.Redis(port=port).blpop("py:queue", 10)))
    waiter.start()
    while r.info("clients")["blocked_clients"] < 1:
        pass
    r.rpush("py:queue", "job")
    waiter.join()
    assert got == [(b"py:queue", b"job")]


@step("users and their limits")
def _():
    assert r.acl_setuser("py", enabled=True, passwords=["+secret"], keys=["py:*"], categories=["+@read"])
    limited = redis.Redis(port=port, username="py", password="secret", decode_responses=True)
    assert limited.get("py:s") == "v"
    for forbidden in (lambda: limited.get("other"), lambda: limited.set("py:s", 1)):
        try:
            forbidden()
            raise AssertionError("allowed")
        except redis.exceptions.NoPermissionError:
            pass
    assert r.acl_deluser("py") == 1


@step("what operators ask")
def _():
    info = r.info()
    assert info["redis_version"] and info["used_memory"] > 0 and info["db0"]["keys"] > 1000
    assert r.memory_usage("py:s") > 0
    assert isinstance(r.slowlog_get(), list)
    assert r.client_list()[0]["addr"]
    assert r.config_get("maxmemory") == {"maxmemory": "0"}
    dumped = redis.Redis(port=port).dump("py:z")
    redis.Redis(port=port).restore("py:z2", 0, dumped)
    assert r.zrange("py:z2", 0, -1) == ["one", "two"]
