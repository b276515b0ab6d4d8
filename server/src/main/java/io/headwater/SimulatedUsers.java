package io.headwater;

import io.headwater.SimulatedKeyspace.Command;
import io.headwater.SimulatedKeyspace.Entry;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Users, for {@link SimulatedKeyspace}: each is told by the one pattern of keys that it may use.
 */
final class SimulatedUsers {
  private static final String USER = "user/";
  private static final int USERS = 4;

  private SimulatedUsers() {}

  static List<Command> draw(String fresh, SplittableRandom random) {
    String name = "u" + random.nextInt(USERS);
    return List.of(
        random.nextInt(3) == 0
            ? new Command("ACL DELUSER " + name, state -> state.remove(USER + name))
            : new Command(
                "ACL SETUSER " + name + " reset on nopass ~" + fresh + " +@all",
                state -> state.put(USER + name, new Entry(List.of(fresh), -1))));
  }

  /**
   * @param lines those of ACL LIST
   */
  static void addUsers(Map<String, Entry> found, List<String> lines) {
    for (String line : lines) {
      String name = line.split(" ", -1)[1];
      if (!name.equals("default")) {
        String pattern = line.substring(line.indexOf('~') + 1);
        String first = pattern.substring(0, pattern.indexOf(' '));
        found.put(USER + name, new Entry(List.of(first), -1));
      }
    }
  }
}
