package io.headwater.protocol.redis;

import io.headwater.bytes.Bytes;
import io.headwater.failure.Failure;
import io.headwater.failure.FailureException;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.resp.Arguments;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.protocol.redis.resp.RequestParser;
import io.headwater.protocol.redis.text.Numbers;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Key;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.types.CollectionValue;
import io.headwater.view.keyspace.types.HashValue;
import io.headwater.view.keyspace.types.ListValue;
import io.headwater.view.keyspace.types.SetValue;
import io.headwater.view.keyspace.types.ZSetValue;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One command being run: its arguments, as ranges of a buffer that is valid during the call, and
 * where to reply. One object per server, reused.
 */
public final class Call {
  private static final CommandError NOT_INT =
      new CommandError("ERR value is out of range, value must between -2147483648 and 2147483647");

  private static final int EVENT_OVERHEAD_BYTES = 1024;

  /** Of these, for what a handler would have to ask for. */
  private static final int ASKED_ALREADY_BYTES = 512;

  /** What an argument takes in an event beside its bytes: a length, or half a score. */
  private static final int ARGUMENT_OVERHEAD_BYTES = 5;

  /** Requests up to here ask for twice their bytes. */
  private static final int SHORT_BYTES = 16 << 10;

  /** What an element's length and its score take in an event, at most. */
  public static final int ELEMENT_OVERHEAD_BYTES = 14;

  /** So much more than in memory an integer takes in an event, at most. */
  private static final int INTEGER_BYTES = 24;

  private final RedisServer server;
  private final Key key = new Key();
  private final Key otherKey = new Key();
  private RedisSession session;
  private @Nullable Command command;
  private boolean commandKnown;
  private final Arguments few = new Arguments();
  private Arguments arguments = few;
  private byte[] array = new byte[0];

  /** The hash of argument 1 where it is known already, see {@link #hashKnown}. */
  private long hash;

  private final byte[] scratch = new byte[32];

  private boolean hashKnown;

  public Call(RedisServer server, RedisSession session) {
    this.server = server;
    this.session = session;
  }

  /**
   * References that are there already are not stored again, and a few arguments are rather copied:
   * see {@link Batch#add}.
   */
  @SuppressWarnings("ReferenceEquality")
  public void begin(RedisSession forSession, byte[] buffer, Arguments newArguments) {
    if (session != forSession) {
      session = forSession;
    }
    commandKnown = false;
    if (array != buffer) {
      array = buffer;
    }
    Arguments mine = newArguments.areFew() ? few : newArguments;
    if (mine == few) {
      few.copy(newArguments);
    }
    if (arguments != mine) {
      arguments = mine;
    }
    hashKnown = false;
  }

  public void knowHash(long hashOfArgument1) {
    hash = hashOfArgument1;
    hashKnown = true;
  }

  public RedisServer server() {
    return server;
  }

  public RedisSession session() {
    return session;
  }

  /** The command that runs; its subcommand where it has some. */
  public Command command() {
    return Objects.requireNonNull(command);
  }

  /** Whether it is known yet which command it is. */
  public boolean hasCommand() {
    return commandKnown;
  }

  @SuppressWarnings("ReferenceEquality")
  public void setCommand(Command running) {
    commandKnown = true;
    if (command != running) {
      command = running;
    }
  }

  public Arguments arguments() {
    return arguments;
  }

  /** About how many bytes the arguments take. */
  public long bytes() {
    int last = count() - 1;
    return (long) start(last) + length(last) - start(0);
  }

  /**
   * Tells whoever listens to keyspace notifications that something happened to a key; see {@link
   * Notifications}. Call it after the change, in Redis's order, with Redis's name of the event.
   *
   * @param type one of {@link Notifications}'s constants
   */
  public void notify(int type, String event, Key about) {
    Notifications notifications = server.notifications();
    if (notifications.wants(type)) {
      notifications.send(type, event, about);
    }
  }

