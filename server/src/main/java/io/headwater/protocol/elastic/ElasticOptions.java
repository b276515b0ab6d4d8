package io.headwater.protocol.elastic;

/**
 * What the operator decides.
 *
 * @param productHeader whether answers carry {@code X-Elastic-Product}, which Elasticsearch's own
 *     clients insist on
 * @param publishAddress host and port that clients are told, such as {@code 127.0.0.1:9200}
 * @param maxContentBytes of one request body, as {@code _nodes} tells it
 */
public record ElasticOptions(boolean productHeader, String publishAddress, long maxContentBytes) {}
