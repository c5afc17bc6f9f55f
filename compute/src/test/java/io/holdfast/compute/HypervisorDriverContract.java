package io.holdfast.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.compute.HypervisorDriver.Guest;
import io.holdfast.compute.HypervisorDriver.GuestChange;
import io.holdfast.compute.agent.AgentFixtures;
import io.holdfast.model.Generation;
import io.holdfast.model.InstanceId;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What every hypervisor driver must do, whatever stands behind it. */
public abstract class HypervisorDriverContract {

    private static final Generation ONE = Generation.of(1);
    private static final Generation TWO = Generation.of(2);
    private static final Duration LIMIT = Duration.ofSeconds(15);

    protected final InstanceId a = AgentFixtures.instance(0xa);
    protected final InstanceId b = AgentFixtures.instance(0xb);

    /** A driver that is connected, over the same hypervisor each time it is asked. */
    protected abstract HypervisorDriver driver() throws Exception;

    /** Ends a guest's process as {@code kill -9} does, past the driver. */
    protected abstract void killByHand(InstanceId instance) throws Exception;

    /** A guest writes to its serial line. */
    protected abstract void says(InstanceId instance, String words) throws Exception;

    protected abstract boolean diskExists(InstanceId instance);

    protected void start(HypervisorDriver driver, InstanceId instance, Generation generation) throws DriverException {
        driver.start(instance, generation, AgentFixtures.spec(instance));
    }

    @Test
    void startsAGuestThatCarriesItsIdAndGeneration() throws Exception {
        try (HypervisorDriver driver = driver()) {
            start(driver, a, TWO);
            assertThat(driver.guests()).containsExactly(new Guest(a, TWO, true, false));
            assertThat(diskExists(a)).isTrue();
            assertThat(driver.trouble()).isEmpty();
        }
    }

    @Test
    void changesNothingWhenStartedTwice() throws Exception {
        try (HypervisorDriver driver = driver()) {
            List<GuestChange> changes = listen(driver);
            start(driver, a, ONE);
            start(driver, a, ONE);
            start(driver, b, ONE);
            await().atMost(LIMIT).until(() -> changes.contains(new GuestChange.Started(b)));
            assertThat(changes).containsOnlyOnce(new GuestChange.Started(a));
        }
    }

    @Test
    void refusesToStartAGuestThatRunsAtAnotherGeneration() throws Exception {
        try (HypervisorDriver driver = driver()) {
            start(driver, a, ONE);
            assertThatThrownBy(() -> start(driver, a, TWO))
                    .isInstanceOf(DriverException.class)
                    .hasMessageContaining("already runs");
            assertThat(driver.guests()).containsExactly(new Guest(a, ONE, true, false));
        }
    }

    @Test
    void takesOverAGuestAsItRuns() throws Exception {
        try (HypervisorDriver driver = driver()) {
            List<GuestChange> changes = listen(driver);
            start(driver, a, ONE);
            driver.takeOver(a, TWO);
            assertThat(driver.guests()).containsExactly(new Guest(a, TWO, true, false));
            driver.takeOver(a, TWO);
            start(driver, b, ONE);
            await().atMost(LIMIT).until(() -> changes.contains(new GuestChange.Started(b)));
            assertThat(changes).containsExactly(new GuestChange.Started(a), new GuestChange.Started(b));
        }
        try (HypervisorDriver driver = driver()) {
            assertThat(driver.guests()).contains(new Guest(a, TWO, true, false));
        }
    }

    @Test
    void takesOverNothingThatIsNotThereOrStands() throws Exception {
        try (HypervisorDriver driver = driver()) {
            assertThatThrownBy(() -> driver.takeOver(a, TWO)).isInstanceOf(DriverException.class);
            start(driver, a, ONE);
            driver.pause(a);
            assertThatThrownBy(() -> driver.takeOver(a, TWO))
                    .isInstanceOf(DriverException.class)
                    .hasMessageContaining("halted");
            assertThat(driver.guests()).containsExactly(new Guest(a, ONE, true, false, true));
        }
    }

