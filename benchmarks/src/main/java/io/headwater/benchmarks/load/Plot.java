package io.headwater.benchmarks.load;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Latencies as HdrHistogram draws them: each curve's percentile distribution as text ({@code
 * .hgrm}, in milliseconds), and all curves in one SVG. Both axes are logarithmic, the percentiles
 * in the distance from 100, so that each nine is as wide as the next.
 */
final class Plot {
  private static final int LEFT = 80;
  private static final int TOP = 50;
  private static final int WIDTH = 760;
  private static final int HEIGHT = 380;
  private static final int DECADES_MAX = 6;
  private static final double STEP = 0.02; // of a decade
  private static final double US_PER_MS = 1_000.0;
  private static final List<String> COLOURS = List.of("#1f6fb4", "#c8321f", "#4a9a3a", "#8a5ab0");

  private final StringBuilder svg = new StringBuilder();
  private final int decades;
  private final int lowest;
  private final int highest;

  /** The axes' ends: powers of ten around all that is drawn, in milliseconds. */
  private Plot(Iterable<Histogram> curves) {
    double least = Double.MAX_VALUE;
    double most = 0;
    long count = 10;
    for (Histogram curve : curves) {
      least = Math.min(least, Math.max(1, curve.getMinValue()) / US_PER_MS);
      most = Math.max(most, Math.max(1, curve.getMaxValue()) / US_PER_MS);
      count = Math.max(count, curve.getTotalCount());
    }
    decades = (int) Math.min(DECADES_MAX, Math.ceil(Math.log10(count)));
    lowest = (int) Math.floor(Math.log10(least));
    highest = Math.max(lowest + 1, (int) Math.ceil(Math.log10(most)));
  }

  /**
   * Writes the files and says which.
   *
   * @param file the SVG; the texts stand beside it, with the curves' names behind its own
   * @param curvesUs in microseconds
   */
  static String write(String file, String title, Map<String, Histogram> curvesUs)
      throws IOException {
    String base = base(file);
    Path drawing = Path.of(base + ".svg");
    Path folder = drawing.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Plot plot = new Plot(curvesUs.values());
    plot.frame(title);
    int number = 0;
    for (Map.Entry<String, Histogram> curve : curvesUs.entrySet()) {
      plot.curve(number++, curve.getKey(), curve.getValue());
      Path text = Path.of(base + "-" + curve.getKey().replace(' ', '-') + ".hgrm");
      try (PrintStream out = new PrintStream(Files.newOutputStream(text), false, "UTF-8")) {
        curve.getValue().outputPercentileDistribution(out, 5, US_PER_MS);
      }
    }
    plot.svg.append("</svg>\n");
    Files.writeString(drawing, plot.svg, StandardCharsets.UTF_8);
    return "plot: " + base + ".svg, and a .hgrm for each curve";
  }

  /** Without the drawing's suffix. */
  static String base(String file) {
    return file.endsWith(".svg") ? file.substring(0, file.length() - 4) : file;
  }

  private void frame(String title) {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            + " font-family=\"sans-serif\" font-size=\"12\">%n",
        LEFT + WIDTH + 40, TOP + HEIGHT + 60);
    add("<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n");
    text(LEFT + WIDTH / 2.0, 22, "middle", title);
    for (int decade = lowest; decade <= highest; decade++) {
      double y = y(Math.pow(10, decade));
      line(LEFT, y, LEFT + WIDTH, y);
      text(LEFT - 8, y + 4, "end", power(decade));
    }
    for (int nines = 0; nines <= decades; nines++) {
      double x = x(nines);
      line(x, TOP, x, TOP + HEIGHT);
      text(x, TOP + HEIGHT + 18, "middle", percentile(nines));
    }
    text(LEFT + WIDTH / 2.0, TOP + HEIGHT + 44, "middle", "percentile of requests (%)");
    double middle = TOP + HEIGHT / 2.0;
    add(
        "<text x=\"22\" y=\"%1$.1f\" text-anchor=\"middle\" transform=\"rotate(-90 22 %1$.1f)\">"
            + "latency from the intended time (ms)</text>%n",
        middle);
  }

  private static String power(int decade) {
    return decade < 0 ? "0." + "0".repeat(-decade - 1) + "1" : "1" + "0".repeat(decade);
  }

  private static String percentile(int nines) {
    return switch (nines) {
      case 0 -> "0";
      case 1 -> "90";
      case 2 -> "99";
      default -> "99." + "9".repeat(nines - 2);
    };
  }

  /** Drawn as far as there are requests: the last one is the maximum. */
  private void curve(int number, String name, Histogram curveUs) {
    String colour = COLOURS.get(number % COLOURS.size());
    double end = Math.min(decades, Math.log10(Math.max(1, curveUs.getTotalCount())));
    add("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
    for (double nines = 0; nines < end; nines += STEP) {
      point(nines, at(curveUs, nines));
    }
    point(end, end < decades ? curveUs.getMaxValue() : at(curveUs, end));
    add("\"/>%n");
    double y = TOP + 18 + 18.0 * number;
    add(
        "<rect x=\"%d\" y=\"%.1f\" width=\"14\" height=\"4\" fill=\"%s\"/>%n",
        LEFT + 12, y - 6, colour);
    text(LEFT + 32, y, "start", name);
  }

  private static long at(Histogram curveUs, double nines) {
    return curveUs.getValueAtPercentile(100 - 100 * Math.pow(10, -nines));
  }

  private void point(double nines, long us) {
    add("%.1f,%.1f ", x(nines), y(Math.max(1, us) / US_PER_MS));
  }

  private double x(double nines) {
    return LEFT + WIDTH * nines / decades;
  }

  private double y(double ms) {
    return TOP + HEIGHT * (highest - Math.log10(ms)) / (highest - lowest);
  }

  private void line(double x1, double y1, double x2, double y2) {
    add(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#d8d8d8\"/>%n",
        x1, y1, x2, y2);
  }

  private void text(double x, double y, String anchor, String text) {
    add("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, text);
  }

  private void add(String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments));
  }
}
