package io.holdfast.network;

import io.holdfast.model.ProjectId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Rules for ports. Kept and shown; nothing filters by them.
 *
 * @param isDefault what ports of the project get when they name none; it is called {@code default} and cannot be deleted
 */
public record SecurityGroup(
        UUID id,
        ProjectId project,
        String name,
        String description,
        boolean isDefault,
        List<Rule> rules,
        Instant createdAt,
        Instant updatedAt) {

    /** The name of each project's default group, which no other may have. */
    public static final String DEFAULT = "default";

    public SecurityGroup {
        rules = List.copyOf(rules);
    }

    /**
     * What may pass.
     *
     * @param direction {@code ingress} or {@code egress}
     * @param ethertype {@code IPv4} or {@code IPv6}
     * @param protocol name or number, null for any
     * @param portMin first port, or type of ICMP; null for any
     * @param portMax last port, or code of ICMP; null for any
     * @param remotePrefix range of the other side, null for any
     * @param remoteGroup group of the other side, null for any; never beside a prefix
     */
    public record Rule(
            UUID id,
            UUID group,
            ProjectId project,
            String description,
            String direction,
            String ethertype,
            @Nullable String protocol,
            @Nullable Integer portMin,
            @Nullable Integer portMax,
            @Nullable String remotePrefix,
            @Nullable UUID remoteGroup,
            Instant createdAt) {}
}
