import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq';
import { assert, port, step, until } from './steps.mjs';

const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };
const queue = new Queue('mail', { connection });
const events = new QueueEvents('mail', { connection });
await events.waitUntilReady();

let failuresLeft = 2;
const handled = [];
const worker = new Worker(
  'mail',
  async (job) => {
    if (job.name === 'shaky' && failuresLeft-- > 0) {
      throw new Error('not yet');
    }
    handled.push(job.name);
    await job.updateProgress(100);
    return { sent: job.data.to };
  },
  { connection, concurrency: 4 },
);

await step('a job is worked on and returns', async () => {
  const job = await queue.add('plain', { to: 'ada' });
  assert.deepEqual(await job.waitUntilFinished(events), { sent: 'ada' });
});

await step('bulk, priorities and delays', async () => {
  const jobs = await queue.addBulk(
    Array.from({ length: 200 }, (_, i) => ({
      name: 'bulk',
      data: { to: `user${i}` },
      opts: { priority: 1 + (i % 3), delay: i % 5 === 0 ? 50 : 0 },
    })),
  );
  await Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
  assert.equal(handled.filter((name) => name === 'bulk').length, 200);
});

await step('a failing job is tried again with backoff', async () => {
  const job = await queue.add('shaky', { to: 'bob' }, { attempts: 5, backoff: { type: 'fixed', delay: 20 } });
  assert.deepEqual(await job.waitUntilFinished(events), { sent: 'bob' });
  assert.equal((await queue.getJob(job.id)).attemptsMade, 3);
});

await step('a flow waits for its children', async () => {
  const flows = new FlowProducer({ connection });
  const tree = await flows.add({
    name: 'parent',
    queueName: 'mail',
    data: { to: 'parent' },
    children: [
      { name: 'child', queueName: 'mail', data: { to: 'c1' } },
      { name: 'child', queueName: 'mail', data: { to: 'c2' } },
    ],
  });
  await tree.job.waitUntilFinished(events);
  assert.equal(Object.keys(await tree.job.getChildrenValues()).length, 2);
  assert.equal(handled.at(-1), 'parent');
  await flows.close();
});

await step('a scheduler adds jobs by itself', async () => {
  await queue.upsertJobScheduler('tick', { every: 50 }, { name: 'tick', data: { to: 'clock' } });
  await until(() => handled.filter((name) => name === 'tick').length >= 3);
  await queue.removeJobScheduler('tick');
});

await step('pause, counts, drain and obliterate', async () => {
  await queue.pause();
  await queue.add('later', { to: 'x' });
  await until(async () => (await queue.getJobCounts('paused', 'waiting')).paused >= 1 || (await queue.count()) >= 1);
  await queue.resume();
  await until(async () => (await queue.getJobCounts('waiting', 'active', 'delayed')).waiting === 0);
  const counts = await queue.getJobCounts('completed', 'failed');
  assert.ok(counts.completed >= 204, JSON.stringify(counts));
  assert.equal(counts.failed, 0);
  await worker.close();
  await queue.obliterate({ force: true });
});

await events.close();
await queue.close();
process.exit(0);
