package io.headwater.protocol.redis.scripting;

import io.headwater.bytes.ByteWriter;
import io.headwater.lua.LuaNumbers;
import io.headwater.lua.LuaString;
import io.headwater.lua.LuaTable;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.resp.Reply;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Answers with what a script returned, as Redis documents. */
final class ReplyWriter {
  /** Tables in tables; a table may hold itself. */
  private static final int DEPTH_MAX = 1_000;

  private static final LuaString ERR = LuaString.of("err");
  private static final LuaString OK = LuaString.of("ok");
  private static final LuaString DOUBLE = LuaString.of("double");
  private static final LuaString MAP = LuaString.of("map");
  private static final LuaString SET = LuaString.of("set");
  private static final LuaString BIG_NUMBER = LuaString.of("big_number");
  private static final LuaString VERBATIM = LuaString.of("verbatim_string");
  private static final LuaString STRING = LuaString.of("string");
  private static final LuaString FORMAT = LuaString.of("format");

  private final Reply reply;
  private final Command command;
  private final int scriptProtocol;

  /** Bytes of one reply, all told. */
  private final long bytesMax;

  /**
   * @param scriptProtocol what the script chose with setresp
   */
  ReplyWriter(Call call, int scriptProtocol, long bytesMax) {
    this.reply = call.reply();
    this.command = call.command();
    this.scriptProtocol = scriptProtocol;
    this.bytesMax = bytesMax;
  }

  void write(@Nullable Object value) {
    write(value, 0);
  }

  private void write(@Nullable Object value, int depth) {
    if (reply.out().size() > bytesMax) {
      throw new CommandError("ERR the script's reply is past the limit of its memory");
    }
    switch (value) {
      case LuaString string -> reply.bulk(string.bytes(), 0, string.length());
      case Double number -> reply.integer(LuaNumbers.toLong(number));
      case Boolean bool -> {
        if (scriptProtocol == 3) {
          reply.bool(bool);
        } else if (bool) {
          reply.integer(1);
        } else {
          reply.nil();
        }
      }
      case LuaTable _ when depth > DEPTH_MAX -> reply.error("ERR reached lua stack limit");
      case LuaTable table -> table(table, depth + 1);
      case null, default -> reply.nil();
    }
  }

  private void table(LuaTable table, int depth) {
    if (table.get(ERR) instanceof LuaString message) {
      error(CommandError.untilNul(message.toString()), table.get(ReplyReader.COUNTED) != null);
    } else if (table.get(OK) instanceof LuaString word) {
      status(word);
    } else if (table.get(DOUBLE) instanceof Double number) {
      reply.doubleValue(number);
    } else if (table.get(MAP) instanceof LuaTable map) {
      map(map, depth);
    } else if (table.get(SET) instanceof LuaTable set) {
      set(set, depth);
    } else if (table.get(BIG_NUMBER) instanceof LuaString digits) {
      bigNumber(digits);
    } else if (!(table.get(VERBATIM) instanceof LuaTable text) || !verbatim(text)) {
      array(table, depth);
    }
  }

  /** However it counts among the errors, whoever answers it has failed. */
  private void error(String line, boolean counted) {
    if (counted) {
      reply.errorAgain(line);
      command.counts().failed();
    } else {
      reply.error(line);
    }
  }

  private void status(LuaString word) {
    reply.simple(word.toString().replace('\r', ' ').replace('\n', ' '));
  }

  private void array(LuaTable table, int depth) {
    int count = 0;
    while (table.get(count + 1) != null) {
      count++;
    }
    reply.array(count);
    for (int i = 1; i <= count; i++) {
      write(table.get(i), depth);
    }
  }

  private static int size(LuaTable table) {
    int count = 0;
    for (int at = table.nextPlace(0); at >= 0; at = table.nextPlace(at + 1)) {
      count++;
    }
    return count;
  }

  private void map(LuaTable map, int depth) {
    reply.map(size(map));
    for (int at = map.nextPlace(0); at >= 0; at = map.nextPlace(at + 1)) {
      write(map.keyAt(at), depth);
      write(map.valueAtPlace(at), depth);
    }
  }

  private void set(LuaTable set, int depth) {
    reply.set(size(set));
    for (int at = set.nextPlace(0); at >= 0; at = set.nextPlace(at + 1)) {
      write(set.keyAt(at), depth);
    }
  }

  private void bigNumber(LuaString digits) {
    String text = digits.toString().replace('\r', ' ').replace('\n', ' ');
    if (reply.protocol() == 2) {
      reply.bulk(text.getBytes(StandardCharsets.ISO_8859_1), 0, text.length());
    } else {
      reply.out().putByte('(').putAscii(text).putAscii("\r\n");
    }
  }

  private boolean verbatim(LuaTable text) {
    if (!(text.get(STRING) instanceof LuaString string)
        || !(text.get(FORMAT) instanceof LuaString format)) {
      return false;
    }
    if (reply.protocol() == 2) {
      reply.bulk(string.bytes(), 0, string.length());
    } else {
      ByteWriter out = reply.out();
      String kind = (format + "   ").substring(0, 3);
      out.putAscii("=" + (string.length() + 4) + "\r\n" + kind + ":");
      out.put(string.bytes()).putAscii("\r\n");
    }
    return true;
  }
}
