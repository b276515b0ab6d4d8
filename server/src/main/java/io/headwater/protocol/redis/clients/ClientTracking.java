package io.headwater.protocol.redis.clients;

import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.TrackingMode;
import io.headwater.protocol.redis.TrackingMode.Caching;
import io.headwater.protocol.redis.resp.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** CLIENT TRACKING and what belongs to it: who caches what. */
final class ClientTracking {
  private static final int FLAGS = NOSCRIPT | LOADING | STALE;

  /** Prefixes of one client. */
  private static final int PREFIXES_MAX = 1000;

  private static final int PREFIX_BYTES_MAX = 8 << 10;

  /** What the words behind ON or OFF say. */
  private static final class Options {
    boolean broadcast;
    boolean optIn;
    boolean optOut;
    boolean noLoop;
    long redirect;
    final List<Bytes> prefixes = new ArrayList<>();
  }

  private ClientTracking() {}

  static void addTo(Command.Declaration client) {
    add(client, "tracking", -3, "6.0.0", "Tells changes of cached keys", ClientTracking::tracking);
    add(client, "caching", 3, "6.0.0", "Says whether the next keys are cached", c -> caching(c));
    add(client, "trackinginfo", 2, "6.2.0", "Describes the tracking", ClientTracking::info);
    add(
        client,
        "getredir",
        2,
        "6.0.0",
        "Returns where tracking messages go",
        call -> {
          TrackingMode mode = call.session().tracking();
          call.reply().integer(mode == null ? -1 : mode.redirect());
        });
  }

  private static void add(
      Command.Declaration client,
      String name,
      int arity,
      String since,
      String summary,
      Command.Handler handler) {
    client.sub(ClientCommands.client(name, arity, FLAGS, since, summary, handler));
  }

  private static void tracking(Call call) {
    Options options = options(call);
    if (call.is(2, "on")) {
      turnOn(call, options);
    } else if (call.is(2, "off")) {
      call.server().tracking().turnOff(call.session());
    } else {
      throw CommandError.SYNTAX;
    }
    call.reply().ok();
  }

  private static Options options(Call call) {
    Options options = new Options();
    for (int i = 3; i < call.count(); i++) {
      boolean more = i + 1 < call.count();
      if (more && call.is(i, "redirect")) {
        options.redirect = redirect(call, ++i, options.redirect);
      } else if (call.is(i, "bcast")) {
        options.broadcast = true;
      } else if (call.is(i, "optin")) {
        options.optIn = true;
      } else if (call.is(i, "optout")) {
        options.optOut = true;
      } else if (call.is(i, "noloop")) {
        options.noLoop = true;
      } else if (more && call.is(i, "prefix")) {
        if (call.length(++i) > PREFIX_BYTES_MAX) {
          throw new CommandError("ERR prefix of more than " + PREFIX_BYTES_MAX + " bytes");
        }
        options.prefixes.add(call.bytes(i));
      } else {
        throw CommandError.SYNTAX;
      }
    }
    return options;
  }

  private static long redirect(Call call, int i, long before) {
    if (before != 0) {
      throw new CommandError("ERR A client can only redirect to a single other client");
    }
    long id = call.integer(i);
    if (call.server().session(id) == null) {
      throw new CommandError("ERR The client ID you want redirect to does not exist");
    }
    return id;
  }

  private static void turnOn(Call call, Options options) {
    RedisSession session = call.session();
    TrackingMode mode = session.tracking();
    check(options, mode);
    if (options.broadcast) {
      checkPrefixes(options.prefixes, mode);
    }
    TrackingMode changed = mode == null ? new TrackingMode(options.broadcast) : mode;
    changed.set(
        options.optIn ? Caching.OPT_IN : options.optOut ? Caching.OPT_OUT : Caching.ALL_READS,
        options.noLoop,
        options.redirect);
    call.server().tracking().turnOn(session, changed, options.prefixes);
  }

