package io.headwater.protocol.redis.settings;

/** Writes the table of parameters for people. */
public final class SettingsPage {
  private static final String HEAD =
      """
      # redis.conf and CONFIG

      Generated from the table of parameters by `RedisMatrixTest`; do not edit.

      `headwater serve --redis-conf FILE` reads a redis.conf of Redis 7.0: `include` (with `*`), quotes and units as there. What has no meaning here and would change what clients see is refused, all of it at once and with its line; what no answer depends on is ignored, and the start says so. Debian's redis.conf starts as it is.

      - `dir` is where Redis had its files: Headwater's data is in the folder `headwater` under it, so a `dump.rdb` stays untouched. `--data` wins.
      - `bind` is for the Redis protocol only; the others listen where `--bind` says. Without a `bind` line all listen on 127.0.0.1, not everywhere as redis-server would.
      - `appendfsync` counts whatever `appendonly` says, for the log is always on. Headwater's own default is `always`; the redis.conf that comes with Redis says `everysec`.
      - `rename-command` works, with an empty name too; an ACL is the better way.
      - What stands on the command line wins over the file.

      CONFIG GET shows Redis's default of what has no meaning here, and CONFIG SET takes that value only. What CONFIG SET changed is forgotten at the end of the process unless CONFIG REWRITE writes it to the file; without `--redis-conf` there is no file to write. CONFIG SET of several parameters changes all or none.

      | parameter | acts here | values | default | what it does, or why it does nothing |
      | --- | --- | --- | --- | --- |
      """;

  private SettingsPage() {}

  public static String text() {
    StringBuilder out = new StringBuilder(HEAD);
    for (Parameter p : Parameters.ALL.all()) {
      out.append("| ")
          .append(p.name())
          .append(p.alias().isEmpty() ? "" : ", " + p.alias())
          .append(" | ")
          .append(p.use().words())
          .append(" | ")
          .append(p.kind().words())
          .append(" | ")
          .append(p.fallback().isEmpty() ? "empty" : p.fallback().replace("|", "\\|"))
          .append(" | ")
          .append(p.meaning())
          .append(" |\n");
    }
    return out.toString();
  }
}
