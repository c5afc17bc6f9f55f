package io.holdfast.slot.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.SlotFact;
import io.holdfast.slot.core.RelayedBeats.Beat;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RelayedBeatsTest {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");
    private static final HostId H3 = HostId.of("h3");
    private static final Duration INTERVAL = Duration.ofMillis(500);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final long SECOND = 1_000_000_000L;

    private RelayedBeats beats = RelayedBeats.start();

    private static SlotFact beat(String session, long number) {
        return beat(session, number, INTERVAL);
    }

    private static SlotFact beat(@Nullable String session, long number, Duration interval) {
        return new SlotFact.Seen(
                0,
                new Claim(H1, "boot-1", Instant.EPOCH),
                session == null
                        ? null
                        : new Heartbeat(H1, "boot-1", session, number, Instant.EPOCH, Duration.ZERO, interval, null),
                null,
                false,
                null,
                Duration.ZERO,
                false);
    }

    private Beat look(HostId through, long second, SlotFact fact) {
        beats = beats.look(through, Map.of(H1, fact), second * SECOND);
        return at(second);
    }

    private Beat at(long second) {
        return beats.beats(second * SECOND, LOOK).get(H1);
    }

    private static void isForward(Beat beat) {
        assertThat(beat).isEqualTo(new Beat.Forward("boot-1"));
    }

    private static void isUnknown(Beat beat, String why) {
        assertThat(beat)
                .isInstanceOfSatisfying(
                        Beat.Unknown.class,
                        unknown -> assertThat(unknown.reason()).contains(why));
    }

    @Test
    void aStepForwardIsALifeForThreeIntervalsAndALook() {
        isUnknown(look(H2, 0, beat("a", 10)), "no heartbeat was seen to follow another");
        isForward(look(H2, 1, beat("a", 12)));
        isForward(at(3));
        isUnknown(look(H2, 4, beat("a", 12)), "no new heartbeat was seen for 3000 ms; what others read proves no");
        isForward(look(H2, 5, beat("a", 13)));
        isForward(look(H2, 6, beat("b", 1)));
    }

    @Test
    void anOldPictureIsNoStep() {
        look(H2, 0, beat("a", 10));
        look(H2, 1, beat("a", 11));
        isUnknown(look(H2, 60, beat("a", 3)), "for 59000 ms");
        isUnknown(look(H2, 61, beat("a", 11)), "for 60000 ms");
        look(H2, 62, beat("b", 1));
        isUnknown(look(H2, 100, beat("a", 5)), "no new heartbeat");
        isUnknown(look(H2, 101, beat("b", 1)), "no new heartbeat");
    }

    @Test
    void whatIsNewsToUsAndOldAtAnotherRelayIsNoStep() {
        look(H2, 0, beat("a", 10));
        isUnknown(look(H3, 1, beat("a", 50)), "no heartbeat was seen to follow");
        isUnknown(look(H2, 2, beat("a", 40)), "no heartbeat was seen to follow");
        isUnknown(look(H2, 3, beat("a", 50)), "no heartbeat was seen to follow");
        isForward(look(H2, 4, beat("a", 51)));
    }

    @Test
    void whatCannotBeReadIsNotKnown() {
        isUnknown(look(H2, 0, new SlotFact.Unreadable("garbage")), "garbage");
        isUnknown(look(H2, 1, beat(null, 0, INTERVAL)), "no heartbeat");
        isUnknown(look(H2, 2, beat("a", 1)), "no heartbeat was seen to follow another");
        isForward(look(H2, 3, beat("a", 2)));
        isUnknown(look(H2, 4, new SlotFact.Unreadable("garbage")), "garbage");
        beats = beats.look(H2, Map.of(), 5 * SECOND);
        isUnknown(at(5), "its slot is not there any more");
    }

    @Test
    void ofWhomeverReadsNothingIsSaid() {
        look(H1, 0, beat("a", 1));
        assertThat(look(H1, 1, beat("a", 2))).isNull();
    }

    @Test
    void anIntervalThatAHostMakesUpIsNotBelieved() {
        look(H2, 0, beat("a", 1, Duration.ofDays(1)));
        isForward(look(H2, 1, beat("a", 2, Duration.ofDays(1))));
        isForward(at(32));
        isUnknown(at(33), "for 32000 ms");
    }

    record Look(boolean throughH3, int number) {}

    @Provide
    Arbitrary<List<Look>> looks() {
        return Combinators.combine(
                        Arbitraries.of(true, false), Arbitraries.integers().between(1, 6))
                .as(Look::new)
                .list()
                .ofMaxSize(20);
    }

    /** Whatever the relays show of a host that is dead: there are no more signs of life than heartbeats that it wrote. */
    @Property
    void safetyOldPicturesOfADeadHostEndBeingASignOfLife(@ForAll("looks") List<Look> looks) {
        long second = 0;
        int steps = 0;
        for (Look each : looks) {
            second += 60;
            steps += look(each.throughH3() ? H3 : H2, second, beat("a", each.number())) instanceof Beat.Forward ? 1 : 0;
        }
        assertThat(steps).isLessThan(6);
        beats = RelayedBeats.start();
    }
}
