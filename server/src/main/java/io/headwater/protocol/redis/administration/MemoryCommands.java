package io.headwater.protocol.redis.administration;

import static io.headwater.protocol.redis.Command.command;
import static io.headwater.protocol.redis.facts.Flags.READONLY;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.Command;
import io.headwater.protocol.redis.CommandError;
import io.headwater.protocol.redis.CommandTable;
import io.headwater.protocol.redis.Help;
import io.headwater.protocol.redis.facts.Group;
import io.headwater.protocol.redis.resp.Reply;
import io.headwater.view.keyspace.Eviction;
import io.headwater.view.keyspace.Keyspace;
import io.headwater.view.keyspace.MemoryUse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** MEMORY: what keys and the server take. */
final class MemoryCommands {
  private static final long SMALL_BYTES = 5 << 20;
  private static final double FRAGMENTED = 1.4;
  private static final double PEAK_FAR_ABOVE = 1.5;

  private MemoryCommands() {}

  static void addTo(CommandTable table) {
    table.add(
        command("memory", -2, 0, Group.SERVER, "4.0.0", "Says what keys and the server take")
            .sub(sub("doctor", 2, 0, "Says what is odd about memory", MemoryCommands::doctor))
            .sub(sub("malloc-stats", 2, 0, "How blocks are kept", MemoryCommands::mallocStats))
            .sub(sub("purge", 2, 0, "Gives free memory back", MemoryCommands::purge))
            .sub(sub("stats", 2, 0, "What the server takes", MemoryCommands::stats))
            .sub(
                command(
                        "memory|usage",
                        -3,
                        READONLY,
                        Group.SERVER,
                        "4.0.0",
                        "Bytes that a key with its value takes")
                    .keys(2, 2, 1)
                    .does(MemoryCommands::usage))
            .sub(Help.of("memory", Group.SERVER))
            .container());
  }

  private static Command sub(
      String name, int arity, int flags, String summary, Command.Handler handler) {
    return command("memory|" + name, arity, flags, Group.SERVER, "4.0.0", summary).does(handler);
  }

  /** Exact, whatever SAMPLES says. */
  private static void usage(Call call) {
    for (int i = 3; i < call.count(); i += 2) {
      if (!call.is(i, "samples") || i + 1 == call.count()) {
        throw CommandError.SYNTAX;
      }
      if (call.integer(i + 1) < 0) {
        throw CommandError.SYNTAX;
      }
    }
    long entry = call.keyspace().peek(call.key(2));
    if (entry == 0) {
      call.reply().nil();
    } else {
      call.reply().integer(call.keyspace().memory().entryBytes(entry));
    }
  }

  private static void purge(Call call) {
    call.keyspace().memory().purge();
    call.reply().ok();
  }

  private static void mallocStats(Call call) {
    call.reply().verbatim(call.keyspace().memory().describe());
  }

  private static void stats(Call call) {
    Keyspace keyspace = call.keyspace();
    MemoryUse memory = keyspace.memory();
    Eviction eviction = keyspace.eviction();
    List<Integer> databases = new ArrayList<>();
    long keys = 0;
    long tables = 0;
    for (int db = 0; db < Keyspace.DATABASES; db++) {
      tables += memory.tableBytes(db);
      keys += keyspace.size(db);
      if (keyspace.size(db) > 0) {
        databases.add(db);
      }
    }
    long used = eviction.usedBytes();
    long reserved = memory.reservedBytes();
    long resident = reserved + Runtime.getRuntime().totalMemory();
    long clients = call.server().memory().clientBytes();
    long overhead = tables + clients;
    long data = used - overhead;
    Reply reply = call.reply();
    reply.map(27 + databases.size());
    field(reply, "peak.allocated", eviction.peakBytes());
    field(reply, "total.allocated", used);
    field(reply, "startup.allocated", 0);
    field(reply, "replication.backlog", call.server().replicas().backlogBytes());
    field(reply, "clients.slaves", 0);
    field(reply, "clients.normal", clients);
    field(reply, "cluster.links", 0);
    field(reply, "aof.buffer", 0);
    field(reply, "lua.caches", 0);
    field(reply, "functions.caches", 0);
    for (int db : databases) {
      reply.bulk("db." + db);
      reply.map(3);
      field(reply, "overhead.hashtable.main", memory.tableBytes(db));
      field(reply, "overhead.hashtable.expires", 0);
      field(reply, "overhead.hashtable.slot-to-keys", 0);
    }
    field(reply, "overhead.total", overhead);
    field(reply, "keys.count", keys);
    field(reply, "keys.bytes-per-key", keys == 0 ? 0 : used / keys);
    field(reply, "dataset.bytes", data);
    ratio(reply, "dataset.percentage", used == 0 ? 0 : 100.0 * data / used);
    ratio(reply, "peak.percentage", 100.0 * used / Math.max(1, eviction.peakBytes()));
    field(reply, "allocator.allocated", memory.usedBytes());
    field(reply, "allocator.active", reserved);
    field(reply, "allocator.resident", reserved);
    ratio(reply, "allocator-fragmentation.ratio", (double) reserved / memory.usedBytes());
    field(reply, "allocator-fragmentation.bytes", reserved - memory.usedBytes());
    ratio(reply, "allocator-rss.ratio", 1);
    field(reply, "allocator-rss.bytes", 0);
    ratio(reply, "rss-overhead.ratio", (double) resident / reserved);
    field(reply, "rss-overhead.bytes", resident - reserved);
    ratio(reply, "fragmentation", (double) resident / memory.usedBytes());
    field(reply, "fragmentation.bytes", resident - memory.usedBytes());
  }

  private static void field(Reply reply, String name, long value) {
    reply.bulk(name);
    reply.integer(value);
  }

  private static void ratio(Reply reply, String name, double value) {
    reply.bulk(name);
    reply.doubleValue(value);
  }

  private static void doctor(Call call) {
    MemoryUse memory = call.keyspace().memory();
    Eviction eviction = call.keyspace().eviction();
    long used = eviction.usedBytes();
    if (used < SMALL_BYTES) {
      call.reply().verbatim("There is too little data here to say anything about its memory.");
      return;
    }
    List<String> findings = new ArrayList<>();
    if (eviction.peakBytes() > used * PEAK_FAR_ABOVE) {
      findings.add(
          "At its peak it took "
              + eviction.peakBytes()
              + " bytes and now "
              + used
              + ": the memory of the difference is kept for new data.");
    }
    double fragmented = (double) memory.reservedBytes() / memory.usedBytes();
    if (fragmented > FRAGMENTED) {
      findings.add(
          String.format(
              Locale.ROOT,
              "%.2f times as much memory is taken from the system as is in use: MEMORY PURGE gives"
                  + " back what is free.",
              fragmented));
    }
    long heapMax = Runtime.getRuntime().maxMemory();
    if (memory.heapBytes() > heapMax / 2) {
      findings.add(
          "Large collections take "
              + memory.heapBytes()
              + " bytes of the heap's "
              + heapMax
              + ": give the JVM a larger -Xmx.");
    }
    long limit = call.server().settings().number("maxmemory");
    if (limit > 0 && used > limit) {
      findings.add("More memory is in use than maxmemory allows: keys are being evicted.");
    }
    call.reply().verbatim(findings.isEmpty() ? "Nothing is odd." : String.join("\n", findings));
  }
}
