package io.headwater.protocol.http;

import io.headwater.metrics.Metrics;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Listens for HTTP/1.1 on one address and serves one protocol: Jetty with one selector on a
 * platform thread and a virtual thread per request, so that a service may block.
 *
 * <p>TLS will be one more connection factory before HTTP's, in the constructor.
 */
public final class HttpServer implements AutoCloseable {
  /** A thread that blocks in accept: closing its socket takes effect at once, a selector's not. */
  private static final int ACCEPTORS = 1;

  private static final int SELECTORS = 1;

  /** Acceptor, selector and spares; requests never run on these. */
  private static final int PLATFORM_THREADS = 8;

  private final String name;
  private final InetSocketAddress address;
  private final Server server;
  private final ServerConnector connector;
  private final JettyHandler handler;

  /**
   * @param name what metrics and threads call this listener, such as {@code elastic}
   * @param address port 0 means any free port
   */
  public HttpServer(
      String name,
      InetSocketAddress address,
      HttpLimits limits,
      HttpService service,
      Metrics metrics) {
    this.name = name;
    this.address = address;
    QueuedThreadPool threads = new QueuedThreadPool(PLATFORM_THREADS, 1);
    threads.setName("http-" + name);
    threads.setDaemon(true);
    threads.setReservedThreads(0);
    threads.setVirtualThreadsExecutor(
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("http-" + name + "-request-", 0).factory()));
    server = new Server(threads);
    handler = new JettyHandler(name, limits, service, metrics);
    server.setHandler(handler);
    server.setErrorHandler(handler::error);
    connector =
        new ServerConnector(
            server, ACCEPTORS, SELECTORS, new HttpConnectionFactory(configuration(limits)));
    connector.setHost(address.getHostString());
    connector.setPort(address.getPort());
    connector.setIdleTimeout(limits.idleMs());
    connector.setAcceptQueueSize(1024);
    server.addConnector(connector);
    server.addBean(new NetworkConnectionLimit(limits.connections(), connector));
    metrics.gauge(
        "headwater_http_connections",
        "open connections",
        () -> connector.getConnectedEndPoints().size(),
        "listener",
        name);
  }

  private static HttpConfiguration configuration(HttpLimits limits) {
    HttpConfiguration http = new HttpConfiguration();
    http.setRequestHeaderSize(limits.headerBytes());
    http.setResponseHeaderSize(limits.headerBytes());
    http.setSendServerVersion(false);
    http.setSendDateHeader(false);
    // The handler decodes paths itself and never maps one to a file: an id may hold a slash.
    http.setUriCompliance(UriCompliance.UNSAFE);
    return http;
  }

  /**
   * Begins to listen.
   *
   * @return the address really bound
   * @throws IOException naming the address, if the port is taken or may not be bound
   */
  public InetSocketAddress start() throws IOException {
    try {
      server.start();
      return new InetSocketAddress(address.getHostString(), connector.getLocalPort());
    } catch (Exception e) {
      close();
      Throwable cause = e.getCause() instanceof SocketException bind ? bind : e;
      String reason = cause instanceof BindException ? "the port is taken" : cause.getMessage();
      throw new IOException(
          "cannot listen for "
              + name
              + " on "
              + address.getHostString()
              + ":"
              + address.getPort()
              + ": "
              + reason,
          e);
    }
  }

  /**
   * Takes no new connections, answers what has begun and closes each connection after its answer.
   *
   * @return whether all was answered within {@code timeoutMs}
   */
  public boolean drain(long timeoutMs) {
    handler.drain();
    connector.close(); // the listening socket only
    return handler.awaitIdle(timeoutMs);
  }

  /** Closes what is still open. */
  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("http server " + name + " does not stop", e);
    }
  }
}
