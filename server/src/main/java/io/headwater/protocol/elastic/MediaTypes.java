package io.headwater.protocol.elastic;

import io.headwater.protocol.elastic.error.ElasticError;
import io.headwater.protocol.elastic.error.ElasticException;
import io.headwater.protocol.http.HttpRequest;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which media types come and go. Elasticsearch's clients since 8 mark the version they speak:
 * {@code application/vnd.elasticsearch+json; compatible-with=8}; the answer carries the same.
 */
final class MediaTypes {
  private static final Pattern VENDOR =
      Pattern.compile("application/vnd\\.elasticsearch\\+(json|x-ndjson);compatible-with=(\\d+)");

  private static final Set<String> VERSIONS = Set.of("8", "9");

  private MediaTypes() {}

  /** Refuses a body that is not said to be JSON. */
  static void checkContentType(HttpRequest request) {
    if (request.body().length == 0) {
      return;
    }
    String given = request.header("content-type");
    if (given == null) {
      throw plain406("Content-Type header is missing");
    }
    String type = compact(given);
    String essence = type.replaceFirst(";charset=\"?utf-8\"?$", "");
    if (essence.equals(Call.JSON) || essence.equals("application/x-ndjson")) {
      return;
    }
    Matcher vendor = VENDOR.matcher(essence);
    if (!vendor.matches()) {
      throw plain406("Content-Type header [" + given + "] is not supported");
    }
    checkVersion("Content-Type", vendor.group(2));
  }

  /** The media type to answer JSON with. */
  static String answer(@Nullable String accept) {
    if (accept == null || accept.isBlank() || accept.contains(",")) {
      return Call.JSON;
    }
    String type = compact(accept).replaceFirst(";charset=\"?utf-8\"?$", "");
    Matcher vendor = VENDOR.matcher(type);
    if (vendor.matches()) {
      checkVersion("Accept", vendor.group(2));
      return "application/vnd.elasticsearch+json;compatible-with=" + vendor.group(2);
    }
    String essence = type.contains(";") ? type.substring(0, type.indexOf(';')) : type;
    return switch (essence) {
      case "application/json",
          "application/*",
          "*/*",
          "text/plain",
          "text/html",
          "text/*",
          "application/x-ndjson" ->
          Call.JSON;
      default -> throw plain406("Accept header [" + accept + "] is not supported");
    };
  }

  private static void checkVersion(String header, String version) {
    if (!VERSIONS.contains(version)) {
      throw ElasticError.of(
              400,
              "media_type_header_exception",
              "Invalid media-type value on headers ["
                  + header
                  + "]: compatible-with="
                  + version
                  + " is not among 8, 9")
          .exception();
    }
  }

  private static String compact(String type) {
    return type.toLowerCase(Locale.ROOT).replace(" ", "");
  }

  private static ElasticException plain406(String reason) {
    return ElasticError.of(406, "media_type_header_exception", reason).exception();
  }
}
