"""RQ, Kombu and Celery, as applications use them, against a live server on the port given.

Each step prints ok or fails the process. Workers are processes of their own and end with it.
"""

import logging
import os
import subprocess
import sys
import time
from datetime import timedelta

import redis

sys.dont_write_bytecode = True

port = int(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
r = redis.Redis(port=port, db=9)


def step(name):
    def run(does):
        does()
        print("ok", name, flush=True)

    return run


@step("RQ: results, failures, retries, dependencies and schedules")
def _():
    from rq import Queue, Retry, SimpleWorker
    from rq.registry import FailedJobRegistry, FinishedJobRegistry
    from rq.scheduler import RQScheduler

    logging.disable(logging.CRITICAL)
    queue = Queue("py", connection=r)
    first = queue.enqueue("operator.add", 1, 2, result_ttl=100)
    after = queue.enqueue("operator.add", 3, 4, depends_on=first, result_ttl=100)
    wrong = queue.enqueue("operator.truediv", 1, 0, retry=Retry(max=2))
    due = queue.enqueue_in(timedelta(seconds=-1), "operator.add", 5, 6)
    assert queue.count == 2
    scheduler = RQScheduler([queue], connection=r)
    scheduler.acquire_locks()
    scheduler.enqueue_scheduled_jobs()

    SimpleWorker([queue], connection=r).work(burst=True)

    assert [job.result for job in (first, after, due)] == [3, 7, 11]
    assert wrong.get_status(refresh=True) == "failed"
    assert len(FinishedJobRegistry(queue=queue)) == 3
    assert FailedJobRegistry(queue=queue).get_job_ids() == [wrong.id]
    scheduler.release_locks()


@step("Kombu: direct, topic and fanout exchanges, acknowledgement and rejection")
def _():
    from kombu import Connection, Exchange, Queue

    with Connection(f"redis://127.0.0.1:{port}/10") as connection:
        direct = Queue("video", Exchange("media", "direct"), routing_key="video")
        topic = Queue("some", Exchange("topics", "topic"), routing_key="a.*.c")
        fanout = Queue("each", Exchange("all", "fanout"))
        got = []

        def take(body, message):
            got.append(body)
            message.ack()

        with connection.Producer() as producer:
            for queue in (direct, topic):
                queue(connection.default_channel).declare()
            with connection.Consumer([direct, topic, fanout], callbacks=[take]):
                producer.publish("d", exchange=direct.exchange, routing_key="video")
                producer.publish("t", exchange=topic.exchange, routing_key="a.b.c")
                producer.publish("u", exchange=topic.exchange, routing_key="a.b.d")
                until = time.monotonic() + 20
                while sorted(got) not in (["d", "t"], ["d", "f", "t"]) and time.monotonic() < until:
                    connection.drain_events(timeout=5)
                producer.publish("f", exchange=fanout.exchange)
                while len(got) < 3 and time.monotonic() < until:
                    connection.drain_events(timeout=5)
        assert sorted(got) == ["d", "f", "t"], got


@step("Celery: broker and results in Redis, chains, groups, chords and retries")
def _():
    from celery import chain, chord, group

    os.environ["CELERY_REDIS_PORT"] = str(port)
    from celery_tasks import add, app, again, total

    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "celery_tasks", "worker", "-P", "threads", "-c", "4"],
        cwd=HERE,
        env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    try:
        assert add.delay(1, 2).get(timeout=60) == 3
        assert chain(add.s(1, 2), add.s(3))().get(timeout=20) == 6
        assert group(add.s(i, i) for i in range(5))().get(timeout=20) == [0, 2, 4, 6, 8]
        assert chord((add.s(i, i) for i in range(5)), total.s())().get(timeout=20) == 20
        assert again.delay().get(timeout=20) == "at the second try"
        many = [add.delay(i, 1) for i in range(100)]
        assert sum(one.get(timeout=20) for one in many) == 5050
        assert app.control.ping(timeout=5)
    finally:
        worker.terminate()
        worker.wait(20)


sys.stdout.flush()
os._exit(0)  # Celery's results close their connections at exit, when there is nothing left to do so
