package io.headwater.protocol.redis;

import io.headwater.protocol.redis.settings.Refused;
import io.headwater.protocol.redis.settings.Settings;
import java.io.IOException;
import java.util.logging.Logger;

/**
 * {@code port} and {@code bind}: CONFIG SET moves where clients may connect; those that are
 * connected stay. If an address cannot be bound, everything stays as it was.
 */
final class Listening {
  private static final Logger LOGGER = Logger.getLogger(Listening.class.getName());
  private static final String PORT_TAKEN = "Unable to listen on this port. Check server logs.";
  private static final String NO_ADDRESS = "Failed to bind to specified addresses.";

  private final RedisServer server;
  private String bind;
  private int port;

  Listening(RedisServer server) {
    this.server = server;
    Settings settings = server.settings();
    bind = settings.text("bind");
    port = (int) settings.number("port");
    settings.followNumber("port", newPort -> move(bind, (int) newPort, PORT_TAKEN));
    settings.follow("bind", newBind -> move(newBind, port, NO_ADDRESS));
  }

  private void move(String newBind, int newPort, String otherwise) {
    if (newBind.equals(bind) && newPort == port) {
      return;
    }
    try {
      server.operations().listen(newBind, newPort);
    } catch (IOException e) {
      LOGGER.warning(() -> "CONFIG SET: " + e.getMessage());
      throw new Refused(otherwise);
    }
    bind = newBind;
    port = newPort;
  }
}
