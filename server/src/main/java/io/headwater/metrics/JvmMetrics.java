package io.headwater.metrics;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;

/** What the machine below says about itself: memory, collections, threads, processor time. */
public final class JvmMetrics {
  private JvmMetrics() {}

  /** Registers gauges that ask the JVM when somebody looks. */
  public static void register(Metrics metrics) {
    var memory = ManagementFactory.getMemoryMXBean();
    metrics.gauge(
        "headwater_jvm_heap_used_bytes",
        "heap in use, garbage included",
        () -> memory.getHeapMemoryUsage().getUsed());
    metrics.gauge(
        "headwater_jvm_heap_max_bytes",
        "the heap's limit",
        () -> memory.getHeapMemoryUsage().getMax());
    for (var pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      metrics.gauge(
          "headwater_jvm_buffer_bytes",
          "memory outside the heap that buffers hold",
          pool::getMemoryUsed,
          "pool",
          pool.getName());
    }
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      metrics.gauge(
          "headwater_jvm_gc_seconds",
          "time in collections since the start",
          () -> collector.getCollectionTime() / 1e3,
          "collector",
          collector.getName());
    }
    var threads = ManagementFactory.getThreadMXBean();
    metrics.gauge("headwater_jvm_threads", "platform threads", threads::getThreadCount);
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean system) {
      metrics.gauge(
          "headwater_process_cpu_seconds",
          "processor time since the start",
          () -> system.getProcessCpuTime() / 1e9);
    }
    var runtime = ManagementFactory.getRuntimeMXBean();
    metrics.gauge(
        "headwater_process_uptime_seconds", "since the start", () -> runtime.getUptime() / 1e3);
  }
}
