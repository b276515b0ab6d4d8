package io.headwater.protocol.elastic;

import io.headwater.protocol.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint.
 *
 * @param template segments, {@code {name}} for a parameter, {@code **} at the end for any rest
 * @param handler null where it is known but not supported
 * @param takes query parameters that are honoured
 * @param ignores query parameters that cannot change the answer on one shard that is always fresh
 * @param refuses query parameters that Elasticsearch knows and this server does not
 * @param note for the matrix
 */
record Route(
    List<String> methods,
    String template,
    @Nullable Handler handler,
    Set<String> takes,
    Set<String> ignores,
    Set<String> refuses,
    String note) {

  /** Answers one request. */
  interface Handler {
    HttpResponse answer(Node node, Call call);
  }

  static Route of(String methods, String template, Handler handler) {
    return new Route(
        List.of(methods.split("\\|")), template, handler, Set.of(), Set.of(), Set.of(), "");
  }

  static Route unsupported(String methods, String template) {
    return new Route(
        List.of(methods.split("\\|")), template, null, Set.of(), Set.of(), Set.of(), "");
  }

  Route takes(String... names) {
    return new Route(methods, template, handler, and(takes, names), ignores, refuses, note);
  }

  Route ignores(String... names) {
    return new Route(methods, template, handler, takes, and(ignores, names), refuses, note);
  }

  Route refuses(String... names) {
    return new Route(methods, template, handler, takes, ignores, and(refuses, names), note);
  }

  Route note(String text) {
    return new Route(methods, template, handler, takes, ignores, refuses, text);
  }

  private static Set<String> and(Set<String> some, String... more) {
    Set<String> all = new TreeSet<>(some);
    all.addAll(List.of(more));
    return all;
  }

  List<String> segments() {
    List<String> segments = new ArrayList<>();
    for (String segment : template.split("/")) {
      if (!segment.isEmpty()) {
        segments.add(segment);
      }
    }
    return segments;
  }
}
