package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.HardwareHealth.Grade;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every memory of what was told of hardware promises. */
public abstract class HardwareBookContract {

    private static final SegmentId SEGMENT = SegmentId.of("default");
    private static final HostId H1 = HostId.of("h1");

    protected abstract HardwareBook book();

    /** The types of what was to be told, in its order. */
    protected abstract List<String> told();

    private static Fact fact() {
        return new Fact(
                UUID.randomUUID(),
                "host.hardware",
                "host/h1",
                null,
                Instant.parse("2026-11-29T06:00:00Z"),
                Map.of("host", "h1"));
    }

    @Test
    void remembersTheNewestAndTellsEach() {
        assertThat(book().told(H1)).isEmpty();
        book().tell(H1, Grade.BAD, fact(), SEGMENT, LeaderEpoch.of(1));
        book().tell(H1, Grade.POOR, fact(), SEGMENT, LeaderEpoch.of(2));

        assertThat(book().told(H1)).contains(Grade.POOR);
        assertThat(book().told(HostId.of("h2"))).isEmpty();
        assertThat(told()).containsExactly("host.hardware", "host.hardware");
    }

    @Test
    void refusesAnOlderLeaderAndThenRemembersAndTellsNothing() {
        book().tell(H1, Grade.BAD, fact(), SEGMENT, LeaderEpoch.of(5));

        assertThatThrownBy(() -> book().tell(H1, Grade.GOOD, fact(), SEGMENT, LeaderEpoch.of(4)))
                .isInstanceOf(RuntimeException.class);

        assertThat(book().told(H1)).contains(Grade.BAD);
        assertThat(told()).hasSize(1);
    }
}
