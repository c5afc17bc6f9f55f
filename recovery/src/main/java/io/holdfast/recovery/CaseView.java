package io.holdfast.recovery;

import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.SegmentId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A recovery case as shown to people and programs.
 *
 * @param state the host machine's state, for example {@code FENCING}
 * @param reason why it is in this state, for people
 * @param nextStep what happens next and when, or what a human has to do
 * @param deadline until when this state may last, or null when the case is closed
 * @param proof what proved the host isolated, or null
 * @param powerReturn how the host gets its power back, or null when nothing is decided of that
 * @param timeline everything that happened, oldest first
 */
public record CaseView(
        CaseId id,
        SegmentId segment,
        HostId host,
        HostEpoch epoch,
        String state,
        String reason,
        String nextStep,
        Instant openedAt,
        @Nullable Instant closedAt,
        @Nullable Instant deadline,
        @Nullable String proof,
        @Nullable PowerReturnLine powerReturn,
        List<String> evidence,
        List<Entry> timeline,
        List<InstanceLine> instances) {

    /**
     * @param state the stage, for example {@code REJOINING}
     * @param reason why it is in this stage, for people
     * @param deadline when something happens by itself, or null when nothing will
     */
    public record PowerReturnLine(
            String state, String reason, @Nullable Instant deadline) {}

    /**
     * @param kind a stable word for programs, for example {@code condemned}, {@code fence-proven},
     *     {@code instance-claimed}, {@code not-acted}
     * @param subject {@code host/h1} or {@code instance/UUID}
     */
    public record Entry(Instant at, String kind, String subject, String text) {}

    /**
     * @param priority the higher the earlier; at least that of whoever waits for it
     * @param state the instance machine's state, for example {@code STARTING}
     * @param destination its new home as soon as one is claimed
     * @param reason why it is in this state or why it is not moved
     */
    public record InstanceLine(
            InstanceId instance,
            String name,
            RecoveryPolicy policy,
            int priority,
            String state,
            @Nullable HostId destination,
            int attempts,
            String reason) {}
}
