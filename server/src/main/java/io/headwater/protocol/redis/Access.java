package io.headwater.protocol.redis;

import io.headwater.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what. The core asks; {@code access} decides, which knows the users and their rules. A
 * client of the default user that may do all costs one look at a boolean a command: {@link
 * RedisSession#isFree}.
 */
public interface Access {
  /** A user as the core sees it. A change of its rules makes another one. */
  interface User {
    String name();
  }

  /** Called once, when the server stands. */
  void attach(RedisServer server);

  /**
   * A client has come, or said RESET: makes it the default user's.
   *
   * @return null, or the error line with which it is turned away
   */
  @Nullable String welcome(RedisSession session);

  /**
   * Checks a command that a client sent, and notes what is refused.
   *
   * @throws CommandError NOAUTH or NOPERM
   */
  void check(Call call, Command command);

  /**
   * Checks a queued command again when its transaction runs.
   *
   * @return null, or the error line
   */
  @Nullable String refusalAtExec(Call call, Command command);

  /**
   * Checks a command of a script, as the client that runs it, and notes what is refused.
   *
   * @return null, or the reason, for the script's error
   */
  @Nullable String refusalInScript(Call call, Command command);

  /** Whether the client's user may run this; notes nothing. */
  boolean permits(Call call, Command command);

  /**
   * Makes the client another user's.
   *
   * @throws CommandError WRONGPASS, and notes it
   */
  void signIn(Call call, String user, Bytes password);

  /** Whether the client has to say who it is before it may do anything. */
  boolean mustSignIn(RedisSession session);

  /** Whether there is a user of this name. */
  boolean knows(String user);

  /** Lets the reply to this call wait until every change of users so far is durable. */
  void settle(Call call);
}
