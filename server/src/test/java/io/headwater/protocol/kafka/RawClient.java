package io.headwater.protocol.kafka;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** A client that asks for one thing after the other, in any version. */
final class RawClient implements AutoCloseable {
  private final Socket socket;
  private final DataInputStream in;
  private int correlationId;

  RawClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(60_000);
    in = new DataInputStream(socket.getInputStream());
  }

  ApiMessage ask(ApiKeys key, int version, ApiMessage body) throws IOException {
    int id = correlationId++;
    socket.getOutputStream().write(Wire.request(id, key, (short) version, body));
    ByteBuffer response = ByteBuffer.wrap(in.readNBytes(in.readInt()));
    Wire.Response answer = new Wire.Response(response.getInt(0), response);
    if (answer.correlationId() != id) {
      throw new AssertionError("answer to " + answer.correlationId() + ", not to " + id);
    }
    return Wire.body(answer, key, version);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
