package io.holdfast.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.health.Reaction;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostReactionsTest {

    private static final HostId H1 = HostId.of("h1");
    private static final Instant NOW = Instant.EPOCH;

    private final List<String> asked = new ArrayList<>();
    private final HostReactions reactions = new HostReactions() {
        @Override
        public void restartLibvirtd(HostId host, String reason) {
            asked.add(host + " restart: " + reason);
        }

        @Override
        public void noMore(HostId host) {
            asked.add(host + " no more");
        }
    };

    @Test
    void aRowThatAsksForItAndEveryEndOfThatRowAreHandedOn() {
        reactions.on(ails("libvirt", Reaction.TELL, Reaction.RESTART_LIBVIRTD));
        reactions.on(ails("disk", Reaction.TELL));
        reactions.on(new MembershipEvent.Suspected(H1, List.of(), NOW));
        reactions.on(new MembershipEvent.Cleared(H1, List.of(), NOW));
        reactions.on(new MembershipEvent.Isolated(H1, "cut", List.of(), List.of(), NOW));
        reactions.on(new MembershipEvent.Lost(H1, "gone", List.of(), NOW));
        reactions.on(new MembershipEvent.Left(H1, NOW));
        reactions.on(new MembershipEvent.Joined(
                H1,
                new HostRegistration(H1, SegmentId.of("s1"), "z1", "boot", "a1", "192.0.2.1", 7000, Resources.NOTHING),
                NOW));
        assertThat(asked).hasSize(8).first().isEqualTo("h1 restart: libvirt");
        assertThat(asked.subList(1, 8)).containsOnly("h1 no more");
    }

    @Test
    void whatChangesNothingIsNotHandedOn() {
        reactions.on(new MembershipEvent.Held(H1, "doubt", List.of(), NOW));
        reactions.on(new MembershipEvent.PowerOff(H1, List.of(), NOW));
        assertThat(asked).isEmpty();
    }

    private static MembershipEvent.Degraded ails(String reason, Reaction... follow) {
        return new MembershipEvent.Degraded(H1, reason, false, true, List.of(follow), List.of(), NOW);
    }
}
