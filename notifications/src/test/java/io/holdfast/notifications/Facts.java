package io.holdfast.notifications;

import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.UUID;

public final class Facts {

    public static final ProjectId BLUE = ProjectId.of("blue");
    public static final ProjectId RED = ProjectId.of("red");

    private Facts() {}

    public static Fact suspected(String subject, @org.jspecify.annotations.Nullable ProjectId project) {
        return of("host.suspected", subject, project);
    }

    public static Fact of(String type, String subject, @org.jspecify.annotations.Nullable ProjectId project) {
        return new Fact(
                UUID.randomUUID(),
                type,
                subject,
                project,
                Instant.now().truncatedTo(ChronoUnit.MICROS),
                Map.of("host", "h1", "n", 7));
    }
}
