package io.headwater.view.keyspace;

import io.headwater.bytes.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Who wants to hear of a change of which keys. A watcher may watch many keys and a key many. */
final class Watches {
  private record Watched(int db, Bytes key) {}

  private final Map<Watched, List<Keyspace.Watcher>> watchers = new HashMap<>();
  private final Map<Keyspace.Watcher, List<Watched>> keys = new HashMap<>();

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
    if (!watchers.isEmpty() && key.db < Keyspace.DATABASES) {
      touch(new Watched(key.db, key.toBytes()));
    }
  }

  /** Touches the watched keys of a database that the predicate holds for. */
  void touchAll(int db, Predicate<Key> there) {
    if (watchers.isEmpty()) {
      return;
    }
    Key key = new Key();
    for (Watched watched : List.copyOf(watchers.keySet())) {
      if (watched.db == db && there.test(key.at(db, watched.key))) {
        touch(watched);
      }
    }
  }

  private void touch(Watched watched) {
    List<Keyspace.Watcher> list = watchers.get(watched);
    if (list != null) {
      List.copyOf(list).forEach(Keyspace.Watcher::touched);
    }
  }
}
