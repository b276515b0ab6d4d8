package io.headwater.protocol.redis.moving;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.facts.Group;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * MIGRATE: moves keys to another Redis. The loop makes the payloads and later deletes what arrived;
 * a virtual thread does all that waits for the other server. Only the client that asked waits.
 */
public final class MigrateCommand {
  private static final int FIRST_OPTION = 6;
  private static final int TIMEOUT_MS = 1_000;
  private static final CommandError KEY_AND_KEYS =
      new CommandError(
          "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string");

  /**
   * What a client asked for.
   *
   * @param keys indexes of arguments
   */
  record Wanted(
      RedisImport.Address target,
      int db,
      int timeoutMs,
      boolean copy,
      boolean replace,
      int[] keys) {}

  private final Moves moves = new Moves();

  private MigrateCommand() {}

  /** Each table has its own, for it counts what is on its way. */
  public static void addTo(CommandTable table) {
    MigrateCommand migrate = new MigrateCommand();
    table.add(
        command("migrate", -6, WRITE, Group.GENERIC, "2.6.0", "Moves keys to another Redis")
            .keys(MigrateCommand::keys)
            .does(migrate::run));
  }

  private static int[] keys(Call call) {
    for (int i = FIRST_OPTION; i < call.count(); i++) {
      if (call.is(i, "keys") && call.length(3) == 0) {
        return IntStream.range(i + 1, call.count()).toArray();
      }
      i += call.is(i, "auth") ? 1 : call.is(i, "auth2") ? 2 : 0;
    }
    return call.count() > 3 ? new int[] {3} : new int[0];
  }

  private void run(Call call) {
    Wanted wanted = parse(call);
    if (!call.server().waiting().isAllowed(call)) {
      throw new FailureException(new Failure.NotSupported("MIGRATE inside MULTI or a script"));
    }
    moves.begin(call, wanted);
  }

  private static Wanted parse(Call call) {
    boolean copy = false;
    boolean replace = false;
    @Nullable String user = null;
    @Nullable String password = null;
    int[] keys = {3};
    for (int i = FIRST_OPTION; i < call.count(); i++) {
      int more = call.count() - 1 - i;
      if (call.is(i, "copy")) {
        copy = true;
      } else if (call.is(i, "replace")) {
        replace = true;
      } else if (call.is(i, "auth") && more >= 1) {
        user = null;
        password = call.text(++i);
      } else if (call.is(i, "auth2") && more >= 2) {
        user = call.text(++i);
        password = call.text(++i);
      } else if (call.is(i, "keys")) {
        if (call.length(3) != 0) {
          throw KEY_AND_KEYS;
        }
        keys = IntStream.range(i + 1, call.count()).toArray();
        break;
      } else {
        throw CommandError.SYNTAX;
      }
    }
    long timeoutMs = call.integer(5);
    long db = call.integer(4);
    return new Wanted(
        new RedisImport.Address(call.text(1), port(call), user, password),
        (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, db)),
        timeoutMs <= 0 ? TIMEOUT_MS : (int) Math.min(Integer.MAX_VALUE, timeoutMs),
        copy,
        replace,
        keys);
  }

  /** What is no port cannot be connected to, which is what the client hears then. */
  private static int port(Call call) {
    String text = call.text(2);
    return text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= 65535
        ? Integer.parseInt(text)
        : 0;
  }
}
