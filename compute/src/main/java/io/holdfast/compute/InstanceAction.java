package io.holdfast.compute;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that was done to an instance. Written with the change itself, in one transaction.
 *
 * @param request the id of the request that asked for it, or one made for what Holdfast did by itself
 * @param action Nova's word: {@code create}, {@code start}, {@code stop}, {@code reboot}, {@code delete},
 *     {@code evacuate}, {@code migrate}, {@code lock}, {@code unlock}, {@code pause}, {@code unpause}, {@code suspend},
 *     {@code resume}, {@code rebuild}
 * @param user who asked, or null when Holdfast acted by itself
 * @param host its home when it began, or null for none
 * @param finishedAt null while it goes on
 * @param failed whether it ended otherwise than it should; {@code message} says how
 */
public record InstanceAction(
        long id,
        InstanceId instance,
        String request,
        String action,
        @Nullable String user,
        ProjectId project,
        @Nullable HostId host,
        Instant startedAt,
        @Nullable Instant finishedAt,
        boolean failed,
        @Nullable String message) {

    /** So many are kept of each instance, the newest. */
    public static final int KEPT = 200;
}
