package io.headwater.protocol.redis.keys;

import io.headwater.bytes.BufferFull;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.HeapBudget;
import io.headwater.bytes.Memory;
import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.RedisSession;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.protocol.redis.text.Glob;
import io.headwater.protocol.redis.text.Numbers;
import io.headwater.view.keyspace.Entry;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.Listings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * KEYS: what it finds, written as the reply's elements. Over many keys it does not hold up other
 * clients: the keys are those of one instant after the command came, found in the pauses between
 * other commands, and its own client waits for them. In a transaction or a script it has to be at
 * once.
 */
final class KeyList {
  /** Up to so many keys are listed at once, in about a millisecond. */
  private static final int AT_ONCE_KEYS = 4096;

  private static final int SCRATCH_BYTES = 512;
  private static final int PIECE_BYTES = 1 << 20;
  private static final long REPLY_BYTES_MAX = 1L << 30;

  private final byte[] pattern;
  private final boolean all;

  /** The elements, in pieces, for one array that grows would be copied again and again. */
  private final List<ByteWriter> pieces = new ArrayList<>();

  private final HeapBudget.Share held;
  private ByteWriter elements;
  private byte[] scratch = new byte[SCRATCH_BYTES];
  private int count;

  /** Memory had no room for all names. */
  private boolean full;

  private KeyList(byte[] pattern, HeapBudget.Share held) {
    this.pattern = pattern;
    this.held = held;
    this.elements = new ByteWriter(SCRATCH_BYTES, held);
    this.all = pattern.length == 1 && pattern[0] == '*';
  }

  static void keys(Call call) {
    KeyList list =
        new KeyList(
            Arrays.copyOfRange(call.array(), call.start(1), call.start(1) + call.length(1)),
            call.server().limits().held());
    Keyspace keyspace = call.keyspace();
    if (keyspace.size(call.db()) > AT_ONCE_KEYS && call.server().waiting().isAllowed(call)) {
      list.wait(call);
      return;
    }
    long cursor = 0;
    do {
      cursor = keyspace.scan(call.db(), cursor, Integer.MAX_VALUE, list::visit);
    } while (cursor != 0);
    try {
      list.write(call.reply());
    } finally {
      list.release();
    }
  }

  private void wait(Call call) {
    RedisSession session = call.session();
    Listings.Listing listing =
        call.keyspace().listings().begin(call.db(), this::visit, () -> answer(session));
    session.suspend(() -> {
      listing.cancel();
      release();
    });
  }

  private void release() {
    pieces.forEach(ByteWriter::release);
    pieces.clear();
    elements.release();
  }

  private void answer(RedisSession session) {
    if (session.replies() == RedisSession.Replies.ON) {
      session.tell(this::write);
    }
    release();
    session.resume();
  }

  private void write(Reply reply) {
    pieces.add(elements);
    long bytes = 0;
    for (ByteWriter piece : pieces) {
      bytes += piece.size();
    }
    if (full || bytes > REPLY_BYTES_MAX) {
      reply.error("ERR the names of " + count + " keys are too much for one reply: use SCAN");
      return;
    }
    reply.array(count);
    reply.out().ensure((int) bytes);
    for (ByteWriter piece : pieces) {
      reply.out().put(piece.array(), 0, piece.size());
    }
  }

  /** Others' commands may be in the middle of a change when they come here: it throws nothing. */
  private void visit(long entry) {
    if (full) {
      return;
    }
    try {
      find(entry);
    } catch (BufferFull | OutOfMemoryError e) {
      full = true;
      scratch = new byte[0];
      release();
    }
  }

  private void find(long entry) {
    int length = Entry.keyLength(entry);
    if (!all) {
      if (length > scratch.length) {
        scratch = new byte[Integer.highestOneBit(length) << 1];
      }
      Memory.copy(Entry.key(entry), scratch, 0, length);
      if (!Glob.matches(pattern, 0, pattern.length, scratch, 0, length)) {
        return;
      }
    }
    count++;
    elements.putByte('$');
    Numbers.write(elements, length);
    elements.putByte('\r').putByte('\n');
    Memory.appendTo(elements, Entry.key(entry), length);
    elements.putByte('\r').putByte('\n');
    if (elements.size() > PIECE_BYTES) {
      pieces.add(elements);
      elements = new ByteWriter(SCRATCH_BYTES, held);
    }
  }
}
