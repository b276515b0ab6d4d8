package io.headwater.protocol.redis;

import io.headwater.simulation.SimulatedConnection;
import java.io.IOException;
import java.util.List;

/** One client of a real redis-server and one of ours, which send the same. */
final class ClientPair implements AutoCloseable {
  private final RealRedis.Client theirs;
  private final SimulatedConnection ours;
  private final RedisRig rig;
  private int marks;

  ClientPair(RedisRig rig, RealRedis real, boolean resp3) throws IOException {
    this.rig = rig;
    theirs = real.connect();
    ours = rig.connect();
    if (resp3) {
      ask(List.<String[]>of(new String[] {"HELLO", "3"}));
    }
  }

  /** Sends to both, and returns what each has received by then: the real server's is first. */
  String[] ask(List<String[]> commands) throws IOException {
    for (String[] command : commands) {
      theirs.send(RedisRig.request(command));
      ours.send(RedisRig.request(command));
    }
    return received();
  }

  /** Everything up to the answers of two PINGs, the second sent when the first has come. */
  String[] received() throws IOException {
    String[] first = upToMark();
    String[] second = upToMark();
    return new String[] {first[0] + second[0], first[1] + second[1]};
  }

  private String[] upToMark() throws IOException {
    String mark = "mark" + marks++;
    theirs.send(RedisRig.request("PING", mark));
    ours.send(RedisRig.request("PING", mark));
    rig.loop.runUntilIdle();
    StringBuilder text = new StringBuilder();
    while (text.indexOf(mark + "\r\n") < 0) {
      try {
        text.append(theirs.reply());
      } catch (IOException e) {
        throw new IOException("no " + mark + " after: " + text, e);
      }
    }
    String pong = "(\\*2\r\n\\$4\r\npong\r\n)?\\$\\d+\r\n" + mark + "\r\n";
    return new String[] {
      text.toString().replaceFirst(pong, ""), ours.receivedText().replaceFirst(pong, "")
    };
  }

  @Override
  public void close() throws IOException {
    theirs.close();
  }
}
