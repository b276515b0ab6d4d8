package io.headwater.protocol.redis.moving;

import io.headwater.host.Clock;
import io.headwater.protocol.redis.rdb.Payload;
import io.headwater.protocol.redis.rdb.RdbFile;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where imported keys go: a Redis port, by pipelined RESTORE. While one batch is answered the next
 * one is on its way.
 */
final class RestoreTarget implements RdbFile.Contents {
  private static final int BATCH_COMMANDS = 500;
  private static final long BATCH_BYTES = 4 << 20;
  private static final byte[] RESTORE = RedisClient.word("RESTORE");
  private static final byte[] NEVER = RedisClient.word("0");
  private static final byte[] ABSTTL = RedisClient.word("ABSTTL");
  private static final byte[] REPLACE = RedisClient.word("REPLACE");

  /**
   * A command that is not answered yet.
   *
   * @param arrived what its success means, if anything
   */
  private record Sent(@Nullable Runnable arrived, String about, long bytes) {}

  private final RedisClient client;
  private final Tally tally;
  private final Clock clock;
  private final boolean keepsExisting;
  private final int onlyDb;
  private final ArrayDeque<Sent> sent = new ArrayDeque<>();
  private int batchCommands;
  private long batchBytes;

  /** Commands before the batch that is being written. */
  private int before;

  private int db;

  /**
   * @param keepsExisting whether a key that is there stays as it is
   * @param onlyDb the one database that is copied, or -1
   */
  RestoreTarget(RedisClient client, Tally tally, Clock clock, boolean keepsExisting, int onlyDb) {
    this.client = client;
    this.tally = tally;
    this.clock = clock;
    this.keepsExisting = keepsExisting;
    this.onlyDb = onlyDb;
  }

  boolean takes(int wanted) {
    return onlyDb < 0 || wanted == onlyDb;
  }

  private boolean takes(RdbFile.Head head) {
    if (!takes(head.db())) {
      tally.filtered++;
      return false;
    }
    if (head.expiresAtMs() != 0 && head.expiresAtMs() <= clock.wallMs()) {
      tally.expired++;
      return false;
    }
    return true;
  }

  private void select(int wanted) throws IOException {
    if (db != wanted) {
      db = wanted;
      client.send(RedisClient.word("SELECT"), RedisClient.word(Integer.toString(wanted)));
      note(new Sent(null, "database " + wanted, 0));
    }
  }

  private void note(Sent command) throws IOException {
    sent.add(command);
    batchCommands++;
    batchBytes += command.bytes;
    if (batchCommands >= BATCH_COMMANDS || batchBytes >= BATCH_BYTES) {
      client.flush();
      answers(before);
      before = batchCommands;
      batchCommands = 0;
      batchBytes = 0;
    }
  }

  private void answers(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      Sent command = sent.remove();
      Answer answer = client.answer();
      if (answer instanceof Answer.Failed(String line)) {
        if (keepsExisting && line.startsWith("BUSYKEY")) {
          tally.existing++;
        } else {
          tally.failed(command.about, line);
        }
      } else if (command.arrived != null) {
        command.arrived.run();
      }
    }
  }

  /** Waits until everything sent is answered. */
  void settle() throws IOException {
    client.flush();
    answers(sent.size());
    before = 0;
    batchCommands = 0;
    batchBytes = 0;
  }

  /** A command of a replication stream. */
  void forward(int inDb, byte[][] arguments) throws IOException {
    select(inDb);
    long bytes = 0;
    for (byte[] argument : arguments) {
      bytes += argument.length;
    }
    client.send(arguments);
    tally.streamed++;
    note(new Sent(null, "the stream's " + Tally.shown(arguments[0]), bytes));
  }

  @Override
  public void note(String name, String value) {
    if (name.equals("redis-ver")) {
      tally.remark("written by Redis " + value);
    }
  }

  @Override
  public void sizes(int ofDb, long keys, long expiring) {
    if (takes(ofDb)) {
      tally.expect(0, keys);
    }
  }

  @Override
  public void library(byte[] code) throws IOException {
    client.send(RedisClient.word("FUNCTION"), RedisClient.word("LOAD"), REPLACE, code);
    note(new Sent(() -> tally.libraries++, "a library of functions", code.length));
  }

  @Override
  public void value(RdbFile.Head head, Payload payload) throws IOException {
    if (!takes(head)) {
      return;
    }
    select(head.db());
    List<byte[]> options = new ArrayList<>();
    if (head.expiresAtMs() != 0) {
      options.add(ABSTTL);
    }
    if (!keepsExisting) {
      options.add(REPLACE);
    }
    if (head.idleSeconds() >= 0) {
      options.add(RedisClient.word("IDLETIME"));
      options.add(RedisClient.word(Long.toString(head.idleSeconds())));
    } else if (head.frequency() >= 0) {
      options.add(RedisClient.word("FREQ"));
      options.add(RedisClient.word(Integer.toString(head.frequency())));
    }
    byte[] ttl =
        head.expiresAtMs() == 0 ? NEVER : RedisClient.word(Long.toString(head.expiresAtMs()));
    client.sendRestore(RESTORE, head.key(), ttl, payload, options);
    int bytes = payload.bytes();
    note(new Sent(() -> tally.arrived(head.kind(), bytes), Tally.shown(head.key()), bytes));
  }

  /** The key of the large value that is being built, and whether it is taken. */
  private byte @Nullable [] building;

  private boolean isBuilt;
  private long builtBytes;

  @Override
  public void command(RdbFile.Head head, byte[][] arguments) throws IOException {
    if (building != head.key()) {
      building = head.key();
      builtBytes = 0;
      isBuilt = takes(head) && !(keepsExisting && exists(head));
    }
    if (!isBuilt) {
      return;
    }
    select(head.db());
    client.send(arguments);
    long bytes = 0;
    for (byte[] argument : arguments) {
      bytes += argument.length;
    }
    builtBytes += bytes;
    note(new Sent(null, Tally.shown(head.key()), bytes));
  }

  private boolean exists(RdbFile.Head head) throws IOException {
    select(head.db());
    settle();
    client.send(RedisClient.word("EXISTS"), head.key());
    client.flush();
    boolean there = client.answer() instanceof Answer.Number(long count) && count > 0;
    tally.existing += there ? 1 : 0;
    return there;
  }

  @Override
  public void built(RdbFile.Head head) {
    if (isBuilt) {
      tally.arrived(head.kind(), builtBytes);
    }
    building = null;
  }

  @Override
  public void refused(RdbFile.@Nullable Head head, String what) {
    if (head == null) {
      tally.remark("left out: " + what);
    } else {
      tally.failed(Tally.shown(head.key()), what + " is not supported by Headwater");
    }
  }
}
