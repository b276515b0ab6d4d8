package io.headwater.protocol.redis;

import static org.assertj.core.api.Assertions.assertThat;

/** Cuts what a connection received into whole replies. */
final class CutReplies {
  private final String text;
  private int at;

  CutReplies(String text) {
    this.text = text;
  }

  boolean hasNext() {
    return at < text.length();
  }

  String next() {
    int from = at;
    skip();
    return text.substring(from, at);
  }

  private void skip() {
    int end = text.indexOf("\r\n", at);
    assertThat(end)
        .as("a whole reply at %s", text.substring(Math.min(at, text.length())))
        .isNotNegative();
    char type = text.charAt(at);
    String line = text.substring(at + 1, end);
    at = end + 2;
    int count = "$*%~>=".indexOf(type) >= 0 ? Integer.parseInt(line) : 0;
    if (type == '$' || type == '=') {
      at += count < 0 ? 0 : count + 2;
    } else {
      for (int i = 0; i < (type == '%' ? count * 2 : count); i++) {
        skip();
      }
    }
  }
}