  public Keyspace keyspace() {
    return server.keyspace();
  }

  public Reply reply() {
    return session.reply();
  }

  public int db() {
    return session.db();
  }

  /** Arguments, the name included. */
  public int count() {
    return arguments.count();
  }

  public byte[] array() {
    return array;
  }

  public int start(int i) {
    return arguments.start(i);
  }

  public int length(int i) {
    return arguments.length(i);
  }

  /** A few bytes that a handler may use; nothing else touches them during the call. */
  public byte[] scratch() {
    return scratch;
  }

  /** The first reused key, pointing at argument {@code i} in the session's database. */
  public Key key(int i) {
    return hashKnown && i == 1
        ? key.at(db(), array, start(i), length(i), hash)
        : key.at(db(), array, start(i), length(i));
  }

  /** The second reused key. */
  public Key otherKey(int i) {
    return keyAt(i, otherKey);
  }

  public Key keyAt(int i, Key target) {
    return target.at(db(), array, start(i), length(i));
  }

  public Bytes bytes(int i) {
    return Bytes.copyOf(array, start(i), length(i));
  }

  /** The argument as text; bytes outside ASCII stay as they are in Latin 1. */
  public String text(int i) {
    return new String(array, start(i), length(i), StandardCharsets.ISO_8859_1);
  }

  /** Whether the argument is this word, which is given in lower case, in any case. */
  public boolean is(int i, String lowerCase) {
    int length = length(i);
    if (length != lowerCase.length()) {
      return false;
    }
    int from = start(i);
    for (int k = 0; k < length; k++) {
      int b = array[from + k];
      if (lowerCase.charAt(k) != (b >= 'A' && b <= 'Z' ? b + 32 : b)) {
        return false;
      }
    }
    return true;
  }

  /** The argument as a 64-bit integer, or the error that Redis gives. */
  public long integer(int i) {
    return integer(i, CommandError.NOT_INTEGER);
  }

  public long integer(int i, CommandError otherwise) {
    long value = Numbers.parse(array, start(i), length(i));
    if (value == Numbers.NOT_A_NUMBER && !Numbers.isInteger(array, start(i), length(i))) {
      throw otherwise;
    }
    return value;
  }

  /** An integer in a range, or an error naming it. */
  public int integerBetween(int i, int low, int high, CommandError otherwise) {
    long value = integer(i, otherwise);
    if (value < low || value > high) {
      throw otherwise;
    }
    return (int) value;
  }

  /** A database's number, or an error in the words of SELECT, COPY and MOVE. */
  public int database(int i) {
    integer(i);
    return database(i, NOT_INT);
  }

  /** A database's number, or an error naming it. */
  public int database(int i, CommandError notInteger) {
    int db = integerBetween(i, Integer.MIN_VALUE, Integer.MAX_VALUE, notInteger);
    if (db < 0 || db >= Keyspace.DATABASES) {
      throw new CommandError("ERR DB index is out of range");
    }
    return db;
  }

  /** Like {@link #notify}, and tells that the key is gone if its last element went with that. */
  public void notifyTaken(int type, String event, Key about) {
    if (server.notifications().wants(type | Notifications.GENERIC)) {
      notify(type, event, about);
      if (keyspace().peek(about) == 0) {
        notify(Notifications.GENERIC, "del", about);
      }
    }
  }

  /**
   * Like {@link #notify}, after a result was stored in a key.
   *
   * @param size of the result; if it is empty the key was only deleted
   * @param wasThere whether the key was there before
   */
  public void notifyStored(int type, String event, Key about, int size, boolean wasThere) {
    if (size > 0) {
      notify(type, event, about);
    } else if (wasThere) {
      notify(Notifications.GENERIC, "del", about);
    }
  }

  /** The live entry of this type, or 0 if the key is missing. */
  public long find(Key which, int type) {
    return checked(find(which), type);
  }

  /** The live entry of any type, or 0 if the key is missing. */
  public long find(Key which) {
    return counted(which, withoutDueFields(which, keyspace().find(which)));
  }

