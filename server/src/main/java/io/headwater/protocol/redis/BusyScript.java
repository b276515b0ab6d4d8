package io.headwater.protocol.redis;

/** A script that has run for longer than {@code busy-reply-threshold} and still runs. */
public interface BusyScript {
  /** What a command gets that may not run meanwhile. */
  CommandError refusal(Command command);

  /**
   * Ends it whatever it has written; that is not logged, because the process ends, too: SHUTDOWN
   * NOSAVE.
   */
  void abandon();
}
