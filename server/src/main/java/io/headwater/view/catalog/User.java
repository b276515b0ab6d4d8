package io.headwater.view.catalog;

import java.util.List;
import java.util.Map;

/**
 * A user, for all protocols.
 *
 * @param enabled whether anybody may come as this user
 * @param anyPassword whether every password is right
 * @param passwords the SHA-256 of each, 64 lower-case hexadecimal digits
 * @param rules what the user may do, by protocol, in that protocol's own words; {@code redis}: the
 *     rules of ACL SETUSER
 */
public record User(
    String name,
    boolean enabled,
    boolean anyPassword,
    List<String> passwords,
    Map<String, String> rules) {}
