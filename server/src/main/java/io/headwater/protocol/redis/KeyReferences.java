package io.headwater.protocol.redis;

import static io.headwater.protocol.redis.facts.KeySpec.ACCESS;
import static io.headwater.protocol.redis.facts.KeySpec.DELETE;
import static io.headwater.protocol.redis.facts.KeySpec.OW;
import static io.headwater.protocol.redis.facts.KeySpec.RO;
import static io.headwater.protocol.redis.facts.KeySpec.RW;
import static io.headwater.protocol.redis.facts.KeySpec.UPDATE;

import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.facts.KeySpec;
import io.headwater.protocol.redis.text.Numbers;
import java.util.Arrays;

/**
 * The arguments of a call that are keys, and what the call does to each. Follows the key
 * specifications, and the command's own rules where these say too little. Reused; allocates only
 * when it grows.
 */
public final class KeyReferences {
  private int[] indexes = new int[16];
  private int[] flags = new int[16];
  private int count;

  public int count() {
    return count;
  }

  /** The index of the {@code i}th key among the arguments. */
  public int index(int i) {
    return indexes[i];
  }

  /** Flags of {@link KeySpec} for the {@code i}th key. */
  public int flags(int i) {
    return flags[i];
  }

  private void add(int index, int keyFlags) {
    if (count == indexes.length) {
      indexes = Arrays.copyOf(indexes, count * 2);
      flags = Arrays.copyOf(flags, count * 2);
    }
    indexes[count] = index;
    flags[count++] = keyFlags;
  }

  /** Finds the keys of a call; none if its arguments make no sense. */
  public void find(Command command, Call call) {
    count = 0;
    if (!command.facts().hasKeys()) {
      return;
    }
    if (!command.facts().variableFlags() && bySpecifications(command, call)) {
      return;
    }
    count = 0;
    switch (command.name()) {
      case "set" -> add(1, names(call, 3, "get") ? RW | ACCESS | UPDATE : OW | UPDATE);
      case "bitfield" -> add(1, readsBits(call) ? RO | ACCESS : RW | ACCESS | UPDATE);
      case "sort" -> sort(call);
      case "sort_ro" -> add(1, RO | ACCESS);
      case "migrate" -> migrate(call);
      default -> {
        if (!command.facts().isRedis()) {
          boolean write = command.has(Flags.WRITE);
          for (int key : command.keys(call)) {
            add(key, write ? RW | ACCESS | UPDATE : RO | ACCESS);
          }
        }
      }
    }
  }

  private boolean bySpecifications(Command command, Call call) {
    for (KeySpec spec : command.facts().keySpecs()) {
      if (!spec.has(KeySpec.NOT_KEY) && !find(spec, call)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Notes the keys that a specification finds.
   *
   * @return false if the arguments are not what it expects
   */
  private boolean find(KeySpec spec, Call call) {
    int first =
        switch (spec.begin()) {
          case KeySpec.Begin.Index(int index) -> index;
          case KeySpec.Begin.Keyword(String word, int startFrom) -> behind(call, word, startFrom);
          case KeySpec.Begin.Unknown _ -> 0;
        };
    if (first == 0) {
      return !(spec.begin()
          instanceof KeySpec.Begin.Unknown); // a word that is not there brings no keys
    }
    int count = call.count();
    int last;
    int step;
    switch (spec.find()) {
      case KeySpec.Find.Range(int lastKey, int keyStep, int limit) -> {
        step = keyStep;
        if (lastKey >= 0) {
          last = first + lastKey;
        } else {
          last = limit <= 1 ? count + lastKey : first + (count - first) / limit + lastKey;
        }
      }
      case KeySpec.Find.KeyNum(int numberAt, int firstKey, int keyStep) -> {
        int at = first + numberAt;
        if (at >= count) {
          return false;
        }
        long number = Numbers.parse(call.array(), call.start(at), call.length(at));
        if (number < 0 || number > count) {
          return false;
        }
        step = keyStep;
        first += firstKey;
        last = first + (int) number - 1;
      }
      case KeySpec.Find.Unknown _ -> {
        return false;
      }
    }
    if (last >= count || last < first || first >= count) {
      return false;
    }
    for (int i = first; i <= last; i += step) {
      add(i, spec.flags());
    }
    return !spec.has(KeySpec.INCOMPLETE);
  }

  /** The index behind a word, or 0. */
  private static int behind(Call call, String word, int startFrom) {
    if (startFrom > 0) {
      for (int i = startFrom; i < call.count() - 1; i++) {
        if (call.is(i, word)) {
          return i + 1;
        }
      }
      return 0;
    }
    for (int i = call.count() + startFrom; i > 1; i--) {
      if (call.is(i, word)) {
        return i + 1;
      }
    }
    return 0;
  }

  private static boolean names(Call call, int from, String word) {
    for (int i = from; i < call.count(); i++) {
      if (call.is(i, word)) {
        return true;
      }
    }
    return false;
  }

  private static boolean readsBits(Call call) {
    for (int i = 2; i < call.count(); i++) {
      int left = call.count() - i - 1;
      if (call.is(i, "get") && left >= 2) {
        i += 2;
      } else if ((call.is(i, "set") || call.is(i, "incrby")) && left >= 3) {
        return false;
      } else if (call.is(i, "overflow") && left >= 1) {
        i += 1;
      } else {
        return false; // an error: the worst is assumed
      }
    }
    return true;
  }

  private void sort(Call call) {
    add(1, RO | ACCESS);
    int store = 0;
    for (int i = 2; i < call.count(); i++) {
      if (call.is(i, "limit")) {
        i += 2;
      } else if (call.is(i, "get") || call.is(i, "by")) {
        i += 1;
      } else if (call.is(i, "store") && i + 1 < call.count()) {
        store = i + 1;
      }
    }
    if (store > 0) {
      add(store, OW | UPDATE);
    }
  }

  private void migrate(Call call) {
    int first = 3;
    int last = 3;
    for (int i = 6; i < call.count(); i++) {
      if (call.is(i, "keys")) {
        if (call.length(3) > 0) {
          return; // it is an error to name keys at both places
        }
        first = i + 1;
        last = call.count() - 1;
        break;
      } else if (call.is(i, "auth")) {
        i += 1;
      } else if (call.is(i, "auth2")) {
        i += 2;
      }
    }
    for (int i = first; i <= last; i++) {
      add(i, RW | ACCESS | DELETE);
    }
  }
}
