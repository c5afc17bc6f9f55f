package io.holdfast.membership.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.LeaseSight;
import io.holdfast.model.HostId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ConfirmationsTest {

    private static final HostId H1 = HostId.of("h1");
    private static final Duration GAP = Duration.ofSeconds(2);
    private static final long MILLI = 1_000_000;
    private static final HostRegistration REGISTRATION =
            new HostRegistration(H1, SegmentId.of("s"), "z", "boot", "session", "192.0.2.1", 1, new Resources(1, 1, 1));

    private static Confirmations look(Confirmations before, long confirmed, boolean there, long began, long ended) {
        Confirmations.Look look =
                new Confirmations.Look(new LeaseRecord(REGISTRATION, false, confirmed), 1, 10 + confirmed, there);
        return before.look(Map.of(H1, look), began * MILLI, ended * MILLI, GAP);
    }

    private static long unconfirmed(Confirmations seen) {
        return ((LeaseSight.Seen) seen.of(H1)).unconfirmed().toMillis();
    }

    @Test
    void countsFromAfterTheLookThatSawAChangeToBeforeTheLastOne() {
        Confirmations seen = look(Confirmations.none(), 1, true, 1000, 1040);
        assertThat(unconfirmed(seen)).isZero();
        seen = look(seen, 1, true, 1500, 1540);
        assertThat(unconfirmed(seen)).isEqualTo(460);
        seen = look(seen, 2, true, 2000, 2040);
        assertThat(unconfirmed(seen)).isZero();
        seen = look(look(seen, 2, false, 2500, 2540), 2, false, 3000, 3900);
        assertThat(unconfirmed(seen)).as("a lease that ends is no confirmation").isEqualTo(960);
    }

    @Test
    void aLeaseThatCameBackAndARecordThatWasMadeAnewAreChanges() {
        Confirmations seen = look(look(Confirmations.none(), 3, false, 0, 0), 3, false, 1000, 1000);
        assertThat(unconfirmed(look(seen, 3, true, 1500, 1500))).isZero();
        Confirmations.Look anew = new Confirmations.Look(new LeaseRecord(REGISTRATION, false, 3), 2, 13, false);
        assertThat(unconfirmed(seen.look(Map.of(H1, anew), 1500 * MILLI, 1500 * MILLI, GAP)))
                .isZero();
    }

    @Test
    void aPauseOrALookWithoutTheHostBeginsAnew() {
        Confirmations seen = look(look(Confirmations.none(), 1, true, 0, 0), 1, true, 1000, 1000);
        assertThat(unconfirmed(look(seen, 1, true, 3001, 3001))).isZero();
        Confirmations without = seen.look(Map.of(), 1500 * MILLI, 1500 * MILLI, GAP);
        assertThat(without.of(H1)).isInstanceOf(LeaseSight.Unknown.class);
        assertThat(unconfirmed(look(without, 1, true, 2000, 2000))).isZero();
    }

    @Test
    void anAgentThatShowsNoConfirmationSaysSo() {
        LeaseSight sight = look(Confirmations.none(), 0, true, 0, 0).of(H1);
        assertThat(((LeaseSight.Seen) sight).confirms()).isFalse();
    }
}
