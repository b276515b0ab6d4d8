package io.headwater;

import io.headwater.host.Listeners;
import io.headwater.host.Session;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Where the Redis protocol listens: on each of redis.conf's addresses, of which one behind a minus
 * may be missing on this machine. CONFIG SET moves it; clients that are connected stay. Before the
 * loop starts, and then on it.
 */
final class RedisPorts {
  private static final Logger LOGGER = Logger.getLogger(RedisPorts.class.getName());
  private static final int RETRY_MS = 100;

  private final Listeners loop;
  private final Listeners.Limits limits;
  private final Session.Factory sessions;

  /** What is listened on, as it was asked for, with what it was bound to. */
  private record Listening(InetSocketAddress wanted, InetSocketAddress bound) {}

  private record Address(InetSocketAddress address, boolean mayBeMissing) {}

  private final List<Listening> open = new ArrayList<>();

  RedisPorts(Listeners loop, Listeners.Limits limits, Session.Factory sessions) {
    this.loop = loop;
    this.limits = limits;
    this.sessions = sessions;
  }

  /** The addresses really bound. */
  List<InetSocketAddress> bound() {
    return open.stream().map(Listening::bound).toList();
  }

  /**
   * Listens there and nowhere else from now on.
   *
   * @param bind addresses as in redis.conf, between spaces
   * @param port 0 for nowhere
   * @throws IOException naming the address, if one cannot be bound; then nothing has changed
   */
  void move(String bind, int port) throws IOException {
    List<Address> wanted = port == 0 || bind.isBlank() ? List.of() : addresses(bind, port);
    List<Listening> before = List.copyOf(open);
    try {
      listen(wanted);
    } catch (IOException e) {
      if (before.stream().noneMatch(old -> isInTheWay(old.wanted, wanted))) {
        throw e;
      }
      close(before);
      try {
        listen(wanted);
      } catch (IOException again) {
        reopen(before);
        throw again;
      }
    }
    close(
        open.stream()
            .filter(o -> wanted.stream().noneMatch(w -> w.address.equals(o.wanted)))
            .toList());
  }

  /** On one port, the address that stands for all excludes every other one. */
  private static boolean isInTheWay(InetSocketAddress old, List<Address> wanted) {
    boolean all = old.getAddress().isAnyLocalAddress();
    return wanted.stream()
        .map(Address::address)
        .anyMatch(a ->
            a.getPort() == old.getPort()
                && (all || !a.isUnresolved() && a.getAddress().isAnyLocalAddress()));
  }

  private static List<Address> addresses(String bind, int port) {
    List<Address> addresses = new ArrayList<>();
    for (String word : bind.strip().split("\\s+")) {
      boolean mayBeMissing = word.startsWith("-");
      String host =
          switch (mayBeMissing ? word.substring(1) : word) {
            case "*" -> "0.0.0.0";
            case "::*" -> "::";
            case String other -> other;
          };
      addresses.add(new Address(new InetSocketAddress(host, port), mayBeMissing));
    }
    return addresses;
  }

  /** Opens what is not open yet; if that fails, nothing of it. */
  private void listen(List<Address> wanted) throws IOException {
    List<Listening> opened = new ArrayList<>();
    IOException missing = null;
    int present = 0;
    for (Address address : wanted) {
      if (open.stream().anyMatch(o -> o.wanted.equals(address.address))) {
        present++;
        continue;
      }
      try {
        opened.add(new Listening(address.address, bind(address.address)));
      } catch (IOException e) {
        if (!address.mayBeMissing) {
          opened.forEach(o -> loop.stopListening(o.bound));
          throw e;
        }
        missing = e;
      }
    }
    if (present + opened.size() == 0 && missing != null) {
      throw missing;
    }
    open.addAll(opened);
  }

  private InetSocketAddress bind(InetSocketAddress address) throws IOException {
    String what =
        "cannot listen for redis on " + address.getHostString() + ":" + address.getPort() + ": ";
    try {
      return loop.listen(address, limits, sessions);
    } catch (UnresolvedAddressException e) {
      throw new IOException(what + "no such address", e);
    } catch (IOException e) {
      throw new IOException(what + e.getMessage(), e);
    }
  }

  private void close(List<Listening> some) {
    for (Listening one : some) {
      loop.stopListening(one.bound);
      open.remove(one);
    }
  }

  /** Takes back what was closed for nothing; where a port is not free at once, a little later. */
  private void reopen(List<Listening> before) {
    for (Listening one : before) {
      try {
        open.add(new Listening(one.wanted, bind(one.wanted)));
      } catch (IOException e) {
        LOGGER.log(Level.WARNING, "trying again to listen on {0}", one.wanted);
        loop.schedule(RETRY_MS, () -> reopen(List.of(one)));
      }
    }
  }
}
