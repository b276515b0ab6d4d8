package io.headwater.protocol.redis.administration;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.ADMIN;
import static io.headwater.protocol.redis.facts.Flags.LOADING;
import static io.headwater.protocol.redis.facts.Flags.NOSCRIPT;
import static io.headwater.protocol.redis.facts.Flags.STALE;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.observing.LatencyEvents;
import io.headwater.protocol.redis.observing.LatencyHistogram;
import io.headwater.protocol.redis.resp.Reply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** LATENCY: what held the loop up, and how long each command takes. */
final class LatencyCommands {
  private static final int FLAGS = ADMIN | NOSCRIPT | LOADING | STALE;

  /** The first bound of HISTOGRAM is 2^10 ns, the last 2^30. */
  private static final int FIRST_BIT = 10;

  private static final int LAST_BIT = 30;

  private LatencyCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        command("latency", -2, 0, Group.SERVER, "2.8.13", "Shows what took long")
            .sub(latency("latest", 2, "Returns the last of each event", LatencyCommands::latest))
            .sub(latency("history", 3, "Returns an event's samples", LatencyCommands::history))
            .sub(latency("graph", 3, "Draws an event's samples", LatencyCommands::graph))
            .sub(latency("doctor", 2, "Says what to look at", LatencyCommands::doctor))
            .sub(latency("reset", -2, "Forgets events", LatencyCommands::reset))
            .sub(
                command(
                        "latency|histogram",
                        -2,
                        FLAGS,
                        Group.SERVER,
                        "7.0.0",
                        "Returns how long commands took")
                    .does(LatencyCommands::histogram))
            .sub(Help.of("latency", Group.SERVER))
            .container());
  }

  private static Command latency(String name, int arity, String summary, Command.Handler handler) {
    return command("latency|" + name, arity, FLAGS, Group.SERVER, "2.8.13", summary).does(handler);
  }

  private static LatencyEvents events(Call call) {
    return call.server().commandClock().events();
  }

  private static void latest(Call call) {
    Map<String, LatencyEvents.Series> all = events(call).series();
    Reply reply = call.reply();
    reply.array(all.size());
    all.forEach((event, series) -> {
      reply.array(4);
      reply.bulk(event);
      reply.integer(series.latest().seconds());
      reply.integer(series.latest().ms());
      reply.integer(series.maxMs());
    });
  }

  private static void history(Call call) {
    LatencyEvents.Series series = events(call).of(call.text(2));
    List<LatencyEvents.Sample> samples = series == null ? List.of() : series.samples();
    call.reply().array(samples.size());
    for (LatencyEvents.Sample sample : samples) {
      call.reply().array(2);
      call.reply().integer(sample.seconds());
      call.reply().integer(sample.ms());
    }
  }

  private static void reset(Call call) {
    int count = 0;
    for (int i = 2; i < call.count(); i++) {
      count += events(call).reset(call.text(i)) ? 1 : 0;
    }
    call.reply().integer(call.count() == 2 ? events(call).reset() : count);
  }

  private static void graph(Call call) {
    LatencyEvents.Series series = events(call).of(call.text(2));
    if (series == null) {
      throw new CommandError("ERR No samples available for event '" + call.text(2) + "'");
    }
    long now = call.server().clock().wallMs() / 1000;
    call.reply().verbatim(LatencyGraph.of(call.text(2), series, now));
  }

  private static void doctor(Call call) {
    LatencyEvents events = events(call);
    StringBuilder text = new StringBuilder();
    if (events.thresholdMs() == 0) {
      text.append(
          "Latency monitoring is off. CONFIG SET latency-monitor-threshold <milliseconds> turns it"
              + " on.\n");
    } else if (events.series().isEmpty()) {
      text.append("No event took ").append(events.thresholdMs()).append(" ms or more.\n");
    } else {
      text.append("These held the loop for ")
          .append(events.thresholdMs())
          .append(" ms or more:\n\n");
      events.series().forEach((event, series) -> describe(text, event, series));
    }
    call.reply().verbatim(text.toString());
  }

  private static void describe(StringBuilder text, String event, LatencyEvents.Series series) {
    List<LatencyEvents.Sample> samples = series.samples();
    double mean = samples.stream().mapToLong(LatencyEvents.Sample::ms).average().orElseThrow();
    text.append(
        String.format(
            Locale.ROOT,
            "%s: %d seconds with spikes, %.0f ms on average, %d ms the worst ever. %s%n",
            event,
            samples.size(),
            mean,
            series.maxMs(),
            advice(event)));
  }

  private static String advice(String event) {
    return switch (event) {
      case LatencyEvents.COMMAND, LatencyEvents.FAST_COMMAND ->
          "SLOWLOG GET shows which commands; a fast one that took long was itself held up.";
      case LatencyEvents.SYNC ->
          "The disk took so long to sync; appendfsync everysec does not wait for it.";
      case LatencyEvents.EXPIRE_CYCLE -> "Many keys were past their time together.";
      case LatencyEvents.EVICTION_CYCLE -> "maxmemory is reached, and values are large.";
      default -> "Many clients' commands came together.";
    };
  }

  private static void histogram(Call call) {
    Map<String, LatencyHistogram> found = new LinkedHashMap<>();
    for (Command command : chosen(call)) {
      collect(command, found);
    }
    Reply reply = call.reply();
    reply.map(found.size());
    found.forEach((name, histogram) -> {
      reply.bulk(name);
      reply.map(2);
      reply.bulk("calls");
      reply.integer(histogram.total());
      reply.bulk("histogram_usec");
      bounds(reply, histogram);
    });
  }

  private static Set<Command> chosen(Call call) {
    if (call.count() == 2) {
      return new LinkedHashSet<>(call.server().table().all());
    }
    Set<Command> chosen = new LinkedHashSet<>();
    for (int i = 2; i < call.count(); i++) {
      Command command = call.server().table().findFull(call.text(i));
      if (command != null) {
        chosen.add(command);
      }
    }
    return chosen;
  }

  private static void collect(Command command, Map<String, LatencyHistogram> found) {
    LatencyHistogram histogram = command.counts().latencies();
    if (histogram != null) {
      found.put(command.name(), histogram);
    }
    command.subcommands().forEach(sub -> collect(sub, found));
  }

  /**
   * Cumulative counts at those powers of two where they grow, in microseconds as Redis has them.
   */
  private static void bounds(Reply reply, LatencyHistogram histogram) {
    List<long[]> bounds = new ArrayList<>();
    long before = 0;
    for (int bit = FIRST_BIT; bit <= LAST_BIT && before < histogram.total(); bit++) {
      long bound = (1L << bit) + (1L << bit - 7) - 1;
      long count = bit == LAST_BIT ? histogram.total() : histogram.upTo(bound);
      if (count > before) {
        bounds.add(new long[] {bound / 1000, count});
        before = count;
      }
    }
    reply.map(bounds.size());
    for (long[] bound : bounds) {
      reply.integer(bound[0]);
      reply.integer(bound[1]);
    }
  }
}
