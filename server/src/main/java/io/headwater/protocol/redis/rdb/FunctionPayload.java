package io.headwater.protocol.redis.rdb;

import io.headwater.bytes.ByteWriter;
import io.headwater.bytes.Bytes;
import io.headwater.protocol.redis.CommandError;
import java.util.ArrayList;
import java.util.List;

/**
 * Libraries of functions as FUNCTION DUMP shows them: for each {@code | 245 u8 | code (string) |},
 * then version and checksum as behind a dumped value.
 */
public final class FunctionPayload {
  private static final CommandError WRONG =
      new CommandError("ERR DUMP payload version or checksum are wrong");

  private FunctionPayload() {}

  public static byte[] write(List<Bytes> codes) {
    ByteWriter out = new ByteWriter();
    RdbWriter writer = new RdbWriter();
    for (Bytes code : codes) {
      out.putByte(RdbType.FUNCTION_2);
      writer.string(out, code.array(), 0, code.length());
    }
    RdbWriter.footer(out, 0);
    return out.toByteArray();
  }

  /**
   * @throws CommandError with Redis's words if it is no such payload
   */
  public static List<Bytes> read(byte[] array, int from, int length) {
    if (!RdbType.isFooterRight(array, from, length)) {
      throw WRONG;
    }
    RdbInput in = RdbInput.of(array, from, length - RdbType.FOOTER_BYTES);
    List<Bytes> codes = new ArrayList<>();
    Piece piece = new Piece();
    try {
      while (in.hasMore()) {
        int type = in.getByte();
        if (type != RdbType.FUNCTION_2) {
          throw new CommandError("ERR given type is not a function");
        }
        in.getString(piece);
        codes.add(Bytes.copyOf(piece.array(), piece.from(), piece.length()));
      }
    } catch (io.headwater.bytes.MalformedBytes e) {
      throw new CommandError("ERR failed loading functions data");
    }
    return codes;
  }
}