  private static void check(Options options, @Nullable TrackingMode mode) {
    if (!options.broadcast && !options.prefixes.isEmpty()) {
      throw new CommandError("ERR PREFIX option requires BCAST mode to be enabled");
    }
    if (mode != null && mode.broadcast != options.broadcast) {
      throw new CommandError(
          "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and"
              + " then re-enabling it with a different mode.");
    }
    if (options.broadcast && (options.optIn || options.optOut)) {
      throw new CommandError("ERR OPTIN and OPTOUT are not compatible with BCAST");
    }
    if (options.optIn && options.optOut) {
      throw new CommandError("ERR You can't specify both OPTIN mode and OPTOUT mode");
    }
    if (mode != null
        && (options.optIn && mode.caching() == Caching.OPT_OUT
            || options.optOut && mode.caching() == Caching.OPT_IN)) {
      throw new CommandError(
          "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and"
              + " then re-enabling it with a different mode.");
    }
  }

  private static void checkPrefixes(List<Bytes> prefixes, @Nullable TrackingMode mode) {
    int existing = mode == null ? 0 : mode.prefixes.size();
    if (existing + prefixes.size() > PREFIXES_MAX) {
      throw new CommandError("ERR more than " + PREFIXES_MAX + " prefixes of one client");
    }
    for (int i = 0; i < prefixes.size(); i++) {
      Bytes prefix = prefixes.get(i);
      if (mode != null) {
        for (Bytes other : mode.prefixes) {
          refuseOverlap(prefix, other, "an existing prefix");
        }
      }
      for (Bytes other : prefixes.subList(i + 1, prefixes.size())) {
        refuseOverlap(prefix, other, "another provided prefix");
      }
    }
  }

  private static void refuseOverlap(Bytes prefix, Bytes other, String what) {
    if (prefix.startsWith(other) || other.startsWith(prefix)) {
      throw new CommandError(
          "ERR Prefix '"
              + text(prefix)
              + "' overlaps with "
              + what
              + " '"
              + text(other)
              + "'. Prefixes for a single client must not overlap.");
    }
  }

  private static String text(Bytes bytes) {
    return new String(bytes.array(), StandardCharsets.ISO_8859_1);
  }

  private static void caching(Call call) {
    TrackingMode mode = call.session().tracking();
    if (mode == null) {
      throw new CommandError(
          "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or"
              + " OPTOUT mode enabled");
    }
    boolean yes = call.is(2, "yes");
    if (!yes && !call.is(2, "no")) {
      throw CommandError.SYNTAX;
    }
    if (mode.caching() != (yes ? Caching.OPT_IN : Caching.OPT_OUT)) {
      throw new CommandError(
          yes
              ? "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
              : "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
    }
    mode.giveCaching(true);
    call.reply().ok();
  }

  private static void info(Call call) {
    TrackingMode mode = call.session().tracking();
    Reply reply = call.reply();
    reply.map(3);
    reply.bulk("flags");
    List<String> flags = flags(mode);
    reply.set(flags.size());
    flags.forEach(reply::bulk);
    reply.bulk("redirect");
    reply.integer(mode == null ? -1 : mode.redirect());
    reply.bulk("prefixes");
    reply.array(mode == null ? 0 : mode.prefixes.size());
    if (mode != null) {
      mode.prefixes.forEach(reply::bulk);
    }
  }

  private static List<String> flags(@Nullable TrackingMode mode) {
    if (mode == null) {
      return List.of("off");
    }
    List<String> flags = new ArrayList<>(List.of("on"));
    if (mode.broadcast) {
      flags.add("bcast");
    }
    switch (mode.caching()) {
      case OPT_IN -> {
        flags.add("optin");
        if (mode.isCachingGiven()) {
          flags.add("caching-yes");
        }
      }
      case OPT_OUT -> {
        flags.add("optout");
        if (mode.isCachingGiven()) {
          flags.add("caching-no");
        }
      }
      case ALL_READS -> {}
    }
    if (mode.noLoop()) {
      flags.add("noloop");
    }
    if (mode.isRedirectBroken()) {
      flags.add("broken_redirect");
    }
    return flags;
  }
}
