import { createClient } from 'redis';
import { assert, port, step, until } from './steps.mjs';

for (const RESP of [2, 3]) {
  const redis = createClient({ RESP, socket: { host: '127.0.0.1', port } });
  redis.on('error', (error) => console.log('error', error));
  await redis.connect();
  const k = (name) => `nr${RESP}:${name}`;

  await step(`RESP${RESP}: every type`, async () => {
    await redis.set(k('s'), 'v', { EX: 100 });
    assert.equal(await redis.get(k('s')), 'v');
    assert.ok((await redis.ttl(k('s'))) > 90);
    await redis.hSet(k('h'), { a: '1', b: '2' });
    assert.deepEqual({ ...(await redis.hGetAll(k('h'))) }, { a: '1', b: '2' });
    await redis.zAdd(k('z'), [{ score: 1, value: 'one' }, { score: 2.5, value: 'two' }]);
    assert.deepEqual(await redis.zRangeWithScores(k('z'), 0, -1), [
      { value: 'one', score: 1 },
      { value: 'two', score: 2.5 },
    ]);
    await redis.geoAdd(k('geo'), { longitude: 13.361389, latitude: 38.115556, member: 'Palermo' });
    assert.deepEqual(await redis.geoSearch(k('geo'), { longitude: 13, latitude: 38 }, { radius: 100, unit: 'km' }), [
      'Palermo',
    ]);
    await redis.pfAdd(k('hll'), ['a', 'b', 'c']);
    assert.equal(await redis.pfCount(k('hll')), 3);
    const id = await redis.xAdd(k('x'), '*', { a: '1' });
    const read = await redis.xRange(k('x'), '-', '+');
    assert.equal(read[0].id, id);
    assert.deepEqual({ ...read[0].message }, { a: '1' });
  });

  await step(`RESP${RESP}: transactions and watch`, async () => {
    assert.deepEqual(await redis.multi().set(k('t'), '1').incr(k('t')).exec(), ['OK', 2]);
    const other = redis.duplicate();
    await other.connect();
    await redis.watch(k('t'));
    await other.set(k('t'), '10');
    await assert.rejects(redis.multi().incr(k('t')).exec());
    other.destroy();
  });

  await step(`RESP${RESP}: functions and scripts`, async () => {
    await redis.functionLoad(
      `#!lua name=nr${RESP}\nredis.register_function('twice_${RESP}', function(keys, args) return args[1] * 2 end)`,
      { REPLACE: true },
    );
    assert.equal(await redis.fCall(`twice_${RESP}`, { keys: [], arguments: ['21'] }), 42);
    assert.equal(await redis.eval('return ARGV[1] .. KEYS[1]', { keys: ['k'], arguments: ['a'] }), 'ak');
  });

  await step(`RESP${RESP}: subscriptions`, async () => {
    const listener = redis.duplicate();
    await listener.connect();
    const heard = [];
    await listener.subscribe(k('ch'), (text) => heard.push(text));
    await redis.publish(k('ch'), 'hi');
    await until(() => heard.length === 1);
    assert.deepEqual(heard, ['hi']);
    listener.destroy();
  });

  await step(`RESP${RESP}: iterators`, async () => {
    let count = 0;
    for await (const keys of redis.scanIterator({ MATCH: k('*') })) {
      count += keys.length;
    }
    assert.ok(count >= 6, `only ${count} keys`);
  });
  redis.destroy();
}

await step('client-side caching hears of changes', async () => {
  const cached = createClient({
    RESP: 3,
    socket: { host: '127.0.0.1', port },
    clientSideCache: { ttl: 0, maxEntries: 0, evictPolicy: 'LRU' },
  });
  const writer = createClient({ socket: { host: '127.0.0.1', port } });
  await cached.connect();
  await writer.connect();
  await writer.set('nr:csc', '1');
  assert.equal(await cached.get('nr:csc'), '1');
  await writer.set('nr:csc', '2');
  await until(async () => (await cached.get('nr:csc')) === '2');
  cached.destroy();
  writer.destroy();
});
