package io.headwater.protocol.redis;

import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.observing.SlowLog;
import io.headwater.protocol.redis.resp.Arguments;
import java.nio.charset.StandardCharsets;

/** A command's arguments as operators may see them: passwords are covered. */
final class Redaction implements SlowLog.Source {
  private static final Bytes COVER = Bytes.wrap("(redacted)".getBytes(StandardCharsets.US_ASCII));

  private final Command command;
  private final byte[] array;
  private final Arguments places;

  private Redaction(Command command, byte[] array, Arguments places) {
    this.command = command;
    this.array = array;
    this.places = places;
  }

  static Redaction of(Command command, byte[] array, Arguments places) {
    return new Redaction(command, array, places);
  }

  @Override
  public int count() {
    return places.count();
  }

  @Override
  public int length(int i) {
    return isSecret(i) ? COVER.length() : places.length(i);
  }

  @Override
  public Bytes argument(int i, int bytesMax) {
    return isSecret(i)
        ? COVER
        : Bytes.copyOf(array, places.start(i), Math.min(bytesMax, places.length(i)));
  }

  private boolean isSecret(int i) {
    return switch (command.name()) {
      case "auth" -> i > 0;
      case "acl|setuser" -> i > 2;
      case "hello" -> follows(i, 1, "AUTH") || follows(i, 2, "AUTH");
      case "migrate" ->
          i > 5 && (follows(i, 1, "AUTH") || follows(i, 1, "AUTH2") || follows(i, 2, "AUTH2"));
      case "config|set" ->
          i > 2 && i % 2 == 1 && (follows(i, 1, "requirepass") || follows(i, 1, "masterauth"));
      default -> false;
    };
  }

  private boolean follows(int i, int distance, String word) {
    int at = i - distance;
    return at > 0
        && places.length(at) == word.length()
        && new String(array, places.start(at), word.length(), StandardCharsets.ISO_8859_1)
            .equalsIgnoreCase(word);
  }
}
