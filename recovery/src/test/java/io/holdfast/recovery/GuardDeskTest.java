package io.holdfast.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.model.CaseId;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.core.SegmentOrders;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the guards are told that is not in the store. */
class GuardDeskTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final Instant READ = Instant.parse("2026-01-01T12:00:00Z");

    private final GuardDesk desk = new GuardDesk(host -> null, host -> null, () -> "");

    @Test
    void powerThatReadOffPassesGuardsForAFewReadingsOnly() {
        assertThat(desk.isOffNow(H1, READ))
                .as("a new leader waits for a reading of its own")
                .isFalse();
        desk.readsOff(H1, READ);
        assertThat(desk.isOffNow(H1, READ.plusSeconds(14))).isTrue();
        assertThat(desk.isOffNow(H1, READ.plusSeconds(15)))
                .as("somebody may have switched it on since")
                .isFalse();
        desk.readsOff(H1, READ.plusSeconds(35));
        assertThat(desk.isOffNow(H1, READ.plusSeconds(49))).isTrue();
    }

    @Test
    void whoWasShotCountsAsGoneAlsoWhenItHasBootedSince() {
        desk.recall(lines("condemned", "fence-sent", "power-read-off", "fence-proven"));
        assertThat(gone(HostState.SERVING)).containsExactly(READ);
    }

    @Test
    void whoseFenceWasNotProvenAndWhoHadLostPowerBeforeCountAsGoneOnlyWhileTheyAreOut() {
        desk.recall(lines("condemned", "fence-sent"));
        assertThat(gone(HostState.SERVING)).isEmpty();
        desk.recall(lines("condemned", "power-read-off", "fence-sent", "fence-proven"));
        assertThat(gone(HostState.SERVING)).isEmpty();
        assertThat(gone(HostState.FENCED)).containsExactly(READ);
    }

    @Test
    void whoFailsAgainIsNotCountedAgainstItself() {
        desk.recall(lines("condemned", "fence-sent", "fence-proven"));
        assertThat(gone(HostState.SERVING, H2)).isEmpty();
    }

    private List<Instant> gone(HostState h2) {
        return gone(h2, H1);
    }

    private List<Instant> gone(HostState h2, HostId asked) {
        List<ComputeHost> hosts = List.of(host(H1, HostState.SERVING), host(H2, h2));
        return desk.situation(
                        asked.equals(H1) ? hosts.getFirst() : hosts.getLast(),
                        new GuardDesk.Silence(READ, false, false),
                        new GuardDesk.Surroundings(hosts, SegmentOrders.NONE),
                        0,
                        Set.of(),
                        READ.plusSeconds(10))
                .history()
                .gone();
    }

    /** What the timeline of one case of h2 says, a second for each line. */
    private static List<CaseJournal.Mark> lines(String... kinds) {
        List<CaseJournal.Mark> marks = new ArrayList<>();
        for (String kind : kinds) {
            marks.add(new CaseJournal.Mark(
                    CaseId.of(new UUID(7, 7)), H2, READ.plusSeconds(marks.size()), kind, "as it happened"));
        }
        return marks;
    }

    private static ComputeHost host(HostId id, HostState state) {
        return new ComputeHost(
                id,
                new UUID(1, 1),
                SegmentId.of("s"),
                "zone",
                state,
                HostEpoch.ZERO,
                Incarnation.of(1),
                "boot",
                true,
                null,
                false,
                "127.0.0.1",
                1,
                Resources.NOTHING,
                Resources.NOTHING,
                0,
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                FailureDomains.NONE,
                null,
                null,
                null);
    }
}
