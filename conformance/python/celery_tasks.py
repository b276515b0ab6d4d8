"""The tasks of queues.py's Celery worker."""

import os

from celery import Celery

URL = f"redis://127.0.0.1:{os.environ['CELERY_REDIS_PORT']}/"
app = Celery("celery_tasks", broker=URL + "11", backend=URL + "12")


@app.task
def add(a, b):
    return a + b


@app.task
def total(numbers):
    return sum(numbers)


@app.task(bind=True, max_retries=2)
def again(self):
    if self.request.retries == 0:
        raise self.retry(countdown=0)
    return "at the second try"
