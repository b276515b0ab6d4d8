/**
 * How do HTTP clients reach the protocols on HTTP? {@link io.headwater.protocol.http.HttpServer}
 * listens and turns requests and responses into plain values, so that an {@link
 * io.headwater.protocol.http.HttpService} is tested without a socket.
 *
 * <p>Each request runs on a virtual thread of its own and may block. Only this package sees Jetty.
 */
@NullMarked
package io.headwater.protocol.http;

import org.jspecify.annotations.NullMarked;
