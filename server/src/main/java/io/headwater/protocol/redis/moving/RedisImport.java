package io.headwater.protocol.redis.moving;

import io.headwater.host.Clock;
import io.headwater.protocol.redis.rdb.RdbFile;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Copies the keys of an RDB file or of a live Redis into a server that speaks Redis. Everything
 * goes through that server's port as RESTORE, so it is checked, logged and visible like any other
 * write. An import that was interrupted may simply be run again.
 */
public final class RedisImport {
  static final int TIMEOUT_MS = 10_000;

  /** A server may be busy with a large value, or with saving. */
  static final int ANSWER_MS_MAX = 60_000;

  /** Where a server is, and as whom one asks it. */
  public record Address(String host, int port, @Nullable String user, @Nullable String password) {
    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /**
   * What to do with what is found.
   *
   * @param keepsExisting whether a key that the target has stays as it is, else it is replaced
   * @param onlyDb the one database to copy, or -1 for all
   * @param scans whether a live server is asked key by key from the start
   * @param follows whether a live server's writes are applied until it ends the connection
   */
  public record Options(boolean keepsExisting, int onlyDb, boolean scans, boolean follows) {}

  private final Address to;
  private final Options options;
  private final Clock clock;
  private final Tally tally;
  private final PrintStream out;
  private volatile boolean stopped;

  /**
   * @param live whether progress is shown by a line that is overwritten
   */
  public RedisImport(Address to, Options options, Clock clock, PrintStream out, boolean live) {
    this.to = to;
    this.options = options;
    this.clock = clock;
    this.out = out;
    this.tally = new Tally(out, clock, live);
  }

  /** Following ends soon, in order. From any thread. */
  public void stop() {
    stopped = true;
  }

  private interface Source {
    void run(RestoreTarget target) throws IOException;
  }

  /**
   * Loads a file.
   *
   * @return whether everything arrived
   * @throws IOException if the file is damaged, which is found out before anything is written, or a
   *     server ended the connection
   */
  public boolean file(Path file) throws IOException {
    long bytes = Files.size(file);
    try (InputStream in = Files.newInputStream(file)) {
      out.println("checking " + file + " …");
      RdbFile.read(in, new NoContents());
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
    tally.expect(bytes, 0);
    return run(target -> {
      try (InputStream in = new Counted(new BufferedInputStream(Files.newInputStream(file)))) {
        RdbFile.read(in, target);
      }
    });
  }

  /**
   * Copies a live server: as its replica, or key by key if it does not let itself be followed.
   *
   * @return whether everything arrived
   */
  public boolean server(Address from) throws IOException {
    return run(target -> {
      if (!options.scans && follow(from, target)) {
        return;
      }
      try (RedisClient client = RedisClient.connect(from, TIMEOUT_MS)) {
        client.connection().setReadTimeoutMs(ANSWER_MS_MAX);
        out.println("copying key by key from " + from);
        new ScanSource(client, target, tally, clock).run();
      }
    });
  }

  private boolean follow(Address from, RestoreTarget target) throws IOException {
    try (RedisClient client = RedisClient.connect(from, TIMEOUT_MS)) {
      out.println("copying as a replica of " + from);
      new ReplicaSource(from, client, target, tally, clock, () -> stopped).run(options.follows);
      return true;
    } catch (ReplicaSource.Refused e) {
      out.println(from + " does not take a replica: " + e.getMessage());
      return false;
    }
  }

  private boolean run(Source source) throws IOException {
    try (RedisClient client = RedisClient.connect(to, TIMEOUT_MS)) {
      client.connection().setReadTimeoutMs(ANSWER_MS_MAX);
      RestoreTarget target =
          new RestoreTarget(client, tally, clock, options.keepsExisting, options.onlyDb);
      source.run(target);
      target.settle();
    } finally {
      tally.summary();
    }
    return tally.failures() == 0;
  }

  /** Counts what is read of a file. */
  private final class Counted extends FilterInputStream {
    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      int read = super.read(target, from, length);
      if (read > 0) {
        tally.read(read);
      }
      return read;
    }
  }
}
