package io.headwater.protocol.redis.settings;

/**
 * One parameter of redis.conf, as data.
 *
 * @param name as redis.conf and CONFIG have it, in lower case
 * @param alias its older name, which works everywhere, or empty
 * @param fallback its value if nobody sets it, as CONFIG GET shows it
 * @param use what it does here
 * @param setting what Redis answers to CONFIG SET
 * @param meaning for the page: what it does, or why it does nothing
 */
public record Parameter(
    String name,
    String alias,
    Kind kind,
    String fallback,
    Use use,
    Setting setting,
    String meaning) {
  /** Whether Redis lets CONFIG SET change it. */
  public enum Setting {
    FREE,
    IMMUTABLE,
    PROTECTED
  }

  /** What a parameter does in Headwater. */
  public enum Use {
    /** Acts at once when it is set. */
    ACTS("at run time"),

    /** Acts at the start only. */
    AT_START("at the start"),

    /**
     * Has no meaning here, and no answer to a command depends on it: a redis.conf may say what it
     * likes, and the start says that it is ignored. CONFIG SET to another value is refused.
     */
    HINT("no, ignored in a redis.conf"),

    /** Has no meaning here: any other value than the default is refused. */
    IDLE("no, refused");

    private final String words;

    Use(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  static Parameter acts(String name, Kind kind, String fallback, String meaning) {
    return new Parameter(name, "", kind, fallback, Use.ACTS, Setting.FREE, meaning);
  }

  static Parameter start(String name, Kind kind, String fallback, String meaning) {
    return new Parameter(name, "", kind, fallback, Use.AT_START, Setting.FREE, meaning);
  }

  static Parameter idle(String name, Kind kind, String fallback, String why) {
    return new Parameter(name, "", kind, fallback, Use.IDLE, Setting.FREE, why);
  }

  static Parameter hint(String name, Kind kind, String fallback, String why) {
    return new Parameter(name, "", kind, fallback, Use.HINT, Setting.FREE, why);
  }

  Parameter also(String olderName) {
    return new Parameter(name, olderName, kind, fallback, use, setting, meaning);
  }

  Parameter immutable() {
    return new Parameter(name, alias, kind, fallback, use, Setting.IMMUTABLE, meaning);
  }

  Parameter isProtected() {
    return new Parameter(name, alias, kind, fallback, use, Setting.PROTECTED, meaning);
  }
}
