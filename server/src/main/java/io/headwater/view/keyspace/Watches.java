package io.headwater.view.keyspace;

import io.headwater.bytes.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who wants to hear of changes, of which keys or of all. A watcher may watch many keys and a key
 * many.
 */
final class Watches {
  private record Watched(int db, Bytes key) {}

  private final Map<Watched, List<Keyspace.Watcher>> watchers = new HashMap<>();
  private final Map<Keyspace.Watcher, List<Watched>> keys = new HashMap<>();
  private @Nullable ChangeListener listener;

  void listen(@Nullable ChangeListener newListener) {
    listener = newListener;
  }

  void add(Key key, Keyspace.Watcher watcher) {
    Watched watched = new Watched(key.db, key.toBytes());
    List<Keyspace.Watcher> list = watchers.computeIfAbsent(watched, w -> new ArrayList<>());
    if (!list.contains(watcher)) {
      list.add(watcher);
      keys.computeIfAbsent(watcher, w -> new ArrayList<>()).add(watched);
    }
  }

  void remove(Keyspace.Watcher watcher) {
    List<Watched> own = keys.remove(watcher);
    if (own == null) {
      return;
    }
    for (Watched watched : own) {
      List<Keyspace.Watcher> list = watchers.get(watched);
      if (list != null) {
        list.remove(watcher);
        if (list.isEmpty()) {
          watchers.remove(watched);
        }
      }
    }
  }

  void forEachKey(Keyspace.Watcher watcher, Consumer<Key> visitor) {
    Key key = new Key();
    for (Watched watched : List.copyOf(keys.getOrDefault(watcher, List.of()))) {
      visitor.accept(key.at(watched.db, watched.key));
    }
  }

  void touch(Key key) {
    touch(key, Keyspace.Watcher::touched);
    if (listener != null) {
      listener.changed(key);
    }
  }

  /** Only the groups of a stream changed. */
  void touchGroups(Key key) {
    touch(key, Keyspace.Watcher::groupsTouched);
  }

  private void touch(Key key, Consumer<Keyspace.Watcher> how) {
    if (!watchers.isEmpty() && key.db < Keyspace.DATABASES) {
      touch(new Watched(key.db, key.toBytes()), how);
    }
  }

  /** A database changed at once: touches its watched keys that the predicate holds for. */
  void touchAll(int db, Predicate<Key> there) {
    if (listener != null) {
      listener.allChanged();
    }
    if (watchers.isEmpty()) {
      return;
    }
    Key key = new Key();
    for (Watched watched : List.copyOf(watchers.keySet())) {
      if (watched.db == db && there.test(key.at(db, watched.key))) {
        touch(watched, Keyspace.Watcher::touched);
      }
    }
  }

  private void touch(Watched watched, Consumer<Keyspace.Watcher> how) {
    List<Keyspace.Watcher> list = watchers.get(watched);
    if (list != null) {
      List.copyOf(list).forEach(how);
    }
  }

  /** The end of a turn. */
  void settle() {
    if (listener != null) {
      listener.settle();
    }
  }
}
