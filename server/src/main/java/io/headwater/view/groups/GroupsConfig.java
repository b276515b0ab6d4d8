package io.headwater.view.groups;

/**
 * Limits and times of consumer groups, by Apache's names.
 *
 * @param partitions of {@code __consumer_offsets}; fixed once the topic is there
 * @param initialRebalanceDelayMs how long a new classic group waits for more members
 * @param minSessionTimeoutMs the shortest that a member of a classic group may ask for
 * @param maxSessionTimeoutMs the longest
 * @param consumerSessionTimeoutMs of members of KIP-848 groups
 * @param consumerHeartbeatIntervalMs of members of KIP-848 groups
 * @param maxSize members of one group
 * @param offsetsRetentionMinutes how long offsets of an empty group are kept
 */
public record GroupsConfig(
    int partitions,
    int initialRebalanceDelayMs,
    int minSessionTimeoutMs,
    int maxSessionTimeoutMs,
    int consumerSessionTimeoutMs,
    int consumerHeartbeatIntervalMs,
    int maxSize,
    int offsetsRetentionMinutes) {
  public static final GroupsConfig DEFAULT =
      new GroupsConfig(4, 100, 6_000, 1_800_000, 45_000, 5_000, 10_000, 10_080);
}
