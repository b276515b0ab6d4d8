package io.headwater.host;

/**
 * A bug left an owner's state apart from the log. Thrown through a session it does not only end the
 * connection: the loop fails, and with it the process, whose next start reads the log.
 */
public final class OwnerFailed extends Error {
  private static final long serialVersionUID = 1L;

  public OwnerFailed(String owner, Throwable bug) {
    super("a bug in the middle of a change of the " + owner + ": " + bug, bug);
  }
}