    @Test
    void destroysAndTellsSo() throws Exception {
        try (HypervisorDriver driver = driver()) {
            List<GuestChange> changes = listen(driver);
            start(driver, a, ONE);
            driver.destroy(a);
            assertThat(driver.guests()).isEmpty();
            await().atMost(LIMIT).until(() -> changes.contains(new GuestChange.Ended(a, "destroyed")));
        }
    }

    @Test
    void destroyingStoppingAndDeletingWhatIsNotThereChangesNothing() throws Exception {
        try (HypervisorDriver driver = driver()) {
            driver.destroy(a);
            driver.stop(a, Duration.ofMillis(100));
            driver.delete(a, AgentFixtures.spec(a));
            assertThat(driver.guests()).isEmpty();
        }
    }

    @Test
    void endsAGuestThatDoesNotListenWithinTheGrace() throws Exception {
        try (HypervisorDriver driver = driver()) {
            start(driver, a, ONE);
            driver.stop(a, Duration.ofMillis(300));
            assertThat(driver.guests()).isEmpty();
            assertThat(diskExists(a)).isTrue();
        }
    }

    @Test
    void keepsTheDiskWhenAGuestIsStartedAgainAndDeletesItOnlyWhenItDoesNotRun() throws Exception {
        try (HypervisorDriver driver = driver()) {
            start(driver, a, ONE);
            assertThatThrownBy(() -> driver.delete(a, AgentFixtures.spec(a))).isInstanceOf(DriverException.class);
            driver.destroy(a);
            start(driver, a, TWO);
            assertThat(driver.guests()).containsExactly(new Guest(a, TWO, true, false));
            driver.destroy(a);
            driver.delete(a, AgentFixtures.spec(a));
            assertThat(diskExists(a)).isFalse();
        }
    }

    @Test
    void aGuestIsHaltedAndGoesOnHoweverOftenItIsSaid() throws Exception {
        try (HypervisorDriver driver = driver()) {
            start(driver, a, ONE);
            driver.pause(a);
            driver.pause(a);
            assertThat(driver.guests()).containsExactly(new Guest(a, ONE, true, false, true));
            driver.unpause(a, AgentFixtures.spec(a));
            driver.unpause(a, AgentFixtures.spec(a));
            assertThat(driver.guests()).containsExactly(new Guest(a, ONE, true, false, false));
            driver.pause(a);
        }
        try (HypervisorDriver driver = driver()) {
            assertThat(driver.guests()).containsExactly(new Guest(a, ONE, true, false, true));
            driver.destroy(a);
            start(driver, a, TWO);
            assertThat(driver.guests()).containsExactly(new Guest(a, TWO, true, false, false));
        }
    }

    @Test
    void aSuspendedGuestEndsAndItsMemoryIsGoneOnWithOnce() throws Exception {
        try (HypervisorDriver driver = driver()) {
            List<GuestChange> changes = listen(driver);
            start(driver, a, ONE);
            assertThat(driver.remembers(a, AgentFixtures.spec(a))).isFalse();
            driver.suspend(a, AgentFixtures.spec(a));
            assertThat(driver.guests()).isEmpty();
            assertThat(driver.remembers(a, AgentFixtures.spec(a))).isTrue();
            assertThat(driver.remembers(a, AgentFixtures.spec(a, null))).isFalse();
            await().atMost(LIMIT).until(() -> changes.contains(new GuestChange.Ended(a, "saved")));

            start(driver, a, TWO);
            assertThat(driver.guests()).containsExactly(new Guest(a, TWO, true, false, false));
            assertThat(driver.remembers(a, AgentFixtures.spec(a))).isFalse();
        }
    }

