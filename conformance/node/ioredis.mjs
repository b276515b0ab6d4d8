import Redis from 'ioredis';
import { assert, port, step, until } from './steps.mjs';

const redis = new Redis(port, '127.0.0.1');

await step('strings, numbers and buffers', async () => {
  assert.equal(await redis.set('io:s', 'one'), 'OK');
  assert.equal(await redis.get('io:s'), 'one');
  assert.equal(await redis.incrby('io:n', 41), 41);
  assert.equal(await redis.set('io:s', 'two', 'EX', 100, 'XX', 'GET'), 'one');
  await redis.set('io:b', Buffer.from([0, 255, 13, 10]));
  assert.deepEqual(await redis.getBuffer('io:b'), Buffer.from([0, 255, 13, 10]));
});

await step('collections', async () => {
  await redis.hset('io:h', { a: '1', b: '2' });
  assert.deepEqual(await redis.hgetall('io:h'), { a: '1', b: '2' });
  await redis.rpush('io:l', 'x', 'y', 'z');
  assert.deepEqual(await redis.lrange('io:l', 0, -1), ['x', 'y', 'z']);
  await redis.zadd('io:z', 1, 'one', 2.5, 'two');
  assert.deepEqual(await redis.zrange('io:z', 0, -1, 'WITHSCORES'), ['one', '1', 'two', '2.5']);
  await redis.sadd('io:set', 'm', 'n');
  assert.deepEqual((await redis.smembers('io:set')).sort(), ['m', 'n']);
});

await step('pipelines and transactions', async () => {
  const many = redis.pipeline();
  for (let i = 0; i < 1000; i++) {
    many.set(`io:p:${i}`, i).get(`io:p:${i}`);
  }
  const replies = await many.exec();
  assert.equal(replies.length, 2000);
  assert.deepEqual(replies[1999], [null, '999']);
  const done = await redis.multi().incr('io:n').lpop('io:l').exec();
  assert.deepEqual(done, [[null, 42], [null, 'x']]);
  const broken = await redis.multi().set('io:s', '1').lpush('io:s', '2').exec();
  assert.match(broken[1][0].message, /^WRONGTYPE/);
});

await step('a scan stream sees every key', async () => {
  const seen = new Set();
  for await (const keys of redis.scanStream({ match: 'io:p:*', count: 100 })) {
    keys.forEach((key) => seen.add(key));
  }
  assert.equal(seen.size, 1000);
});

await step('scripts by name, loaded once', async () => {
  redis.defineCommand('addAll', {
    numberOfKeys: 1,
    lua: `local sum = 0
          for i = 1, #ARGV do sum = sum + redis.call('INCRBY', KEYS[1], ARGV[i]) end
          return {sum, redis.call('GET', KEYS[1])}`,
  });
  assert.deepEqual(await redis.addAll('io:sum', 1, 2, 3), [10, '6']);
  assert.deepEqual(await redis.addAll('io:sum', 4), [10, '10']);
});

await step('messages, by channel, pattern and shard', async () => {
  const listener = redis.duplicate();
  const heard = [];
  listener.on('message', (channel, text) => heard.push(`${channel}=${text}`));
  listener.on('pmessage', (pattern, channel, text) => heard.push(`${pattern}:${channel}=${text}`));
  listener.on('smessage', (channel, text) => heard.push(`shard ${channel}=${text}`));
  await listener.subscribe('io:news');
  await listener.psubscribe('io:*');
  await listener.ssubscribe('io:shard');
  assert.equal(await redis.publish('io:news', 'hello'), 2);
  assert.equal(await redis.spublish('io:shard', 'there'), 1);
  await until(() => heard.length === 3);
  assert.deepEqual(heard, ['io:news=hello', 'io:*:io:news=hello', 'shard io:shard=there']);
  listener.disconnect();
});

await step('streams and groups', async () => {
  const first = await redis.xadd('io:x', '*', 'k', 'v');
  await redis.xgroup('CREATE', 'io:x', 'g', '0');
  const read = await redis.xreadgroup('GROUP', 'g', 'c', 'COUNT', 10, 'STREAMS', 'io:x', '>');
  assert.deepEqual(read, [['io:x', [[first, ['k', 'v']]]]]);
  assert.deepEqual((await redis.xpending('io:x', 'g')).slice(0, 3), [1, first, first]);
  assert.equal(await redis.xack('io:x', 'g', first), 1);
});

await step('blocking reads wake', async () => {
  const blocked = redis.duplicate();
  const popped = blocked.blpop('io:queue', 10);
  const streamed = redis.duplicate();
  const next = streamed.xread('BLOCK', 10000, 'STREAMS', 'io:x2', '$');
  await until(async () => /blocked_clients:2/.test(await redis.info('clients')));
  await redis.rpush('io:queue', 'job');
  await redis.xadd('io:x2', '1-1', 'a', 'b');
  assert.deepEqual(await popped, ['io:queue', 'job']);
  assert.deepEqual(await next, [['io:x2', [['1-1', ['a', 'b']]]]]);
  blocked.disconnect();
  streamed.disconnect();
});

await step('monitor shows what others run', async () => {
  const monitor = await redis.monitor();
  const lines = [];
  monitor.on('monitor', (time, args) => lines.push(args.join(' ')));
  await redis.set('io:watched', '1');
  await until(() => lines.includes('set io:watched 1'));
  monitor.disconnect();
});

redis.disconnect();
