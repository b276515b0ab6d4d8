package io.headwater.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;
import java.util.regex.Pattern;

/**
 * All metrics of one node, by name. Asking again for the same name and labels gives the same
 * metric. Register at start-up or on first use, not per request; any thread may.
 *
 * <p>{@link #prometheus} writes the <a
 * href="https://prometheus.io/docs/instrumenting/exposition_formats/">text format 0.0.4</a>.
 */
public final class Metrics {
  private static final Pattern NAME = Pattern.compile("headwater(_[a-z0-9]+)+");
  private static final Pattern LABEL = Pattern.compile("[a-z_]+");

  /** Bucket bounds as powers of two nanoseconds: 1 µs to 69 s. */
  private static final int FIRST_BOUND = 10;

  private static final int LAST_BOUND = 36;

  private enum Type {
    COUNTER,
    GAUGE,
    HISTOGRAM;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** All metrics of one name: they differ in their labels. */
  private static final class Family {
    private final Type type;
    private final String help;
    private final Map<String, Object> byLabels = new TreeMap<>();

    Family(Type type, String help) {
      this.type = type;
      this.help = help;
    }
  }

  private final Map<String, Family> families = new TreeMap<>();

  /**
   * @param name ends in {@code _total}, with the unit before it
   * @param labels name, value, name, value…
   */
  public Counter counter(String name, String help, String... labels) {
    require(name.endsWith("_total"), name + " must end in _total");
    return (Counter) metric(name, help, Type.COUNTER, labels, new Counter());
  }

  /** A number that is asked for when somebody looks; it must be cheap and safe from any thread. */
  public void gauge(String name, String help, DoubleSupplier value, String... labels) {
    metric(name, help, Type.GAUGE, labels, value);
  }

  /**
   * A histogram of durations.
   *
   * @param name ends in {@code _seconds}
   */
  public Latency latency(String name, String help, String... labels) {
    require(name.endsWith("_seconds"), name + " must end in _seconds");
    return (Latency) metric(name, help, Type.HISTOGRAM, labels, new Latency());
  }

  private Object metric(String name, String help, Type type, String[] labels, Object fresh) {
    require(NAME.matcher(name).matches(), "a metric is called headwater_…, not " + name);
    String key = labels(labels);
    synchronized (families) {
      Family family = families.computeIfAbsent(name, _ -> new Family(type, help));
      require(family.type == type, name + " is a " + family.type.word());
      Object known = family.byLabels.putIfAbsent(key, fresh);
      return known == null ? fresh : known;
    }
  }

  /** {@code a="x",b="y"}, or the empty string. */
  private static String labels(String[] labels) {
    require(labels.length % 2 == 0, "labels come as name and value");
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < labels.length; i += 2) {
      require(LABEL.matcher(labels[i]).matches(), "label " + labels[i]);
      pairs.add(labels[i] + "=\"" + escape(labels[i + 1]) + '"');
    }
    return String.join(",", pairs);
  }

  private static String escape(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /** Everything, in Prometheus's text format. */
  public String prometheus() {
    StringBuilder out = new StringBuilder(4096);
    synchronized (families) {
      families.forEach((name, family) -> write(out, name, family));
    }
    return out.toString();
  }

  private static void write(StringBuilder out, String name, Family family) {
    out.append("# HELP ").append(name).append(' ');
    out.append(family.help.replace("\\", "\\\\").replace("\n", "\\n")).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(family.type.word()).append('\n');
    family.byLabels.forEach((labels, metric) -> {
      switch (metric) {
        case Counter counter -> line(out, name, labels, Long.toString(counter.value()));
        case Latency latency -> histogram(out, name, labels, latency.snapshot());
        case DoubleSupplier gauge -> line(out, name, labels, number(gauge.getAsDouble()));
        default -> throw new IllegalStateException(metric.toString());
      }
    });
  }

  private static void histogram(
      StringBuilder out, String name, String labels, Latency.Snapshot snapshot) {
    String comma = labels.isEmpty() ? "" : labels + ",";
    for (int bit = FIRST_BOUND; bit <= LAST_BOUND; bit++) {
      String bound = number((1L << bit) / 1e9);
      line(
          out, name + "_bucket", comma + "le=\"" + bound + '"', Long.toString(snapshot.below(bit)));
    }
    line(out, name + "_bucket", comma + "le=\"+Inf\"", Long.toString(snapshot.count()));
    line(out, name + "_sum", labels, number(snapshot.sumNs() / 1e9));
    line(out, name + "_count", labels, Long.toString(snapshot.count()));
  }

  private static void line(StringBuilder out, String name, String labels, String value) {
    out.append(name);
    if (!labels.isEmpty()) {
      out.append('{').append(labels).append('}');
    }
    out.append(' ').append(value).append('\n');
  }

  private static String number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return Long.toString((long) value);
    }
    return Double.isInfinite(value) ? (value > 0 ? "+Inf" : "-Inf") : Double.toString(value);
  }
}
