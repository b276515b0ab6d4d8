/**
 * What did the client write, exactly, and how is JSON given back? Small trees with places for
 * request bodies, a reader of objects that refuses what nobody asked for, and answers narrowed by
 * {@code filter_path}.
 *
 * <p>Front doors: {@link io.headwater.protocol.elastic.json.JsonValue#parse}, {@link
 * io.headwater.protocol.elastic.json.Fields}, {@link io.headwater.protocol.elastic.json.Json}.
 */
@NullMarked
package io.headwater.protocol.elastic.json;

import org.jspecify.annotations.NullMarked;
