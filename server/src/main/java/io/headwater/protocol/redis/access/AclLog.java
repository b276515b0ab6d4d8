package io.headwater.protocol.redis.access;

import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.clients.ClientCommands;
import io.headwater.protocol.redis.resp.Reply;
import java.util.ArrayDeque;
import java.util.Iterator;

/** What was refused lately, newest first. What repeats within a minute is counted, not listed. */
final class AclLog {
  /** In what a command ran. */
  enum Context {
    TOPLEVEL("toplevel"),
    MULTI("multi"),
    SCRIPT("lua");

    private final String word;

    Context(String word) {
      this.word = word;
    }
  }

  private static final long SAME_WITHIN_MS = 60_000;
  private static final int COMPARED = 10;
  private static final int CHARACTERS_MAX = 1024;

  /** More entries than this are not kept, whatever {@code acllog-max-len} says: 12 KB each. */
  private static final int ENTRIES_MAX = 1024;

  private static final class Entry {
    final Denial.Reason reason;
    final Context context;
    final String object;
    final String user;
    long count = 1;
    long timeMs;
    String client = "";

    Entry(Denial.Reason reason, Context context, String object, String user) {
      this.reason = reason;
      this.context = context;
      this.object = object;
      this.user = user;
    }

    boolean isLike(Entry other, long nowMs) {
      return reason == other.reason
          && context == other.context
          && object.equals(other.object)
          && user.equals(other.user)
          && nowMs - timeMs <= SAME_WITHIN_MS;
    }
  }

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private long lengthMax;

  void setLengthMax(long entriesMax) {
    lengthMax = Math.min(entriesMax, ENTRIES_MAX);
  }

  /**
   * Notes a refusal.
   *
   * @param object the command, key or channel; of a long one only the start is kept, as of names
   */
  void add(
      Denial.Reason reason,
      Context context,
      String object,
      String user,
      RedisSession session,
      long nowMs) {
    Entry entry = new Entry(reason, context, cut(object), cut(user));
    entry.timeMs = nowMs;
    entry.client = ClientCommands.line(session);
    Iterator<Entry> newest = entries.iterator();
    for (int i = 0; i < COMPARED && newest.hasNext(); i++) {
      Entry before = newest.next();
      if (before.isLike(entry, nowMs)) {
        newest.remove();
        entry.count = before.count + 1;
        break;
      }
    }
    entries.addFirst(entry);
    while (entries.size() > lengthMax) {
      entries.removeLast();
    }
  }

  private static String cut(String text) {
    return text.length() <= CHARACTERS_MAX ? text : text.substring(0, CHARACTERS_MAX);
  }

  void clear() {
    entries.clear();
  }

  void show(Reply reply, long count, long nowMs) {
    int shown = (int) Math.min(entries.size(), Math.max(0, count));
    reply.array(shown);
    Iterator<Entry> newest = entries.iterator();
    for (int i = 0; i < shown; i++) {
      Entry entry = newest.next();
      reply.map(7);
      reply.bulk("count");
      reply.integer(entry.count);
      reply.bulk("reason");
      reply.bulk(entry.reason.word);
      reply.bulk("context");
      reply.bulk(entry.context.word);
      reply.bulk("object");
      Users.bulk(reply, entry.object);
      reply.bulk("username");
      Users.bulk(reply, entry.user);
      reply.bulk("age-seconds");
      reply.doubleValue((nowMs - entry.timeMs) / 1000.0);
      reply.bulk("client-info");
      Users.bulk(reply, entry.client);
    }
  }
}
