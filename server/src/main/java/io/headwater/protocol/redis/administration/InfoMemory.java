package io.headwater.protocol.redis.administration;

import io.headwater.protocol.redis.Call;
import io.headwater.protocol.redis.RedisServer;
import io.headwater.protocol.redis.ScriptUsage;
import io.headwater.view.keyspace.Eviction;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** INFO's section about memory. */
final class InfoMemory {
  private static final String[] UNITS = {"B", "K", "M", "G", "T", "P"};

  private InfoMemory() {}

  static Map<String, Object> of(Call call) {
    RedisServer server = call.server();
    Map<String, Object> fields = new LinkedHashMap<>();
    Eviction eviction = server.keyspace().eviction();
    Runtime runtime = Runtime.getRuntime();
    long data = server.keyspace().memory().usedBytes();
    long used = eviction.usedBytes();
    long peak = Math.max(used, eviction.peakBytes());
    long reserved = server.keyspace().memory().reservedBytes();
    long resident = reserved + runtime.totalMemory();
    size(fields, "used_memory", used);
    size(fields, "used_memory_rss", resident);
    size(fields, "used_memory_peak", peak);
    fields.put("used_memory_peak_perc", percent(used, peak));
    fields.put("used_memory_overhead", Math.max(0, used - data));
    fields.put("used_memory_startup", 0);
    fields.put("used_memory_dataset", data);
    fields.put("used_memory_dataset_perc", percent(data, used));
    fields.put("allocator_allocated", data);
    fields.put("allocator_active", reserved);
    fields.put("allocator_resident", reserved);
    size(fields, "total_system_memory", systemBytes());
    scripts(fields, server.table().scriptUsage().figures(call));
    fields.put("heap_used", runtime.totalMemory() - runtime.freeMemory());
    size(fields, "maxmemory", server.settings().number("maxmemory"));
    fields.put("maxmemory_policy", server.settings().text("maxmemory-policy"));
    fields.put("allocator_frag_ratio", ratio(reserved, data));
    fields.put("allocator_frag_bytes", Math.max(0, reserved - data));
    fields.put("allocator_rss_ratio", "1.00");
    fields.put("allocator_rss_bytes", 0);
    fields.put("rss_overhead_ratio", ratio(resident, reserved));
    fields.put("rss_overhead_bytes", resident - reserved);
    fields.put("mem_fragmentation_ratio", ratio(reserved, data));
    fields.put("mem_fragmentation_bytes", Math.max(0, reserved - data));
    long backlog = server.replicas().backlogBytes();
    long buffers = server.replicas().bufferBytes();
    fields.put("mem_not_counted_for_evict", buffers);
    fields.put("mem_replication_backlog", backlog);
    fields.put("mem_total_replication_buffers", buffers);
    fields.put("mem_clients_slaves", Math.max(0, buffers - backlog));
    fields.put("mem_clients_normal", server.memory().clientBytes());
    Info.zeros(fields, "mem_cluster_links", "mem_aof_buffer");
    fields.put("mem_allocator", "headwater");
    Info.zeros(fields, "active_defrag_running", "lazyfree_pending_objects", "lazyfreed_objects");
    return fields;
  }

  private static void scripts(Map<String, Object> fields, ScriptUsage.Figures figures) {
    long states = figures.evalStateBytes() + figures.functionStateBytes();
    long scripts = figures.evalBytes() + figures.functionBytes();
    fields.put("used_memory_lua", figures.evalStateBytes());
    fields.put("used_memory_vm_eval", figures.evalStateBytes());
    fields.put("used_memory_lua_human", human(figures.evalStateBytes()));
    fields.put("used_memory_scripts_eval", figures.evalBytes());
    fields.put("number_of_cached_scripts", figures.scripts());
    fields.put("number_of_functions", figures.functions());
    fields.put("number_of_libraries", figures.libraries());
    fields.put("used_memory_vm_functions", figures.functionStateBytes());
    size(fields, "used_memory_vm_total", states);
    fields.put("used_memory_functions", figures.functionBytes());
    size(fields, "used_memory_scripts", scripts);
  }

  private static void size(Map<String, Object> fields, String name, long bytes) {
    fields.put(name, bytes);
    fields.put(name + "_human", human(bytes));
  }

  private static String percent(long part, long whole) {
    return String.format(Locale.ROOT, "%.2f%%", whole == 0 ? 0 : 100.0 * part / whole);
  }

  private static String ratio(long part, long whole) {
    return String.format(Locale.ROOT, "%.2f", whole == 0 ? 1 : (double) part / whole);
  }

  private static long systemBytes() {
    return java.lang.management.ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }

  /** As Redis: 512B, 1.50K, 3.20G. */
  private static String human(long bytes) {
    int unit = 0;
    double value = bytes;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + "B" : String.format(Locale.ROOT, "%.2f%s", value, UNITS[unit]);
  }
}
