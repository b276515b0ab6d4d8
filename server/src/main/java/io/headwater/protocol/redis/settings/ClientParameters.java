package io.headwater.protocol.redis.settings;

import static io.headwater.protocol.redis.settings.Parameter.acts;
import static io.headwater.protocol.redis.settings.Parameter.hint;
import static io.headwater.protocol.redis.settings.Parameter.idle;
import static io.headwater.protocol.redis.settings.Parameter.start;
import static io.headwater.protocol.redis.settings.Parameters.COUNT;
import static io.headwater.protocol.redis.settings.Parameters.LONG_COUNT;
import static io.headwater.protocol.redis.settings.Parameters.PORT;
import static io.headwater.protocol.redis.settings.Parameters.TEXT;
import static io.headwater.protocol.redis.settings.Parameters.YES_NO;
import static io.headwater.protocol.redis.settings.Parameters.bytes;
import static io.headwater.protocol.redis.settings.Parameters.choice;
import static io.headwater.protocol.redis.settings.Parameters.whole;

import java.util.List;
import java.util.stream.Stream;

/** Ports, connections, what a client may do and may cost. */
final class ClientParameters {
  private static final String NO_TLS = "there is no TLS: put a proxy before the port";

  private ClientParameters() {}

  static List<Parameter> rows() {
    return Stream.of(ports(), limits(), access(), tls()).flatMap(List::stream).toList();
  }

  private static List<Parameter> ports() {
    return List.of(
        acts("port", PORT, "6379", "where the Redis protocol listens; 0 turns it off"),
        acts(
            "bind",
            TEXT,
            "* -::*",
            "the addresses that the Redis protocol listens on; at the start those of all protocols"
                + " unless a redis.conf says more"),
        idle("bind-source-addr", TEXT, "", "no connections are made from here"),
        idle("unixsocket", TEXT, "", "there is no Unix socket").immutable(),
        hint("unixsocketperm", TEXT, "0", "there is no Unix socket").immutable(),
        hint("tcp-backlog", COUNT, "511", "the system's own limit holds").immutable(),
        hint("socket-mark-id", COUNT, "0", "sockets are not marked").immutable(),
        hint("tcp-keepalive", COUNT, "300", "on, with the times of the system"));
  }

  private static List<Parameter> limits() {
    return List.of(
        acts("maxclients", whole(1, 4_294_967_295L), "10000", "most connections of clients"),
        acts("timeout", COUNT, "0", "seconds after which a silent client is closed; 0 for never"),
        acts("proto-max-bulk-len", bytes(1 << 20), "536870912", "the longest argument"),
        acts(
            "client-query-buffer-limit",
            bytes(1 << 20),
            "1073741824",
            "bytes of a request that does not end"),
        acts(
            "client-output-buffer-limit",
            new Kind.Special("class, hard, soft, seconds", true, Readers::outputBufferLimit),
            "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
            "output that waits for a client until it is closed"),
        acts(
            "maxmemory-clients",
            new Kind.Size(0, Kind.Size.UNSIGNED, true),
            "0",
            "bytes of all clients' buffers, past which the largest are cut off; 0 is without"
                + " limit"),
        acts(
            "tracking-table-max-keys",
            LONG_COUNT,
            "1000000",
            "keys that clients cache, as far as remembered; also at most 256 MB of them"));
  }

  private static List<Parameter> access() {
    return List.of(
        acts("requirepass", TEXT, "", "the default user's only password"),
        acts(
            "protected-mode",
            YES_NO,
            "yes",
            "without a password, only clients of this machine are let in"),
        start(
                "aclfile",
                TEXT,
                "",
                "the file of ACL SAVE and ACL LOAD; at the start its users replace all")
            .immutable(),
        acts("acllog-max-len", LONG_COUNT, "128", "most entries of ACL LOG"),
        acts(
            "acl-pubsub-default",
            choice("allchannels", "resetchannels"),
            "resetchannels",
            "the channels of a new user"),
        start(
                "enable-debug-command",
                choice("no", "yes", "local"),
                "no",
                "who may use DEBUG: nobody, everybody, clients of this machine")
            .immutable(),
        start("enable-module-command", choice("no", "yes", "local"), "no", "there are no modules")
            .immutable(),
        start(
                "enable-protected-configs",
                choice("no", "yes", "local"),
                "no",
                "dir and dbfilename are never set at run time")
            .immutable());
  }

  private static List<Parameter> tls() {
    return List.of(
        idle("tls-port", PORT, "0", NO_TLS),
        hint("tls-auth-clients", choice("no", "yes", "optional"), "yes", NO_TLS),
        idle("tls-ca-cert-dir", TEXT, "", NO_TLS),
        idle("tls-ca-cert-file", TEXT, "", NO_TLS),
        idle("tls-cert-file", TEXT, "", NO_TLS),
        idle("tls-ciphers", TEXT, "", NO_TLS),
        idle("tls-ciphersuites", TEXT, "", NO_TLS),
        idle("tls-client-cert-file", TEXT, "", NO_TLS),
        idle("tls-client-key-file", TEXT, "", NO_TLS),
        idle("tls-client-key-file-pass", TEXT, "", NO_TLS),
        idle("tls-cluster", YES_NO, "no", NO_TLS),
        idle("tls-dh-params-file", TEXT, "", NO_TLS),
        idle("tls-key-file", TEXT, "", NO_TLS),
        idle("tls-key-file-pass", TEXT, "", NO_TLS),
        hint("tls-prefer-server-ciphers", YES_NO, "no", NO_TLS),
        idle("tls-protocols", TEXT, "", NO_TLS),
        idle("tls-replication", YES_NO, "no", NO_TLS),
        hint("tls-session-cache-size", COUNT, "20480", NO_TLS),
        hint("tls-session-cache-timeout", COUNT, "300", NO_TLS),
        hint("tls-session-caching", YES_NO, "yes", NO_TLS));
  }
}
