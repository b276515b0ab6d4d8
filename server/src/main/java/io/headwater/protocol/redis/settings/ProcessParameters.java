package io.headwater.protocol.redis.settings;

import static io.headwater.protocol.redis.settings.Parameter.acts;
import static io.headwater.protocol.redis.settings.Parameter.hint;
import static io.headwater.protocol.redis.settings.Parameter.idle;
import static io.headwater.protocol.redis.settings.Parameters.COUNT;
import static io.headwater.protocol.redis.settings.Parameters.LONG_COUNT;
import static io.headwater.protocol.redis.settings.Parameters.TEXT;
import static io.headwater.protocol.redis.settings.Parameters.YES_NO;
import static io.headwater.protocol.redis.settings.Parameters.choice;
import static io.headwater.protocol.redis.settings.Parameters.special;
import static io.headwater.protocol.redis.settings.Parameters.whole;

import java.util.List;
import java.util.stream.Stream;

/** The process, scripts, and what is written down about them. */
final class ProcessParameters {
  private static final String FOREGROUND =
      "it stays in the foreground: systemd or a shell starts it";
  private static final String OPERATOR = "systemd or the shell sets it for the process";

  private ProcessParameters() {}

  static List<Parameter> rows() {
    return Stream.of(process(), observing(), scripts()).flatMap(List::stream).toList();
  }

  private static List<Parameter> process() {
    Kind sigterm = new Kind.Choice(List.of("default", "save", "nosave", "now", "force"), true);
    return List.of(
        hint("daemonize", YES_NO, "no", FOREGROUND).immutable(),
        hint("supervised", choice("upstart", "systemd", "auto", "no"), "no", FOREGROUND)
            .immutable(),
        hint("pidfile", TEXT, "", FOREGROUND).immutable(),
        hint("logfile", TEXT, "", "it logs to standard output and error").immutable(),
        hint(
            "loglevel",
            choice("debug", "verbose", "notice", "warning"),
            "notice",
            "not at run time yet"),
        hint("syslog-enabled", YES_NO, "no", "it logs to standard output and error").immutable(),
        hint("syslog-facility", TEXT, "local0", "it logs to standard output and error").immutable(),
        hint("syslog-ident", TEXT, "redis", "it logs to standard output and error").immutable(),
        hint("crash-log-enabled", YES_NO, "yes", "the JVM writes its own"),
        hint("crash-memcheck-enabled", YES_NO, "yes", "the JVM has no such check"),
        hint("always-show-logo", YES_NO, "no", "there is no logo").immutable(),
        hint("set-proc-title", YES_NO, "yes", "a JVM cannot rename its process").immutable(),
        hint(
            "proc-title-template",
            TEXT,
            "{title} {listen-addr} {server-mode}",
            "a JVM cannot rename its process"),
        hint("oom-score-adj", choice("no", "yes", "relative", "absolute"), "no", OPERATOR),
        hint(
            "oom-score-adj-values",
            special("three numbers", Readers::oomScores),
            "0 200 800",
            OPERATOR),
        hint("disable-thp", YES_NO, "yes", OPERATOR).immutable(),
        hint("server_cpulist", TEXT, "", OPERATOR).immutable(),
        hint("bio_cpulist", TEXT, "", OPERATOR).immutable(),
        hint("aof_rewrite_cpulist", TEXT, "", OPERATOR).immutable(),
        hint("bgsave_cpulist", TEXT, "", OPERATOR).immutable(),
        hint("ignore-warnings", TEXT, "", "there are none"),
        hint("io-threads", whole(1, 128), "1", "one loop serves all clients").immutable(),
        hint("io-threads-do-reads", YES_NO, "no", "one loop serves all clients").immutable(),
        hint("hz", COUNT, "10", "timers come when they are due"),
        hint("dynamic-hz", YES_NO, "yes", "timers come when they are due"),
        idle("shutdown-timeout", COUNT, "10", "replicas have a second to take the rest"),
        idle("shutdown-on-sigint", sigterm, "default", "every end is an orderly one"),
        idle("shutdown-on-sigterm", sigterm, "default", "every end is an orderly one"));
  }

  private static List<Parameter> observing() {
    return List.of(
        acts(
            "slowlog-log-slower-than",
            whole(-1, Long.MAX_VALUE),
            "10000",
            "microseconds from which SLOWLOG has a command; -1 turns it off"),
        acts("slowlog-max-len", LONG_COUNT, "128", "entries of SLOWLOG, at most 16384"),
        acts(
            "latency-monitor-threshold",
            LONG_COUNT,
            "0",
            "milliseconds from which LATENCY notes an event; 0 turns it off"),
        acts(
            "latency-tracking",
            YES_NO,
            "yes",
            "a histogram for each command, for INFO and LATENCY"),
        acts(
            "latency-tracking-info-percentiles",
            special("numbers from 0 to 100", Readers::percentiles),
            "50 99 99.9",
            "what INFO latencystats shows"));
  }

  private static List<Parameter> scripts() {
    return List.of(
        acts(
                "busy-reply-threshold",
                LONG_COUNT,
                "5000",
                "ms of a script after which others get BUSY")
            .also("lua-time-limit"));
  }
}
