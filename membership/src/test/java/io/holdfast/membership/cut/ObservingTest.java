package io.holdfast.membership.cut;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.CutSettings;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.cut.Observing.Voice;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObservingTest {

    private static final Duration INTERVAL = Duration.ofMillis(100);
    private static final Duration BASE = Duration.ofMillis(450);
    private static final Duration APART = MembershipSettings.defaults().pauseLimit();
    private static final Member H1 = Member.host(HostId.of("h1"), "s");
    private static final Member H2 = Member.host(HostId.of("h2"), "s");
    private static final Member H3 = Member.host(HostId.of("h3"), "s");

    private Observing observing = Observing.from(0, 0);
    private long nowMillis;

    /** How far the wall clock was set, or went on while the machine was suspended. */
    private long aheadMillis;

    @Test
    void whoIsNotHeardForTheBaseTimeOutIsSilentUntilItIsHeardAgain() {
        assign(H1, H2);
        run(300, H1, H2);
        run(300, H1);
        assertThat(observing.which(Voice.SILENT)).isEmpty();
        run(100, H1);
        assertThat(observing.which(Voice.SILENT)).containsExactly(H2);
        assertThat(observing.which(Voice.AUDIBLE)).containsExactly(H1);
        observing = observing.heard(H2, nanos());
        assertThat(observing.which(Voice.SILENT)).isEmpty();
    }

    @Test
    void whoWasNeverHeardIsNotMissed() {
        assign(H1, H2);
        run(5000, H1);
        assertThat(observing.which(Voice.SILENT)).isEmpty();
        assertThat(observing.which(Voice.AUDIBLE)).containsExactly(H1);
    }

    @Test
    void anObserverWithOneDeadSubjectStaysInGoodHealth() {
        assign(H1, H2, H3);
        run(300, H1, H2, H3);
        run(5000, H1, H2);
        assertThat(observing.which(Voice.SILENT)).containsExactly(H3);
        assertThat(observing.health().score()).isZero();
    }

    @Test
    void anObserverThatStoodStillTakesItselfForSlowBeforeItTakesAnybodyForSilent() {
        assign(H1, H2, H3);
        run(300, H1, H2, H3);
        nowMillis += 2000;
        turn();
        assertThat(observing.health().score()).isEqualTo(LocalHealth.WORST);
        assertThat(observing.which(Voice.SILENT)).isEmpty();
        run(1000, H1, H2, H3);
        assertThat(observing.health().score()).isZero();
        assertThat(observing.which(Voice.SILENT)).isEmpty();
    }

    /** Suspended, its monotonic clock has not gone on; set, its wall clock went without it. It cannot tell which. */
    @ParameterizedTest
    @ValueSource(longs = {1000, 30_000, -1000, -86_400_000, 1_000_000_000_000L})
    void anObserverWhoseClocksWentApartTakesItselfForSlowAndItsOpinionsAreDropped(long apartMillis) {
        assign(H1, H2, H3);
        run(300, H1, H2, H3);
        aheadMillis += apartMillis;
        nowMillis += 100;
        turn();
        assertThat(observing.health().score()).isEqualTo(LocalHealth.WORST);
        assertThat(observing
                        .report(H1, Network.MANAGEMENT, 1)
                        .isWell(CutSettings.defaults().scoreLimit()))
                .as("nobody counts it")
                .isFalse();
        assertThat(observing.which(Voice.SILENT)).isEmpty();
        run(1000, H1, H2, H3);
        assertThat(observing.health().score()).isZero();
        assertThat(observing.which(Voice.SILENT)).isEmpty();
    }

    @Test
    void aClockThatIsSlewedIsNoReasonForADoubt() {
        assign(H1, H2, H3);
        for (int i = 0; i < 20; i++) {
            aheadMillis += APART.toMillis();
            run(100, H1, H2, H3);
            aheadMillis -= APART.toMillis();
            run(100, H1, H2, H3);
        }
        assertThat(observing.health().score()).isZero();
    }

    @Test
    void anObserverWhoseClockIsSetAtEveryTurnIsNotCountedUntilThatIsOver() {
        assign(H1, H2, H3);
        run(300, H1, H2, H3);
        for (int i = 0; i < 50; i++) {
            aheadMillis += 60_000;
            run(100, H1, H2);
            assertThat(observing
                            .report(H1, Network.MANAGEMENT, 1)
                            .isWell(CutSettings.defaults().scoreLimit()))
                    .isFalse();
        }
        run(1000, H1, H2);
        assertThat(observing.health().score()).isZero();
        assertThat(observing.which(Voice.SILENT)).containsExactly(H3);
    }

    @Test
    void anObserverThatHearsNobodyDoubtsItselfMoreEachTurn() {
        assign(H1, H2);
        run(300, H1, H2);
        run(2000);
        assertThat(observing.health().score()).isEqualTo(LocalHealth.WORST);
    }

    @Test
    void anObserverWithASingleSubjectDoesNotDoubtItselfForItsDeath() {
        assign(H1);
        run(300, H1);
        run(3000);
        assertThat(observing.which(Voice.SILENT)).containsExactly(H1);
        assertThat(observing.health().score()).isEqualTo(1);
    }

    @Test
    void whoIsToldThatItIsNotHeardDoubtsItself() {
        observing = observing.doubted().doubted();
        assertThat(observing.health().score()).isEqualTo(2);
    }

    @Test
    void aDoubtfulObserverWaitsLonger() {
        assign(H1, H2);
        run(300, H1, H2);
        observing = observing.doubted();
        for (int i = 0; i < 8; i++) {
            // Heard, but not by an answer to a question: that would be good news of ourselves.
            observing = observing.heard(H1, nanos());
            nowMillis += 100;
            turn();
        }
        assertThat(observing.which(Voice.SILENT)).isEmpty();
        assertThat(observing.which(Voice.UNSURE)).as("it may be slow itself").containsExactly(H2);
        nowMillis += 100;
        turn();
        assertThat(observing.which(Voice.SILENT)).containsExactly(H2);
    }

    @Test
    void whoIsNoSubjectAnyMoreIsForgottenAndNobodyElse() {
        assign(H1, H2);
        run(300, H1, H2);
        run(600, H1);
        assign(H2, H3);
        assertThat(observing.which(Voice.SILENT)).containsExactly(H2);
        observing = observing.answered(H1, nanos()).heard(H1, nanos());
        assertThat(observing.subjects()).containsOnlyKeys(H2, H3);
    }

    private void assign(Member... members) {
        observing = observing.assigned(Set.of(members), nanos());
    }

    /** Turns in time, each question answered at once by these. */
    private void run(int millis, Member... answering) {
        for (int i = 0; i < millis / 100; i++) {
            for (Member each : answering) {
                observing = observing.answered(each, nanos());
            }
            nowMillis += 100;
            turn();
        }
    }

    private void turn() {
        observing = observing.turn(
                INTERVAL, BASE, APART, nanos(), Duration.ofMillis(aheadMillis).toNanos());
    }

    private long nanos() {
        return Duration.ofMillis(nowMillis).toNanos();
    }
}
