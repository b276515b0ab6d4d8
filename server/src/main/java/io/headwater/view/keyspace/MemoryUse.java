package io.headwater.view.keyspace;

import io.headwater.bytes.Memory;
import io.headwater.view.keyspace.types.ListMemory;

/** What the keys and values take, in bytes. */
public final class MemoryUse {
  private final Store store;

  MemoryUse(Store store) {
    this.store = store;
  }

  /** Keys, values and tables, on and off the heap. */
  public long usedBytes() {
    return store.usedBytes();
  }

  /** Taken from the system for them; never less than {@link #usedBytes}. */
  public long reservedBytes() {
    return store.reservedBytes();
  }

  /** Of {@link #usedBytes}: large collections, but for what of long lists is outside the heap. */
  public long heapBytes() {
    return store.large().heapBytes() + store.large().handleBytes();
  }

  /** Of {@link #usedBytes}: slots of a database. */
  public long tableBytes(int db) {
    return store.table(db).slotBytes();
  }

  /** What one entry takes, with its key, its header, the rounding of its block and its slot. */
  public long entryBytes(long entry) {
    return store.entryBytes(entry) + Long.BYTES;
  }

  /** Like {@link #usedBytes}, counted anew; -1 while something flushed is being freed. */
  public long recountedBytes() {
    return store.isFreeing() ? -1 : store.recountedBytes();
  }

  /** Gives runs of blocks that are free back to the system, which stay ours, and freed nodes. */
  public void purge() {
    store.slabs().purge();
    Memory.trim();
  }

  /** Lines about the blocks, for people. */
  public String describe() {
    ListMemory lists = store.large().lists();
    return store.slabs().describe()
        + String.format(
            "nodes of long lists: %d blocks of %d bytes%n", lists.liveBlocks(), lists.liveBytes());
  }
}
