package io.holdfast.api;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.SayAnswer;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.recovery.SayView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Questions in memory: the first answer counts, the same may come again, another is refused. */
final class FakeSays {

    static final CaseId CASE = CaseId.of(new UUID(0, 49));

    private final Map<InstanceId, SayView> known = new ConcurrentHashMap<>();

    void ask(InstanceId instance, String name, String project) {
        known.put(
                instance,
                new SayView(
                        CASE,
                        HostId.of("h1"),
                        instance,
                        name,
                        ProjectId.of(project),
                        "AWAITING_SAY",
                        Instant.parse("2026-01-01T00:01:00Z"),
                        SayAnswer.LEAVE,
                        null,
                        null,
                        null,
                        null,
                        "its consumer is asked"));
    }

    SayView say(InstanceId instance, SayAnswer answer, @Nullable HostId only, @Nullable CaseId of, Actor by) {
        SayView asked = known.get(instance);
        if (asked == null || (of != null && !of.equals(asked.caseId()))) {
            throw new ComputeException(ComputeException.Kind.CONFLICT, "no case asks about it");
        }
        if (asked.answer() != null && (asked.answer() != answer || !Objects.equals(asked.host(), only))) {
            throw new ComputeException(ComputeException.Kind.CONFLICT, "something else is acted on");
        }
        SayView answered = new SayView(
                asked.caseId(),
                asked.failed(),
                instance,
                asked.name(),
                asked.project(),
                "WAITING",
                asked.deadline(),
                asked.otherwise(),
                answer,
                only,
                by.toString(),
                Instant.parse("2026-01-01T00:00:30Z"),
                "its consumer's say");
        known.put(instance, answered);
        return answered;
    }

    List<SayView> open() {
        return known.values().stream().filter(say -> say.answer() == null).toList();
    }
}
