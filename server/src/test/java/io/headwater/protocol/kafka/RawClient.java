package io.headwater.protocol.kafka;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.AbstractRequest;

/** A client that asks for one thing after the other, in any version. */
final class RawClient implements AutoCloseable {
  private final Socket socket;
  private final DataInputStream in;
  private int correlationId;

  RawClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    in = new DataInputStream(socket.getInputStream());
  }

  ApiMessage ask(AbstractRequest request) throws IOException {
    int id = correlationId++;
    socket.getOutputStream().write(Wire.request(id, request));
    byte[] response = in.readNBytes(in.readInt());
    Wire.Response answer =
        new Wire.Response(ByteBuffer.wrap(response).getInt(0), ByteBuffer.wrap(response));
    if (answer.correlationId() != id) {
      throw new AssertionError("answer to " + answer.correlationId() + ", not to " + id);
    }
    return Wire.body(answer, request.apiKey(), request.version());
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
