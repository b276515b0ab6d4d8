package io.headwater.protocol.memcached;

import io.headwater.bytes.ByteWriter;
import io.headwater.view.cache.Cache.Arithmetic;
import io.headwater.view.cache.ItemChange.Mode;
import org.jspecify.annotations.Nullable;

/**
 * Every command that is known, supported or not: what it is called, how it is written, how many
 * words it has and what answers it. Dispatch and the matrix in the documentation follow from here.
 */
enum Command {
  GET("get", "get <key>*", Group.READ, 2, Line.WORDS_MAX, Retrieval::get),
  GETS("gets", "gets <key>*", Group.READ, 2, Line.WORDS_MAX, Retrieval::gets),
  GAT("gat", "gat <exptime> <key>*", Group.READ, 2, Line.WORDS_MAX, Retrieval::gat),
  GATS("gats", "gats <exptime> <key>*", Group.READ, 2, Line.WORDS_MAX, Retrieval::gats),
  SET(
      "set",
      "set <key> <flags> <exptime> <bytes> [noreply]",
      Group.WRITE,
      5,
      6,
      Storage.as(Mode.SET)),
  ADD(
      "add",
      "add <key> <flags> <exptime> <bytes> [noreply]",
      Group.WRITE,
      5,
      6,
      Storage.as(Mode.ADD)),
  REPLACE(
      "replace",
      "replace <key> <flags> <exptime> <bytes> [noreply]",
      Group.WRITE,
      5,
      6,
      Storage.as(Mode.REPLACE)),
  APPEND(
      "append",
      "append <key> <flags> <exptime> <bytes> [noreply]",
      Group.WRITE,
      5,
      6,
      Storage.as(Mode.APPEND)),
  PREPEND(
      "prepend",
      "prepend <key> <flags> <exptime> <bytes> [noreply]",
      Group.WRITE,
      5,
      6,
      Storage.as(Mode.PREPEND)),
  CAS(
      "cas",
      "cas <key> <flags> <exptime> <bytes> <cas unique> [noreply]",
      Group.WRITE,
      6,
      7,
      Storage::cas),
  DELETE("delete", "delete <key> [0] [noreply]", Group.WRITE, 2, 4, Changes::delete),
  INCR(
      "incr",
      "incr <key> <value> [noreply]",
      Group.WRITE,
      3,
      4,
      Changes.arithmetic(Arithmetic.INCREMENT)),
  DECR(
      "decr",
      "decr <key> <value> [noreply]",
      Group.WRITE,
      3,
      4,
      Changes.arithmetic(Arithmetic.DECREMENT)),
  TOUCH("touch", "touch <key> <exptime> [noreply]", Group.WRITE, 3, 4, Changes::touch),
  MG("mg", "mg <key> <flags>*", Group.META, 2, Line.WORDS_MAX, MetaGet::run),
  MS("ms", "ms <key> <datalen> <flags>*", Group.META, 2, Line.WORDS_MAX, MetaSet::run),
  MD("md", "md <key> <flags>*", Group.META, 2, Line.WORDS_MAX, MetaChanges::delete),
  MA("ma", "ma <key> <flags>*", Group.META, 2, Line.WORDS_MAX, MetaChanges::arithmetic),
  MN("mn", "mn", Group.META, 1, Line.WORDS_MAX, MetaChanges::noOp),
  ME("me", "me <key> [b]", Group.META, 1, Line.WORDS_MAX, MetaChanges::debug),
  FLUSH_ALL("flush_all", "flush_all [delay] [noreply]", Group.SERVER, 1, 3, Changes::flush),
  STATS(
      "stats",
      "stats [items|slabs|sizes|settings|reset]",
      Group.SERVER,
      1,
      Line.WORDS_MAX,
      Statistics::run),
  VERSION("version", "version", Group.SERVER, 1, Line.WORDS_MAX, Changes::version),
  VERBOSITY("verbosity", "verbosity <level> [noreply]", Group.SERVER, 2, 4, Changes::verbosity),
  QUIT("quit", "quit", Group.SERVER, 1, Line.WORDS_MAX, Changes::quit),
  SHUTDOWN("shutdown", "shutdown", Group.REFUSED, 1, Line.WORDS_MAX, Changes::shutdown),
  CACHE_MEMLIMIT(
      "cache_memlimit",
      "cache_memlimit <megabytes>",
      Group.REFUSED,
      1,
      Line.WORDS_MAX,
      Changes::refuse),
  SLABS("slabs", "slabs reassign|automove …", Group.REFUSED, 1, Line.WORDS_MAX, Changes::refuse),
  LRU("lru", "lru tune|mode|temp_ttl …", Group.REFUSED, 1, Line.WORDS_MAX, Changes::refuse),
  LRU_CRAWLER("lru_crawler", "lru_crawler …", Group.REFUSED, 1, Line.WORDS_MAX, Changes::refuse),
  WATCH("watch", "watch …", Group.REFUSED, 1, Line.WORDS_MAX, Changes::refuse),
  EXTSTORE("extstore", "extstore …", Group.REFUSED, 1, Line.WORDS_MAX, Changes::refuse),
  REFRESH_CERTS(
      "refresh_certs", "refresh_certs", Group.REFUSED, 1, Line.WORDS_MAX, Changes::refuse);

  /** What a command is for. */
  enum Group {
    READ("Reading"),
    WRITE("Writing"),
    META("Meta commands"),
    SERVER("The server itself"),
    REFUSED("Refused by name");

    final String title;

    Group(String title) {
      this.title = title;
    }
  }

  /** Answers a line. */
  interface Handler {
    /**
     * @param next behind the line, where its data begins if it has any
     * @param to where what was received ends
     * @return behind the request; {@link MemcachedSession#INCOMPLETE} if its data has not all come
     */
    int run(MemcachedSession session, Line line, ByteWriter out, int next, int to);
  }

  private static final Command[] BY_SHAPE = byShape();

  final String text;
  final String syntax;
  final Group group;
  final int wordsMin;
  final int wordsMax;
  final Handler handler;

  Command(String text, String syntax, Group group, int wordsMin, int wordsMax, Handler handler) {
    this.text = text;
    this.syntax = syntax;
    this.group = group;
    this.wordsMin = wordsMin;
    this.wordsMax = wordsMax;
    this.handler = handler;
  }

  /** The command that a line's first word names, or null. */
  static @Nullable Command of(Line line) {
    int length = line.length(0);
    byte[] buffer = line.buffer();
    int start = line.start(0);
    int shape =
        shape(length, buffer[start], buffer[start + length - 1], buffer[start + length / 2]);
    for (int i = shape; BY_SHAPE[i] != null; i = (i + 1) & (BY_SHAPE.length - 1)) {
      if (line.is(0, BY_SHAPE[i].text)) {
        return BY_SHAPE[i];
      }
    }
    return null;
  }

  private static Command[] byShape() {
    Command[] table = new Command[128];
    for (Command command : values()) {
      String text = command.text;
      int length = text.length();
      int i = shape(length, text.charAt(0), text.charAt(length - 1), text.charAt(length / 2));
      while (table[i] != null) {
        i = (i + 1) & (table.length - 1);
      }
      table[i] = command;
    }
    return table;
  }

  private static int shape(int length, int first, int last, int middle) {
    return (length * 31 + first * 7 + last * 3 + middle * 13) & 127;
  }
}
