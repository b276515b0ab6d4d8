package io.headwater;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("counts what others allocate")
class HeapAtRestTest {
  private static final int ARRAYS = 8_192;
  private static final int ARRAY_BYTES = 4 << 10;

  @Test
  void limitsOfTheHeapAreAsTheyWere() {
    List<String> limits = limits();

    HeapAtRest.shrink(() -> true);

    assertThat(limits()).isEqualTo(limits);
  }

  @Test
  void garbageBetweenWhatLivesIsGone() {
    assumeThat(ManagementFactory.getGarbageCollectorMXBeans())
        .anyMatch(collector -> collector.getName().equals("G1 Young Generation"));
    List<byte[]> arrays = new ArrayList<>();
    for (int i = 0; i < ARRAYS; i++) {
      arrays.add(new byte[ARRAY_BYTES]);
    }
    HeapAtRest.shrink(() -> true); // now they are old
    long full = usedBytes();
    for (int i = 0; i < ARRAYS; i += 2) {
      arrays.set(i, new byte[0]);
    }

    HeapAtRest.shrink(() -> true);

    long freed = full - usedBytes();
    assertThat(freed).isGreaterThan((long) ARRAYS * ARRAY_BYTES / 4);
    assertThat(arrays).hasSize(ARRAYS);
  }

  private static long usedBytes() {
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static List<String> limits() {
    HotSpotDiagnosticMXBean machine =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    return List.of(
        machine.getVMOption("MinHeapFreeRatio").getValue(),
        machine.getVMOption("MaxHeapFreeRatio").getValue());
  }
}