  /** Like {@link #find(Key)}, but that is not a use of the key. */
  public long peek(Key which) {
    return counted(which, withoutDueFields(which, keyspace().peek(which)));
  }

  /** A hash loses its fields that are past their time before a command sees it. */
  private long withoutDueFields(Key which, long entry) {
    if (entry != 0 && keyspace().departures().hasDueFields(entry)) {
      return keyspace().departures().withoutDueFields(which);
    }
    return entry;
  }

  /** Like {@link #find(Key, int)}, ready to be changed. */
  public long findAndChange(Key which, int type) {
    return checked(counted(which, keyspace().findForWrite(which)), type);
  }

  private long counted(Key which, long entry) {
    if (entry == 0) {
      server.statistics().misses++;
      notify(Notifications.KEY_MISS, "keymiss", which);
    } else {
      server.statistics().hits++;
    }
    return entry;
  }

  /** Like {@link #findAndChange}, but for INFO it is neither a hit nor a miss. */
  public long findForWrite(Key which, int type) {
    return checked(keyspace().findForWrite(which), type);
  }

  /**
   * What the events of a command take at most, unless its handler asks for more by {@link
   * #requireRoom}: each argument once, and of each key that it writes that it was past its time.
   * The handler must not record more than it asked for, see {@link Keyspace#refusal}.
   */
  public long eventBytes(Command which) {
    Keyspace keyspace = keyspace();
    long bytes = bytes();
    if (session.isForScripts() || bytes <= RequestParser.INLINE_BYTES_MAX) {
      bytes += (long) ARGUMENT_OVERHEAD_BYTES * count(); // a longer request brings as much for each
    }
    if (!which.has(Flags.WRITE)) {
      return bytes;
    }
    if (keyspace.isFollowed() || bytes > SHORT_BYTES) {
      for (int i : which.writtenKeys(this)) {
        bytes += length(i) + ELEMENT_OVERHEAD_BYTES;
        bytes +=
            2 * keyspace.followedBytes(db(), array, start(i), length(i)); // twice: an entry too
      }
    } else {
      bytes *= 2; // quicker than to find the keys
    }
    return bytes + EVENT_OVERHEAD_BYTES;
  }

  /**
   * Before a value that is not the request's own is put in place: it must fit the frame.
   *
   * @throws FailureException with {@link Failure.TooLarge} if it does not; nothing may have changed
   */
  public void requireRoom(CollectionValue value) {
    long most = value.memoryBytes() + (long) INTEGER_BYTES * value.size();
    if (refusal(most) != null) {
      requireRoom(exactBytes(value));
    }
  }

  /**
   * The same for so many bytes that are recorded from now on beside the request's own ({@link
   * #eventBytes}), with what their elements and events take.
   */
  public void requireRoom(long bytes) {
    Failure failure = bytes <= ASKED_ALREADY_BYTES ? null : refusal(bytes);
    if (failure != null) {
      throw new FailureException(failure);
    }
  }

  private @Nullable Failure refusal(long bytes) {
    return keyspace().refusal(bytes + eventBytes(command()));
  }

  private static long exactBytes(CollectionValue value) {
    long[] bytes = {(long) ELEMENT_OVERHEAD_BYTES * value.size()};
    switch (value) {
      case SetValue set -> set.forEach((_, _, length) -> bytes[0] += length);
      case ListValue list -> list.forEach((_, _, length) -> bytes[0] += length);
      case ZSetValue zset -> zset.forEach((_, _, length, _) -> bytes[0] += length);
      case HashValue hash ->
          hash.forEach((_, _, length, _, valueLength) -> bytes[0] += length + valueLength);
    }
    return bytes[0];
  }

  private static long checked(long entry, int type) {
    if (entry != 0 && Entry.type(entry) != type) {
      throw CommandError.WRONG_TYPE;
    }
    return entry;
  }
}
