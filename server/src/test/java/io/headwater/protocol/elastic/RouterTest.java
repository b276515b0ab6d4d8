package io.headwater.protocol.elastic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouterTest {
  private final Router router = new Router(RouteTable.ROUTES);

  @ParameterizedTest
  @CsvSource({
    "GET, '', /",
    "GET, _search, /_search",
    "POST, books/_search, /{index}/_search",
    "PUT, books, /{index}",
    "PUT, _books, /{index}",
    "GET, books/_doc/1, /{index}/_doc/{id}",
    "GET, _cat/indices/b*, /_cat/indices/{index}",
    "GET, _nodes/_all/http, /_nodes/_all/http",
    "GET, _nodes/stats/jvm, /_nodes/stats/**",
    "GET, _nodes/abc/jvm, /_nodes/{node}/**",
    "GET, _alias, /_alias/**",
    "DELETE, _search/scroll, /_search/scroll/**",
    "POST, _license/start_trial, /_license/**",
    "POST, books/_delete_by_query, /{index}/_delete_by_query/**",
    "GET, books/_mapping/field/a, /{index}/_mapping/field/**",
    "GET, _security/user/me/x/y, /_security/**"
  })
  void fixedNamesComeBeforeParameters(String method, String path, String template) {
    List<String> segments = path == null || path.isEmpty() ? List.of() : List.of(path.split("/"));
    Router.Match match = router.find(method, segments);
    assertThat(match).isNotNull();
    assertThat(match.route().template()).isEqualTo(template);
  }

  @Test
  void otherMethodsAndPathsLeadNowhere() {
    assertThat(router.find("PATCH", List.of("books"))).isNull();
    assertThat(router.methods(List.of("books"))).containsExactly("DELETE", "GET", "HEAD", "PUT");
    assertThat(router.find("GET", List.of("a", "b", "c", "d"))).isNull();
    assertThat(router.methods(List.of("a", "b", "c", "d"))).isEmpty();
  }

  @Test
  void everyRouteIsFoundByItsOwnTemplate() {
    for (Route route : RouteTable.ROUTES) {
      List<String> path = new ArrayList<>();
      for (String segment : route.segments()) {
        if (!segment.equals("**")) {
          path.add(segment.startsWith("{") ? "x" : segment);
        }
      }
      for (String method : route.methods()) {
        Router.Match match = router.find(method, path);
        assertThat(match).as(method + " " + route.template()).isNotNull();
        if (route.handler() != null) {
          assertThat(match.route()).isSameAs(route);
        }
      }
    }
  }

  @Test
  void noParameterIsBothHonouredAndRefused() {
    for (Route route : RouteTable.ROUTES) {
      assertThat(
              Collections.disjoint(route.takes(), route.ignores())
                  && Collections.disjoint(route.refuses(), route.takes())
                  && Collections.disjoint(route.refuses(), route.ignores()))
          .as(route.template())
          .isTrue();
    }
  }

  /** Run with {@code -Dheadwater.docs.write=true} to bring the page up to date. */
  @Test
  void theMatrixIsTrue() throws IOException {
    Path page = docs().resolve("protocols/elasticsearch.md");
    if (Boolean.getBoolean("headwater.docs.write")) {
      Files.createDirectories(page.getParent());
      Files.writeString(page, Matrix.text());
    }
    assertThat(page).content().isEqualTo(Matrix.text());
  }

  private static Path docs() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("docs/decisions"))) {
      folder = folder.getParent();
    }
    return folder.resolve("docs");
  }
}
