package io.holdfast.recovery;

import io.holdfast.compute.SayAnswer;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A question to the consumer of an instance, as people and programs see it.
 *
 * @param state of the instance in its case, for example {@code AWAITING_SAY}
 * @param deadline until when an answer is waited for; null while the instance's host is not proven isolated, and the answer is kept
 * @param otherwise what is done when nobody has answered by then; null as above
 * @param answer what is acted on or kept, or null while nobody has answered
 * @param host the one host that the answer names, or null
 * @param answeredBy who gave it, for people, or null
 * @param answeredAt when it was acted on, or null
 * @param reason why the instance is in its state
 */
public record SayView(
        CaseId caseId,
        HostId failed,
        InstanceId instance,
        @Nullable String name,
        @Nullable ProjectId project,
        String state,
        @Nullable Instant deadline,
        @Nullable SayAnswer otherwise,
        @Nullable SayAnswer answer,
        @Nullable HostId host,
        @Nullable String answeredBy,
        @Nullable Instant answeredAt,
        String reason) {}
