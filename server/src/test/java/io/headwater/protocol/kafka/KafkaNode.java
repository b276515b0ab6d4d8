package io.headwater.protocol.kafka;

import io.headwater.host.Clock;
import io.headwater.host.Listeners;
import io.headwater.host.NetworkLoop;
import io.headwater.host.RealDisk;
import io.headwater.host.TaskLoop;
import io.headwater.log.Frame;
import io.headwater.log.Journal;
import io.headwater.log.Log;
import io.headwater.log.LogCursor;
import io.headwater.log.LoggedPart;
import io.headwater.view.DurableWaiters;
import io.headwater.view.Inbox;
import io.headwater.view.View;
import io.headwater.view.catalog.Catalog;
import io.headwater.view.groups.Groups;
import io.headwater.view.groups.GroupsConfig;
import io.headwater.view.topics.Topics;
import io.headwater.view.topics.TopicsConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A node with nothing but log, catalog, topics, groups and the Kafka protocol, on a free port. */
final class KafkaNode implements AutoCloseable {
  final Catalog catalog;
  final Topics topics;
  final Groups groups;
  final KafkaProtocol protocol;
  final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final Journal log;
  private final NetworkLoop topicsLoop;
  private final TaskLoop catalogLoop;
  private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
  private final InetSocketAddress address;

  KafkaNode(Path folder, KafkaSettings settings, GroupsConfig groupsConfig) throws IOException {
    Clock clock = Clock.system();
    RealDisk disk = RealDisk.at(folder);
    topicsLoop = new NetworkLoop("topics", clock, failures::add);
    catalogLoop = new TaskLoop("catalog", clock, failures::add);
    Inbox inbox = new Inbox(32 << 20);
    log =
        Journal.open(
            disk,
            clock,
            Journal.Settings.defaults().withSegmentBytes(8 << 20),
            (position, timeMs, frame) -> route(inbox, position, timeMs, frame),
            failures::add);
    DurableWaiters durable = new DurableWaiters(log);
    catalog = new Catalog(catalogLoop, disk, () -> log, () -> durable);
    topics =
        new Topics(
            TopicsConfig.DEFAULTS,
            topicsLoop,
            disk,
            clock,
            inbox,
            () -> log,
            catalog,
            background,
            failures::add);
    recover(List.of(catalog, topics));
    inbox.ownedBy(topicsLoop);
    groups = new Groups(groupsConfig, clock, topicsLoop, log, catalog, topics);
    protocol = new KafkaProtocol(settings, topicsLoop, clock, log, catalog, topics, groups);
    protocol.start();
    topics.start();
    log.addDurableListener(topicsLoop::release);
    catalogLoop.start();
    topicsLoop.start();
    groups.start();
    address =
        topicsLoop.listen(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new Listeners.Limits(100, 101 << 20, 1L << 30),
            protocol);
  }

  private static void route(Inbox inbox, long position, long timeMs, Frame frame) {
    for (int i = 0; i < frame.partCount(); i++) {
      Frame.Part part = frame.partAt(i);
      boolean topic = part.stream() >= Log.FIRST_FREE_STREAM;
      if (part.count() > 0
          && (part.stream() == Log.CATALOG_STREAM
              || (topic && frame.origin() != Frame.Origin.TOPICS))) {
        inbox.put(LoggedPart.copyOf(position, timeMs, part));
      }
    }
  }

  private void recover(List<View> views) throws IOException {
    long end = log.appended();
    long[] loaded = new long[views.size()];
    for (int i = 0; i < loaded.length; i++) {
      loaded[i] = views.get(i).load(end);
    }
    try (LogCursor cursor = log.read(0)) {
      while (cursor.next()) {
        for (LoggedPart part : cursor.parts()) {
          for (int i = 0; i < loaded.length; i++) {
            if (part.position() > loaded[i] && views.get(i).follows(part.stream())) {
              views.get(i).replay(part);
            }
          }
        }
      }
    }
    for (View view : views) {
      view.recovered(end);
    }
  }

  int port() {
    return address.getPort();
  }

  String bootstrap() {
    return "127.0.0.1:" + port();
  }

  @Override
  public void close() throws IOException {
    groups.close();
    topicsLoop.close();
    catalogLoop.close();
    log.close();
    background.shutdownNow();
  }
}
