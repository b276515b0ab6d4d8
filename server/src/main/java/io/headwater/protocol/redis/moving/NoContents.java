package io.headwater.protocol.redis.moving;

import io.headwater.protocol.redis.rdb.Payload;
import io.headwater.protocol.redis.rdb.RdbFile;
import org.jspecify.annotations.Nullable;

/** For a first look at a file that only asks whether it is whole. */
final class NoContents implements RdbFile.Contents {
  @Override
  public void note(String name, String value) {}

  @Override
  public void sizes(int db, long keys, long expiring) {}

  @Override
  public void library(byte[] code) {}

  @Override
  public void value(RdbFile.Head head, Payload payload) {}

  @Override
  public void command(RdbFile.Head head, byte[][] arguments) {}

  @Override
  public void built(RdbFile.Head head) {}

  @Override
  public void refused(RdbFile.@Nullable Head head, String what) {}
}