    @Test
    void whatIsKeptOnTheHostOfOthersGoesAndOfThoseThatAreHereItStays() throws Exception {
        try (HypervisorDriver driver = driver()) {
            start(driver, a, ONE);
            start(driver, b, ONE);
            says(a, "words of a");
            says(b, "words of b");
            driver.destroy(a);
            driver.keepOnly(Set.of(a, b));
            assertThat(driver.console(a, 100)).isNotEmpty();
            driver.keepOnly(Set.of(b));
            assertThat(driver.console(a, 100)).isEmpty();
            assertThat(driver.console(b, 100)).isNotEmpty();
            assertThat(driver.guests()).containsExactly(new Guest(b, ONE, true, false));
        }
    }

    @Test
    void aGuestThatBeginsAnewForgetsItsMemoryAndSoDoesOneThatIsDeleted() throws Exception {
        try (HypervisorDriver driver = driver()) {
            start(driver, a, ONE);
            driver.suspend(a, AgentFixtures.spec(a));
            driver.start(a, TWO, AgentFixtures.spec(a, null));
            assertThat(driver.remembers(a, AgentFixtures.spec(a))).isFalse();
            driver.suspend(a, AgentFixtures.spec(a));
            driver.delete(a, AgentFixtures.spec(a));
            assertThat(driver.remembers(a, AgentFixtures.spec(a))).isFalse();
            assertThat(diskExists(a)).isFalse();
        }
    }

    @Test
    void whatDoesNotRunIsNeitherHaltedNorSavedNorCounted() throws Exception {
        try (HypervisorDriver driver = driver()) {
            assertThatThrownBy(() -> driver.pause(a)).isInstanceOf(DriverException.class);
            assertThatThrownBy(() -> driver.unpause(a, AgentFixtures.spec(a))).isInstanceOf(DriverException.class);
            assertThatThrownBy(() -> driver.suspend(a, AgentFixtures.spec(a))).isInstanceOf(DriverException.class);
            assertThatThrownBy(() -> driver.diagnostics(a)).isInstanceOf(DriverException.class);
            start(driver, a, ONE);
            assertThatThrownBy(() -> driver.suspend(a, AgentFixtures.spec(a, null)))
                    .isInstanceOf(DriverException.class)
                    .hasMessageContaining("no place");
            assertThat(driver.guests()).containsExactly(new Guest(a, ONE, true, false, false));
        }
    }

    @Test
    void theFiguresOfAGuestAreItsOwn() throws Exception {
        try (HypervisorDriver driver = driver()) {
            start(driver, a, ONE);
            Diagnostics figures = driver.diagnostics(a);
            assertThat(figures.state()).isEqualTo("running");
            assertThat(figures.cpus())
                    .hasSize(1)
                    .allSatisfy(nanos -> assertThat(nanos).isNotNegative());
            assertThat(figures.disks()).extracting(Diagnostics.Disk::device).containsExactly("vda");
            assertThat(figures.cards()).isEmpty();
            driver.pause(a);
            assertThat(driver.diagnostics(a).state()).isEqualTo("paused");
        }
    }

    @Test
    void tellsOfAGuestThatWasKilledByHand() throws Exception {
        try (HypervisorDriver driver = driver()) {
            List<GuestChange> changes = listen(driver);
            start(driver, a, ONE);
            killByHand(a);
            await().atMost(LIMIT).until(() -> changes.contains(new GuestChange.Ended(a, "failed")));
            assertThat(driver.guests()).isEmpty();
        }
    }

    @Test
    void leavesGuestsRunningWhenItIsClosedAndFindsThemAgain() throws Exception {
        try (HypervisorDriver driver = driver()) {
            start(driver, a, ONE);
            start(driver, b, TWO);
        }
        try (HypervisorDriver driver = driver()) {
            assertThat(driver.guests())
                    .containsExactlyInAnyOrder(new Guest(a, ONE, true, false), new Guest(b, TWO, true, false));
            driver.destroy(a);
            assertThat(driver.guests()).containsExactly(new Guest(b, TWO, true, false));
        }
    }

    private static List<GuestChange> listen(HypervisorDriver driver) {
        List<GuestChange> changes = new CopyOnWriteArrayList<>();
        driver.onChange(changes::add);
        return changes;
    }
}
