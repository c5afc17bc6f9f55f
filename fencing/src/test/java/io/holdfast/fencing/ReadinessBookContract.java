package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every memory of rehearsals promises. */
public abstract class ReadinessBookContract {

    protected static final SegmentId SEGMENT = SegmentId.of("default");
    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00.123456Z");

    protected abstract ReadinessBook book();

    /** The types of what was to be told, in its order. */
    protected abstract List<String> told();

    @Test
    void givesBackTheNewestOfEachHostAsItWas() {
        ReadinessBook book = book();
        FenceReadiness first = readiness("h2", FenceReadiness.State.DOUBTED, FenceCheck.Grade.FAIL);
        FenceReadiness second = readiness("h1", FenceReadiness.State.READY, FenceCheck.Grade.WARN);
        FenceReadiness none = new FenceReadiness(
                HostId.of("h3"), FenceReadiness.State.UNREADY, NOW, new FenceCheck(NOW.plusSeconds(1), List.of()));
        book.put(readiness("h2", FenceReadiness.State.READY, FenceCheck.Grade.OK), null, SEGMENT, LeaderEpoch.of(1));
        book.put(first, null, SEGMENT, LeaderEpoch.of(1));
        book.put(second, null, SEGMENT, LeaderEpoch.of(1));
        book.put(none, null, SEGMENT, LeaderEpoch.of(2));

        assertThat(book.all()).containsExactly(second, first, none);
        assertThat(book.find(HostId.of("h2"))).contains(first);
        assertThat(book.find(HostId.of("h9"))).isEmpty();
        assertThat(told()).isEmpty();
    }

    @Test
    void writesWhatIsToBeToldTogetherWithIt() {
        FenceReadiness readiness = readiness("h1", FenceReadiness.State.UNREADY, FenceCheck.Grade.FAIL);

        book().put(readiness, fact(), SEGMENT, LeaderEpoch.of(1));

        assertThat(told()).containsExactly("host.fence-unready");
    }

    @Test
    void refusesAnOlderLeaderAndThenRemembersAndTellsNothing() {
        ReadinessBook book = book();
        FenceReadiness newer = readiness("h1", FenceReadiness.State.READY, FenceCheck.Grade.OK);
        book.put(newer, null, SEGMENT, LeaderEpoch.of(5));

        assertThatThrownBy(() -> book.put(
                        readiness("h1", FenceReadiness.State.UNREADY, FenceCheck.Grade.FAIL),
                        fact(),
                        SEGMENT,
                        LeaderEpoch.of(4)))
                .isInstanceOf(RuntimeException.class);

        assertThat(book.find(HostId.of("h1"))).contains(newer);
        assertThat(told()).isEmpty();
    }

    private static Fact fact() {
        return new Fact(UUID.randomUUID(), "host.fence-unready", "host/h1", null, NOW, Map.of("host", "h1"));
    }

    protected static FenceReadiness readiness(String host, FenceReadiness.State state, FenceCheck.Grade grade) {
        FenceCheck.Finding power = new FenceCheck.Finding(
                FenceCheck.Subject.POWER,
                FenceCheck.Grade.OK,
                "said \"on\" ünd {so} on",
                Duration.ofNanos(123_456_789));
        FenceCheck.Finding rights = new FenceCheck.Finding(FenceCheck.Subject.RIGHTS, grade, "", Duration.ZERO);
        FenceCheck.Device one = new FenceCheck.Device("bmc", List.of(power, rights));
        FenceCheck.Device two = new FenceCheck.Device("pdu", List.of(power));
        return new FenceReadiness(
                HostId.of(host),
                state,
                NOW,
                new FenceCheck(
                        NOW.plusSeconds(60),
                        List.of(new FenceCheck.Level(List.of(one)), new FenceCheck.Level(List.of(one, two)))));
    }
}
