package io.headwater.view.search.mapping;

/** A document that a mapping does not take. */
public final class DocumentException extends Exception {
  private static final long serialVersionUID = 1L;

  /** In the classes that Elasticsearch's error types distinguish. */
  public enum Kind {
    PARSING,
    STRICT,
    LIMIT
  }

  private final Kind kind;

  DocumentException(Kind kind, String reason) {
    super(reason, null, false, false);
    this.kind = kind;
  }

  /** Text that is not JSON. */
  public static DocumentException malformed(String reason) {
    return new DocumentException(Kind.PARSING, reason);
  }

  public Kind kind() {
    return kind;
  }

  /** One sentence, in Elasticsearch's words. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
