package io.headwater.protocol.redis.replication;

import io.headwater.bytes.BufferFull;
import io.headwater.host.Connection;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.rdb.RdbFileWriter;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client that said it is a replica, and from SYNC or PSYNC on what it is sent. Loop only. */
final class Replica {
  /** How far it is, with the words of INFO. */
  enum State {
    /** It only spoke of itself so far. */
    ANNOUNCED("announced"),
    /** A checkpoint is being made. */
    WAITING("wait_bgsave"),
    SENDING("send_bulk"),
    /** It has the file, whose end it must see before anything else comes. */
    LOADING("send_bulk"),
    ONLINE("online");

    final String word;

    State(String word) {
      this.word = word;
    }
  }

  /** A connection is given more while less than this waits. */
  private static final int PENDING_BYTES = 512 << 10;

  private static final int TAKEN_BYTES = 64 << 10;

  final RedisSession session;
  State state = State.ANNOUNCED;

  // What it says of itself.
  String address = "";
  int port;
  boolean takesMark;
  boolean takesNewIds;
  boolean wantsFileOnly;
  RdbFileWriter.Contents wanted = RdbFileWriter.Contents.ALL;

  /** Whether it asked by SYNC and acknowledges nothing. */
  boolean isSilent;

  @Nullable Snapshot snapshot;
  Backlog.@Nullable Reader reader;

  /** Whether the checkpoint that it gets is there. */
  boolean isSaved;

  /** Whether bytes of the file went out, so that no line feeds may. */
  boolean isFileBegun;

  /** Whether it said that it has the whole file, maybe before the loop noted that it sent it. */
  boolean hasLoaded;

  long acknowledged;
  long heardNanos;

  // To see whether it takes what it is sent.
  long sentBytes;
  long movedNanos;

  /** Since when it is past the soft limit; 0 while it is not. */
  long behindSinceNanos;

  Replica(RedisSession session) {
    this.session = session;
  }

  boolean isOnline() {
    return state == State.ONLINE;
  }

  Connection connection() {
    return session.connection();
  }

  String shownAddress() {
    String own = session.address();
    return address.isEmpty() ? own.substring(0, own.lastIndexOf(':')) : address;
  }

  /** Whole seconds since it was heard of. */
  long lagSeconds(long nowNanos) {
    return TimeUnit.NANOSECONDS.toSeconds(nowNanos - heardNanos);
  }

  /**
   * Gives its connection what there is for it, and closes it if memory has no room for that.
   *
   * @return whether there is more
   */
  boolean pump() {
    try {
      return giveAll();
    } catch (BufferFull e) {
      session.closeNow();
      return false;
    }
  }

  private boolean giveAll() {
    Connection connection = connection();
    while (!connection.isClosed() && !session.isClosing()) {
      if (connection.pendingBytes() >= PENDING_BYTES) {
        return true;
      }
      if (!give(connection)) {
        return false;
      }
    }
    return false;
  }

  private boolean give(Connection connection) {
    Snapshot file = snapshot;
    Backlog.Reader commands = reader;
    if (state == State.SENDING && file != null) {
      byte[] piece = file.poll();
      if (piece == null) {
        return false;
      }
      if (Snapshot.isEnd(piece)) {
        fileEnded();
      } else {
        isFileBegun = true;
        connection.out().put(piece);
      }
      return true;
    }
    return state == State.ONLINE
        && commands != null
        && commands.offset() < commands.end()
        && commands.take(connection.out(), TAKEN_BYTES) > 0;
  }

  private void fileEnded() {
    snapshot = null;
    heardNanos = movedNanos;
    if (wantsFileOnly) {
      session.closeAfterReply();
    } else {
      // a replica looks for the file's mark at the end of what it read
      state = takesMark && !hasLoaded ? State.LOADING : State.ONLINE;
    }
  }

  /** Gives back what it holds. */
  void leave() {
    Snapshot file = snapshot;
    if (file != null) {
      file.abandon();
      snapshot = null;
    }
    Backlog.Reader commands = reader;
    if (commands != null) {
      commands.detach();
      reader = null;
    }
  }
}
