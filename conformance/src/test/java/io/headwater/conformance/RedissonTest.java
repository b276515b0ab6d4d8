package io.headwater.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.redisson.Redisson;
import org.redisson.api.RBlockingQueue;
import org.redisson.api.RBucket;
import org.redisson.api.RDelayedQueue;
import org.redisson.api.RLock;
import org.redisson.api.RMap;
import org.redisson.api.RMapCache;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RSemaphore;
import org.redisson.api.RTopic;
import org.redisson.api.RTransaction;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;
import org.redisson.api.TransactionOptions;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/** Redisson's objects, nearly all of which are scripts, as applications use them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class RedissonTest {
  @AutoClose private RunningServer server;

  @AutoClose("shutdown")
  private RedissonClient redisson;

  @BeforeAll
  void start(@TempDir Path data) throws Exception {
    server = RunningServer.start(data);
    redisson = connect();
  }

  private RedissonClient connect() {
    Config config = new Config();
    config.setCodec(StringCodec.INSTANCE);
    config.useSingleServer().setAddress("redis://127.0.0.1:" + server.redis);
    return Redisson.create(config);
  }

  @Test
  void aLockKeepsOthersOutAndIsReentrant() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger total = new AtomicInteger();
    Runnable work =
        () -> {
          for (int i = 0; i < 50; i++) {
            RLock lock = redisson.getLock("r:lock");
            lock.lock();
            try {
              lock.lock(); // again by the same owner
              assertThat(inside.incrementAndGet()).isEqualTo(1);
              total.incrementAndGet();
              inside.decrementAndGet();
              lock.unlock();
            } finally {
              lock.unlock();
            }
          }
        };
    List<Thread> threads = List.of(new Thread(work), new Thread(work), new Thread(work));
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(total).hasValue(150);
    assertThat(redisson.getLock("r:lock").isLocked()).isFalse();
  }

  @Test
  void aLeaseEndsByItself() throws Exception {
    RLock lock = redisson.getLock("r:lease");
    lock.lock(200, TimeUnit.MILLISECONDS);
    Thread other =
        new Thread(() -> {
          RLock same = redisson.getLock("r:lease");
          same.lock();
          same.unlock();
        });
    other.start();
    other.join(10_000);
    assertThat(other.isAlive()).isFalse();
  }

  @Test
  void readersShareAndWritersDoNot() throws Exception {
    var both = redisson.getReadWriteLock("r:rw");
    both.readLock().lock();
    assertThat(both.writeLock().tryLock()).isFalse();
    both.readLock().unlock();
    assertThat(both.writeLock().tryLock(1, TimeUnit.SECONDS)).isTrue();
    both.writeLock().unlock();
  }

  @Test
  void mapsBucketsAndSets() {
    RMap<String, String> map = redisson.getMap("r:map");
    assertThat(map.put("a", "1")).isNull();
    assertThat(map.putIfAbsent("a", "2")).isEqualTo("1");
    assertThat(map.replace("a", "1", "3")).isTrue();
    assertThat(map.remove("a", "4")).isFalse();
    for (int i = 0; i < 500; i++) {
      map.fastPut("k" + i, "v" + i);
    }
    assertThat(map.readAllMap()).hasSize(501);
    assertThat(map.keySet("k1*")).hasSize(111);
    RBucket<String> bucket = redisson.getBucket("r:bucket");
    bucket.set("one", Duration.ofMinutes(1));
    assertThat(bucket.compareAndSet("one", "two")).isTrue();
    assertThat(bucket.getAndDelete()).isEqualTo("two");
    var ranking = redisson.<String>getScoredSortedSet("r:z");
    ranking.add(2, "two");
    ranking.add(1, "one");
    assertThat(ranking.readAll()).containsExactly("one", "two");
    assertThat(ranking.addScore("one", 5)).isEqualTo(6);
  }

  @Test
  void entriesOfAMapCacheExpire() throws Exception {
    RMapCache<String, String> cache = redisson.getMapCache("r:cache");
    cache.put("short", "1", 100, TimeUnit.MILLISECONDS);
    cache.put("long", "2", 1, TimeUnit.HOURS);
    Deadline.await(Duration.ofSeconds(60), () -> cache.get("short") == null);
    assertThat(cache.get("long")).isEqualTo("2");
  }

  @Test
  void queuesBlockAndDelay() throws Exception {
    RBlockingQueue<String> queue = redisson.getBlockingQueue("r:queue");
    Thread.ofVirtual().start(() -> redisson.getBlockingQueue("r:queue").add("now"));
    assertThat(queue.poll(60, TimeUnit.SECONDS)).isEqualTo("now");
    RDelayedQueue<String> delayed = redisson.getDelayedQueue(queue);
    delayed.offer("later", 200, TimeUnit.MILLISECONDS);
    assertThat(queue.poll(60, TimeUnit.SECONDS)).isEqualTo("later");
    delayed.destroy();
  }

  @Test
  void semaphoresLatchesLimitersAndCounters() throws Exception {
    RSemaphore semaphore = redisson.getSemaphore("r:sem");
    assertThat(semaphore.trySetPermits(2)).isTrue();
    semaphore.acquire();
    semaphore.acquire();
    assertThat(semaphore.tryAcquire()).isFalse();
    semaphore.release();
    assertThat(semaphore.tryAcquire(5, TimeUnit.SECONDS)).isTrue();
    var latch = redisson.getCountDownLatch("r:latch");
    latch.trySetCount(1);
    Thread.ofVirtual().start(() -> redisson.getCountDownLatch("r:latch").countDown());
    assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    RRateLimiter limiter = redisson.getRateLimiter("r:limit");
    limiter.trySetRate(RateType.OVERALL, 2, Duration.ofMinutes(1));
    assertThat(limiter.tryAcquire(2)).isTrue();
    assertThat(limiter.tryAcquire()).isFalse();
    var counter = redisson.getAtomicLong("r:n");
    assertThat(counter.addAndGet(41)).isEqualTo(41);
    assertThat(counter.compareAndSet(41, 42)).isTrue();
  }

  @Test
  void topicsAndTransactions() throws Exception {
    RTopic topic = redisson.getTopic("r:topic");
    CountDownLatch heard = new CountDownLatch(1);
    topic.addListener(
        String.class,
        (channel, text) -> {
          if (text.equals("hello")) {
            heard.countDown();
          }
        });
    topic.publish("hello");
    assertThat(heard.await(60, TimeUnit.SECONDS)).isTrue();
    RTransaction transaction = redisson.createTransaction(TransactionOptions.defaults());
    transaction.<String, String>getMap("r:tx").put("a", "1");
    transaction.<String>getBucket("r:txb").set("b");
    transaction.commit();
    assertThat(redisson.getMap("r:tx").get("a")).isEqualTo("1");
    assertThat(redisson.getBucket("r:txb").get()).isEqualTo("b");
  }

  @Test
  void aLockOutlivesTheServersDeath() throws Exception {
    RMap<String, String> map = redisson.getMap("r:kept");
    map.put("before", "1");
    server.kill();
    server.restart();
    Deadline.await(
        Duration.ofSeconds(60),
        () -> {
          try {
            return "1".equals(map.get("before"));
          } catch (org.redisson.client.RedisException e) {
            return false; // it reconnects by itself
          }
        });
    RLock lock = redisson.getLock("r:after");
    assertThat(lock.tryLock(60, TimeUnit.SECONDS)).isTrue();
    lock.unlock();
  }
}
