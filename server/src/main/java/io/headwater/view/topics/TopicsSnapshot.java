package io.headwater.view.topics;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.MalformedBytes;
import io.headwater.view.catalog.CatalogCodec;
import io.headwater.view.catalog.CatalogEvent;
import io.headwater.view.catalog.Topic;
import java.util.ArrayList;
import java.util.List;

/** What a checkpoint holds; see docs/formats/topics.md. */
record TopicsSnapshot(List<Topic> topics, List<OfPartition> partitions) {
  private static final int VERSION = 1;

  /** One partition; {@code producers} as {@link Producers} encodes them. */
  record OfPartition(
      int stream,
      long logStart,
      long endOffset,
      int nextGeneration,
      long cleanedTo,
      List<OfSegment> segments,
      byte[] producers) {}

  /** One segment: its file is at least {@code size} bytes long, what is behind that is void. */
  record OfSegment(
      String name,
      long baseOffset,
      long size,
      long endOffset,
      long maxTimestampMs,
      long firstTimestampMs) {}

  byte[] encode() {
    ByteWriter out = new ByteWriter(4096);
    out.putVarint(VERSION);
    ByteWriter events = new ByteWriter();
    for (Topic topic : topics) {
      CatalogCodec.encode(events, new CatalogEvent.TopicCreated(topic));
    }
    out.putSized(events.array(), 0, events.size());
    out.putVarint(partitions.size());
    for (OfPartition p : partitions) {
      out.putVarint(p.stream).putVarint(p.logStart).putVarint(p.endOffset);
      out.putVarint(p.nextGeneration).putVarint(p.cleanedTo).putVarint(p.segments.size());
      for (OfSegment s : p.segments) {
        out.putString(s.name).putVarint(s.baseOffset).putVarint(s.size).putVarint(s.endOffset);
        out.putSigned(s.maxTimestampMs).putSigned(s.firstTimestampMs);
      }
      out.putSized(p.producers);
    }
    return out.toByteArray();
  }

  static TopicsSnapshot decode(byte[] payload) {
    ByteReader in = new ByteReader(payload);
    long version = in.getVarint();
    if (version != VERSION) {
      throw new MalformedBytes("topics checkpoint of version " + version);
    }
    List<Topic> topics = new ArrayList<>();
    for (CatalogEvent event : CatalogCodec.decodeAll(in.slice(in.getLength()))) {
      if (event instanceof CatalogEvent.TopicCreated(Topic topic)) {
        topics.add(topic);
      }
    }
    List<OfPartition> partitions = new ArrayList<>();
    int count = in.getCount();
    for (int i = 0; i < count; i++) {
      partitions.add(partition(in));
    }
    return new TopicsSnapshot(topics, partitions);
  }

  private static OfPartition partition(ByteReader in) {
    int stream = in.getCount();
    long logStart = in.getVarint();
    long endOffset = in.getVarint();
    int nextGeneration = in.getCount();
    long cleanedTo = in.getVarint();
    int count = in.getCount();
    List<OfSegment> segments = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      segments.add(
          new OfSegment(
              in.getString(),
              in.getVarint(),
              in.getVarint(),
              in.getVarint(),
              in.getSigned(),
              in.getSigned()));
    }
    return new OfPartition(
        stream, logStart, endOffset, nextGeneration, cleanedTo, segments, in.getSizedArray());
  }
}
