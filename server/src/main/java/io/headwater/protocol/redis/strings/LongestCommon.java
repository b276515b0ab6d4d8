package io.headwater.protocol.redis.strings;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Entry;
import java.util.ArrayList;
import java.util.List;

/** LCS: the longest common subsequence of two strings, by the table of all prefixes. */
final class LongestCommon {
  private record Match(int fromA, int toA, int fromB, int toB) {}

  private LongestCommon() {}

  static void lcs(Call call) {
    byte[] a = text(call, 1);
    byte[] b = text(call, 2);
    boolean length = false;
    boolean indexes = false;
    boolean withLength = false;
    long minimum = 0;
    for (int i = 3; i < call.count(); i++) {
      if (call.is(i, "len")) {
        length = true;
      } else if (call.is(i, "idx")) {
        indexes = true;
      } else if (call.is(i, "withmatchlen")) {
        withLength = true;
      } else if (call.is(i, "minmatchlen") && i + 1 < call.count()) {
        minimum = Math.max(0, call.integer(++i));
      } else {
        throw CommandError.SYNTAX;
      }
    }
    if (length && indexes) {
      throw new CommandError("ERR If you want both the length and indexes, please just use IDX.");
    }
    long cells = (a.length + 1L) * (b.length + 1L);
    if (cells * 4 > call.server().settings().bulkBytesMax()) {
      throw new CommandError(
          "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    }
    int[] table = table(a, b);
    int common = table[table.length - 1];
    if (length) {
      call.reply().integer(common);
      return;
    }
    byte[] result = new byte[common];
    List<Match> matches = trace(a, b, table, result);
    if (indexes) {
      reply(call, matches, common, minimum, withLength);
    } else {
      call.reply().bulk(result, 0, common);
    }
  }

  private static byte[] text(Call call, int i) {
    long entry = call.find(call.key(i));
    if (entry != 0 && Entry.type(entry) != Entry.STRING) {
      throw new CommandError("ERR The specified keys must contain string values");
    }
    return StringCommands.copy(entry);
  }

  /** Row by row, the length for each pair of prefixes. */
  private static int[] table(byte[] a, byte[] b) {
    int width = b.length + 1;
    int[] table = new int[(a.length + 1) * width];
    for (int i = 1; i <= a.length; i++) {
      byte wanted = a[i - 1];
      int row = i * width + 1;
      int left = 0;
      int aboveLeft = 0;
      for (int j = 0; j < b.length; j++) {
        int above = table[row - width + j];
        left = b[j] == wanted ? aboveLeft + 1 : Math.max(above, left);
        aboveLeft = above;
        table[row + j] = left;
      }
    }
    return table;
  }

  /** Walks back from the end, filling the result and collecting contiguous matches, last first. */
  private static List<Match> trace(byte[] a, byte[] b, int[] table, byte[] result) {
    int width = b.length + 1;
    List<Match> matches = new ArrayList<>();
    int i = a.length;
    int j = b.length;
    int left = result.length;
    int run = 0;
    while (i > 0 && j > 0) {
      if (a[i - 1] == b[j - 1]) {
        result[--left] = a[i - 1];
        i--;
        j--;
        run++;
      } else {
        addMatch(matches, i, j, run);
        run = 0;
        if (table[(i - 1) * width + j] > table[i * width + j - 1]) {
          i--;
        } else {
          j--;
        }
      }
    }
    addMatch(matches, i, j, run);
    return matches;
  }

  private static void addMatch(List<Match> matches, int i, int j, int run) {
    if (run > 0) {
      matches.add(new Match(i, i + run - 1, j, j + run - 1));
    }
  }

  private static void reply(
      Call call, List<Match> matches, int common, long minimum, boolean withLength) {
    List<Match> shown = matches.stream().filter(m -> m.toA - m.fromA + 1 >= minimum).toList();
    Reply reply = call.reply();
    reply.map(2);
    reply.bulk("matches");
    reply.array(shown.size());
    for (Match match : shown) {
      reply.array(withLength ? 3 : 2);
      reply.array(2);
      reply.integer(match.fromA);
      reply.integer(match.toA);
      reply.array(2);
      reply.integer(match.fromB);
      reply.integer(match.toB);
      if (withLength) {
        reply.integer(match.toA - match.fromA + 1);
      }
    }
    reply.bulk("len");
    reply.integer(common);
  }
}
