package io.headwater.protocol.redis.rdb;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ASKING;
import static io.headwater.protocol.redis.facts.Flags.DENYOOM;
import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Notifications;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.view.keyspace.Access;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;

/** DUMP and RESTORE: a value as bytes that any Redis takes, and back. */
public final class DumpCommands {
  private static final int KEPT_BYTES = 1 << 20;

  private static final CommandError BUSY_KEY =
      new CommandError("BUSYKEY Target key name already exists.");
  private static final CommandError WRONG_PAYLOAD =
      new CommandError("ERR DUMP payload version or checksum are wrong");
  private static final CommandError BAD_DATA = new CommandError("ERR Bad data format");

  private final RdbWriter writer = new RdbWriter();
  private final RdbValues values = new RdbValues();
  private final ByteWriter out = new ByteWriter();

  private DumpCommands() {}

  /** Each table has its own, for they keep buffers. */
  public static void addTo(CommandTable table) {
    DumpCommands commands = new DumpCommands();
    table.add(
        command(
                "dump",
                2,
                READONLY,
                Group.GENERIC,
                "2.6.0",
                "Returns a value as RESTORE takes it; a hash whose fields expire as 7.4 writes it")
            .keys(1, 1, 1)
            .does(commands::dump));
    table.add(
        command(
                "restore",
                -4,
                WRITE | DENYOOM,
                Group.GENERIC,
                "2.6.0",
                "Makes a key of what DUMP returned")
            .keys(1, 1, 1)
            .does(commands::restore));
    table.add(
        command(
                "restore-asking",
                -4,
                WRITE | DENYOOM | ASKING,
                Group.SERVER,
                "3.0.0",
                "RESTORE, as MIGRATE sends it in a cluster")
            .keys(1, 1, 1)
            .does(commands::restore));
  }

  private void dump(Call call) {
    long entry = call.keyspace().find(call.key(1));
    if (entry == 0) {
      call.reply().nil();
      return;
    }
    out.clear(KEPT_BYTES);
    writer.payload(call.keyspace(), entry, RdbWriter.Style.of(call.server().settings()), out);
    call.reply().bulk(out.array(), 0, out.size());
    out.clear(KEPT_BYTES);
  }

  /** The options of RESTORE. */
  private record Options(boolean replace, boolean absolute, long idleSeconds, long frequency) {
    static Options parse(Call call) {
      boolean replace = false;
      boolean absolute = false;
      long idle = -1;
      long frequency = -1;
      for (int i = 4; i < call.count(); i++) {
        boolean more = i + 1 < call.count();
        if (call.is(i, "replace")) {
          replace = true;
        } else if (call.is(i, "absttl")) {
          absolute = true;
        } else if (call.is(i, "idletime") && more && frequency == -1) {
          idle = call.integer(++i);
          if (idle < 0) {
            throw new CommandError("ERR Invalid IDLETIME value, must be >= 0");
          }
        } else if (call.is(i, "freq") && more && idle == -1) {
          frequency = call.integer(++i);
          if (frequency < 0 || frequency > 255) {
            throw new CommandError("ERR Invalid FREQ value, must be >= 0 and <= 255");
          }
        } else {
          throw CommandError.SYNTAX;
        }
      }
      return new Options(replace, absolute, idle, frequency);
    }
  }

  /** The key's use is as it was told, where the policy looks at it that way. */
  private static void setAccess(Keyspace keyspace, Key key, Options options) {
    long entry = keyspace.peek(key);
    if (entry == 0) {
      return;
    }
    Access access = keyspace.access();
    if (access.counts() && options.frequency >= 0) {
      access.setFrequency(entry, (int) options.frequency);
    } else if (!access.counts() && options.idleSeconds >= 0) {
      access.setIdleSeconds(entry, options.idleSeconds);
    }
  }

  private void restore(Call call) {
    Options options = Options.parse(call);
    Keyspace keyspace = call.keyspace();
    Key key = call.key(1);
    boolean there = keyspace.findForWrite(key) != 0;
    if (there && !options.replace) {
      throw BUSY_KEY;
    }
    long ttl = call.integer(2);
    if (ttl < 0) {
      throw new CommandError("ERR Invalid TTL value, must be >= 0");
    }
    ValueBuilder value = read(call);
    long expires = ttl == 0 || options.absolute ? ttl : ttl + keyspace.nowMs();
    if (value.isOver() || ttl != 0 && expires <= keyspace.nowMs()) {
      if (there) {
        keyspace.generic().delete(key);
        call.notify(Notifications.GENERIC, "del", key);
      }
    } else {
      call.requireRoom(value.bytes() + 2L * key.length()); // up to three events
      value.store(key, expires);
      setAccess(keyspace, key, options);
      call.server().notifications().created(key); // as Redis, also if it replaced one
      call.notify(Notifications.GENERIC, "restore", key);
    }
    call.reply().ok();
  }

  private ValueBuilder read(Call call) {
    int length = call.length(3) - RdbType.FOOTER_BYTES;
    int from = call.start(3);
    if (!RdbType.isFooterRight(call.array(), from, call.length(3))) {
      throw WRONG_PAYLOAD;
    }
    RdbInput in = RdbInput.of(call.array(), from, length);
    try {
      int type = in.getByte();
      if (type == RdbType.MODULE || type == RdbType.MODULE_2) {
        throw new FailureException(new Failure.NotSupported("RESTORE of a module's value"));
      }
      int entryType = RdbType.entryType(type);
      if (entryType < 0) {
        throw BAD_DATA;
      }
      ValueBuilder value = new ValueBuilder(call.keyspace(), entryType);
      values.read(in, type, value);
      if (value.isEmpty() && !value.isOver()) {
        throw BAD_DATA;
      }
      return value;
    } catch (MalformedBytes e) {
      throw BAD_DATA;
    }
  }
}
