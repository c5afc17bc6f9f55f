package io.holdfast.recovery;

import io.holdfast.model.HostId;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The failover segments and what is said of their hosts. Any thread may call; each verb is one transaction. A refusal is a
 * {@link io.holdfast.compute.ComputeException}.
 */
public interface FailoverSegments {

    /** At most as many as operators make by hand. */
    int SEGMENTS_MAX = 1000;

    /** For a controller that has no such thing: every host in its own segment, nothing reserved. */
    static FailoverSegments none() {
        return new NoFailoverSegments();
    }

    /** The controllers' own first, then the others in the order of their creation. */
    List<FailoverSegment> list();

    default Optional<FailoverSegment> find(UUID uuid) {
        return list().stream().filter(one -> one.uuid().equals(uuid)).findFirst();
    }

    /** CONFLICT when there is one of this name, LIMIT when there are {@link #SEGMENTS_MAX}. */
    FailoverSegment create(
            String name, @Nullable String description, RecoveryMethod method, String serviceType, boolean enabled);

    /** CONFLICT when another one has the new name, NOT_FOUND when it is gone. */
    FailoverSegment update(FailoverSegment next);

    /** Its hosts are in the controllers' own afterwards, and reserved for nothing. NOT_FOUND when it is gone. */
    void delete(UUID uuid);

    /** Hosts of which something was said; all others are in the controllers' own. */
    List<FailoverHost> hosts();

    /** Says it anew, all but {@link FailoverHost#usedFor}. */
    FailoverHost put(HostId host, UUID segment, String type, String controlAttributes, boolean reserved);

    /** Nothing is said of it any more. */
    void remove(HostId host);

    /** It leaves the reserve for these failures: what starts there now may start there again. */
    void use(HostId reserve, Collection<FailoverHost.Failure> failures);

    /** The id of the controllers' own segment. */
    static UUID own(String name) {
        return UUID.nameUUIDFromBytes(("holdfast segment " + name).getBytes(StandardCharsets.UTF_8));
    }
}
