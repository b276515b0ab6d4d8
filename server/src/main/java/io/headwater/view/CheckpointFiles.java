package io.headwater.view;

import io.headwater.bytes.ByteReader;
import io.headwater.bytes.ByteWriter;
import io.headwater.host.Disk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Small checkpoints as one file each, {@code <folder>/<position as 20 digits>.checkpoint}: the
 * magic {@code HWCKPT01}, the position, the payload's length, its CRC32C, the payload. Written
 * under another name, synced and renamed, so a file with the right name is whole or damaged, never
 * half written.
 */
@AnyThread
public final class CheckpointFiles {
  private static final long MAGIC = 0x3130_5450_4b43_5748L; // "HWCKPT01", little-endian
  private static final String ENDING = ".checkpoint";

  private final Disk disk;
  private final String folder;

  public CheckpointFiles(Disk disk, String folder) {
    this.disk = disk;
    this.folder = folder;
  }

  /**
   * The newest checkpoint that covers no more than {@code logEnd}; deletes newer ones and
   * unfinished ones.
   *
   * @return its position; 0 when there is none
   */
  public synchronized long newest(long logEnd) throws IOException {
    disk.createFolder(folder);
    disk.syncFolder(folder); // a killed process may have left names that no sync has seen
    long newest = 0;
    for (String name : disk.list(folder)) {
      if (name.endsWith(ENDING + ".tmp")) {
        disk.delete(folder + "/" + name);
      } else if (name.endsWith(ENDING)) {
        if (positionOf(name) > logEnd) {
          disk.delete(folder + "/" + name);
        } else {
          newest = Math.max(newest, positionOf(name));
        }
      }
    }
    return newest;
  }

  /**
   * Reads a checkpoint's payload.
   *
   * @throws IOException naming the file if it is damaged
   */
  public byte[] read(long position) throws IOException {
    String path = path(position);
    byte[] file = disk.readAll(path);
    if (file.length < 28) {
      throw new IOException("damaged checkpoint: " + path + " has " + file.length + " bytes");
    }
    ByteReader in = new ByteReader(file);
    long magic = in.getLong();
    long covered = in.getLong();
    long length = in.getLong();
    int crc = in.getInt();
    if (magic != MAGIC || covered != position || length != in.remaining()) {
      throw new IOException("damaged checkpoint: " + path + " has a wrong header");
    }
    byte[] payload = in.getByteArray(in.remaining());
    if (crc != crc(payload)) {
      throw new IOException("damaged checkpoint: " + path + " fails its checksum");
    }
    return payload;
  }

  /** Writes a checkpoint durably. */
  public synchronized void write(long position, byte[] payload) throws IOException {
    disk.createFolder(folder);
    ByteWriter out = new ByteWriter(payload.length + 28);
    out.putLong(MAGIC).putLong(position).putLong(payload.length).putInt(crc(payload)).put(payload);
    disk.replace(path(position), out.toByteArray());
  }

  /**
   * Deletes all checkpoints older than the newest one at or below {@code position}, durably: what
   * only they rely on may go afterwards.
   */
  public synchronized void retain(long position) throws IOException {
    List<Long> positions = new ArrayList<>();
    for (String name : disk.list(folder)) {
      if (name.endsWith(ENDING)) {
        positions.add(positionOf(name));
      }
    }
    long keep = positions.stream().filter(p -> p <= position).max(Long::compare).orElse(0L);
    for (long p : positions) {
      if (p < keep) {
        disk.delete(path(p));
      }
    }
    disk.syncFolder(folder);
  }

  private String path(long position) {
    return String.format("%s/%020d%s", folder, position, ENDING);
  }

  private static long positionOf(String name) {
    return Long.parseLong(name.substring(0, name.length() - ENDING.length()));
  }

  private static int crc(byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(payload);
    return (int) crc.getValue();
  }
}
