package io.headwater.protocol.elastic;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Finds routes: a tree of segments in which fixed names come before parameters. */
final class Router {
  private static final class Branch {
    final Map<String, Branch> fixed = new HashMap<>();
    @Nullable Branch parameter;
    final Map<String, Route> byMethod = new HashMap<>();

    /** Routes that end in {@code **} here. */
    final Map<String, Route> rest = new HashMap<>();
  }

  /**
   * A route and what its parameters stand for.
   *
   * @param values by the template's parameter name
   */
  record Match(Route route, Map<String, String> values) {}

  private final Branch root = new Branch();

  Router(List<Route> routes) {
    for (Route route : routes) {
      add(route);
    }
  }

  private void add(Route route) {
    Branch branch = root;
    for (String segment : route.segments()) {
      if (segment.equals("**")) {
        put(branch.rest, route);
        return;
      }
      if (segment.startsWith("{")) {
        if (branch.parameter == null) {
          branch.parameter = new Branch();
        }
        branch = branch.parameter;
      } else {
        branch = branch.fixed.computeIfAbsent(segment, _ -> new Branch());
      }
    }
    put(branch.byMethod, route);
  }

  private static void put(Map<String, Route> byMethod, Route route) {
    for (String method : route.methods()) {
      Route twin = byMethod.put(method, route);
      if (twin != null) {
        throw new IllegalStateException(
            method + " " + route.template() + " stands twice, also as " + twin.template());
      }
    }
  }

  @Nullable Match find(String method, List<String> path) {
    for (Map<String, Route> candidate : candidates(path)) {
      Route route = candidate.get(method);
      if (route != null) {
        return match(route, path);
      }
    }
    return null;
  }

  /** The methods that a path has; empty where it leads nowhere. */
  Set<String> methods(List<String> path) {
    Set<String> methods = new TreeSet<>();
    candidates(path).forEach(candidate -> methods.addAll(candidate.keySet()));
    return methods;
  }

  private List<Map<String, Route>> candidates(List<String> path) {
    List<Map<String, Route>> candidates = new ArrayList<>();
    collect(root, path, 0, candidates);
    return candidates;
  }

  /** Collects what a path may mean, most fixed names first. */
  private static void collect(
      Branch branch, List<String> path, int depth, List<Map<String, Route>> candidates) {
    if (depth == path.size()) {
      candidates.add(branch.byMethod);
    } else {
      Branch fixed = branch.fixed.get(path.get(depth));
      if (fixed != null) {
        collect(fixed, path, depth + 1, candidates);
      }
      if (branch.parameter != null) {
        collect(branch.parameter, path, depth + 1, candidates);
      }
    }
    candidates.add(branch.rest);
  }

  private static Match match(Route route, List<String> path) {
    Map<String, String> values = new LinkedHashMap<>();
    List<String> segments = route.segments();
    for (int i = 0; i < segments.size(); i++) {
      String segment = segments.get(i);
      if (segment.startsWith("{")) {
        values.put(segment.substring(1, segment.length() - 1), path.get(i));
      }
    }
    return new Match(route, values);
  }
}
