package io.headwater.protocol.redis.replication;

import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.Transaction;
import io.headwater.protocol.redis.facts.Flags;
import io.headwater.protocol.redis.settings.Settings;
import java.util.Collection;

/**
 * {@code min-replicas-to-write}: commands that write are refused while fewer replicas than that
 * have been heard of within {@code min-replicas-max-lag} seconds. Either at 0 refuses nothing.
 *
 * <p>As in Redis this bounds for how long a master that lost its replicas takes writes; it does not
 * say that a write has come to any of them, which WAIT asks.
 */
public final class GoodReplicas {
  private static final CommandError TOO_FEW =
      new CommandError("NOREPLICAS Not enough good replicas to write.");

  private long wanted;
  private long lagSecondsMax;
  private long there;
  private boolean tooFew;

  GoodReplicas(Settings settings) {
    settings.followNumber("min-replicas-to-write", this::setWanted);
    settings.followNumber("min-replicas-max-lag", this::setLagSecondsMax);
  }

  private void setWanted(long replicas) {
    wanted = replicas;
    decide();
  }

  private void setLagSecondsMax(long seconds) {
    lagSecondsMax = seconds;
    decide();
  }

  private void decide() {
    tooFew = isOn() && there < wanted;
  }

  void count(Collection<Replica> replicas, long nowNanos) {
    there =
        replicas.stream()
            .filter(r -> r.isOnline() && r.lagSeconds(nowNanos) <= lagSecondsMax)
            .count();
    decide();
  }

  /** Whether they are asked for. */
  public boolean isOn() {
    return wanted > 0 && lagSecondsMax > 0;
  }

  /** How many there were at the last look, which comes every second. */
  public long there() {
    return there;
  }

  /** Whether commands that write are refused. */
  public boolean areTooFew() {
    return tooFew;
  }

  /**
   * Refuses what may write.
   *
   * @throws CommandError with Redis's words
   */
  public void refuse() {
    if (tooFew) {
      throw TOO_FEW;
    }
  }

  /**
   * Refuses a client's command that writes, and an EXEC of one.
   *
   * @throws CommandError with Redis's words
   */
  public void refuse(RedisSession session, Command command) {
    if (tooFew && (command.has(Flags.WRITE) || executesWrites(session, command))) {
      throw TOO_FEW;
    }
  }

  private static boolean executesWrites(RedisSession session, Command command) {
    Transaction transaction = session.transaction();
    return transaction.isOpen()
        && command.name().equals("exec")
        && transaction.queue().stream().anyMatch(q -> q.command().has(Flags.WRITE));
  }
}
