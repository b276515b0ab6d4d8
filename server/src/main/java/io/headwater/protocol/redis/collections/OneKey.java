package io.headwater.protocol.redis.collections;

import static io.headwater.protocol.redis.facts.Flags.READONLY;
import static io.headwater.protocol.redis.facts.Flags.WRITE;

import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.facts.Group;

/** Declares the commands of one group that have one key, as argument 1: most of a collection's. */
record OneKey(CommandTable table, Group group) {
  /**
   * @param flags of {@link Command}, besides {@code WRITE}
   * @param since the version of Redis that had it first
   */
  void write(
      String name, int arity, int flags, String since, String summary, Command.Handler handler) {
    add(name, arity, WRITE | flags, since, summary, handler);
  }

  /** Like {@link #write}, with {@code READONLY}. */
  void read(
      String name, int arity, int flags, String since, String summary, Command.Handler handler) {
    add(name, arity, READONLY | flags, since, summary, handler);
  }

  private void add(
      String name, int arity, int flags, String since, String summary, Command.Handler handler) {
    table.add(
        Command.command(name, arity, flags, group, since, summary).keys(1, 1, 1).does(handler));
  }
}
