package io.headwater.protocol.redis.moving;

import io.headwater.host.Clock;
import io.headwater.protocol.redis.rdb.Payload;
import io.headwater.protocol.redis.rdb.RdbFile;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Copies a live Redis by SCAN, DUMP and PTTL: works with every user that may read, and with servers
 * that do not let themselves be followed. A key that changes meanwhile is copied as it is when its
 * turn comes; one that is made meanwhile may be missed.
 */
final class ScanSource {
  /** So many values may wait in the source's output at once. */
  private static final int DUMPED_AT_ONCE = 64;

  private static final Pattern DATABASE = Pattern.compile("db(\\d+):keys=(\\d+)");

  private final RedisClient client;
  private final RestoreTarget target;
  private final Tally tally;
  private final Clock clock;

  ScanSource(RedisClient client, RestoreTarget target, Tally tally, Clock clock) {
    this.client = client;
    this.target = target;
    this.tally = tally;
    this.clock = clock;
  }

  void run() throws IOException {
    TreeMap<Integer, Long> databases = new TreeMap<>();
    String info = RedisClient.text(need(client.call("INFO", "keyspace")));
    Matcher matcher = DATABASE.matcher(info == null ? "" : info);
    while (matcher.find()) {
      databases.put(Integer.valueOf(matcher.group(1)), Long.valueOf(matcher.group(2)));
    }
    databases.keySet().removeIf(db -> !target.takes(db));
    databases.values().forEach(keys -> tally.expect(0, keys));
    libraries();
    for (int db : databases.keySet()) {
      need(client.call("SELECT", Integer.toString(db)));
      scan(db);
    }
    target.settle();
  }

  private void libraries() throws IOException {
    Answer answer = client.call("FUNCTION", "LIST", "WITHCODE");
    if (!(answer instanceof Answer.Many(List<Answer> libraries))) {
      return; // before version 7 there are none
    }
    for (Answer library : libraries) {
      if (library instanceof Answer.Many(List<Answer> fields)
          && fields.getLast() instanceof Answer.Bulk(byte[] code)) {
        target.library(code);
      }
    }
  }

  private void scan(int db) throws IOException {
    String cursor = "0";
    do {
      Answer answer = need(client.call("SCAN", cursor, "COUNT", "1000"));
      if (!(answer instanceof Answer.Many(List<Answer> page))
          || page.size() != 2
          || !(page.get(1) instanceof Answer.Many(List<Answer> keys))) {
        throw new RedisClient.WrongAnswer("SCAN answered something else than a page");
      }
      for (int from = 0; from < keys.size(); from += DUMPED_AT_ONCE) {
        copy(db, keys.subList(from, Math.min(keys.size(), from + DUMPED_AT_ONCE)));
      }
      cursor = Objects.requireNonNullElse(RedisClient.text(page.get(0)), "0");
    } while (!cursor.equals("0"));
  }

  private void copy(int db, List<Answer> keys) throws IOException {
    for (Answer key : keys) {
      if (key instanceof Answer.Bulk(byte[] name)) {
        client.send(RedisClient.word("PTTL"), name);
        client.send(RedisClient.word("DUMP"), name);
      }
    }
    client.flush();
    for (Answer key : keys) {
      if (key instanceof Answer.Bulk(byte[] name)) {
        Answer ttl = client.answer();
        Answer dumped = client.answer();
        one(db, name, ttl, dumped);
      }
    }
  }

  private void one(int db, byte[] name, Answer ttl, Answer dumped) throws IOException {
    if (dumped instanceof Answer.Failed(String line)) {
      tally.failed(Tally.shown(name), "DUMP answered " + line);
      return;
    }
    if (!(dumped instanceof Answer.Bulk(byte[] bytes)) || !(ttl instanceof Answer.Number left)) {
      tally.expired++;
      return;
    }
    tally.read(bytes.length);
    Payload payload = Payload.of(bytes);
    if (payload == null) {
      tally.failed(Tally.shown(name), "DUMP gave a payload of another version or wrong checksum");
      return;
    }
    long expires = left.value() < 0 ? 0 : clock.wallMs() + Math.max(1, left.value());
    target.value(new RdbFile.Head(db, name, expires, -1, -1, payload.kind()), payload);
  }

  private static Answer need(Answer answer) throws IOException {
    if (answer instanceof Answer.Failed(String line)) {
      throw new RedisClient.WrongAnswer("the source answered " + line);
    }
    return answer;
  }
}
