package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.lab.PowerAction;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Instances that stand still by their owner's wish, also when their host dies. */
@Tag("lab")
@Tag("chaos")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(OnTheLab.class)
final class HeldInstancesTest {

    private static final Duration LIMIT = Duration.ofSeconds(40);

    private final LabCluster cluster;

    HeldInstancesTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    private void ask(Guest guest, String verb) throws Exception {
        LabCluster.Told told = cluster.holdfast("server", verb, guest.id().toString());
        assertThat(told.exitCode()).as(told.text()).isZero();
    }

    private void awaitStatus(Guest guest, String status) {
        LabCluster.eventually(
                guest + " is " + status,
                LIMIT,
                () -> assertThat(cluster.status(guest)).isEqualTo(status));
    }

    /** The short one: no host dies. */
    @Test
    void whatIsHeldGoesOnWhereItWasAndDoesNotBoot() throws Exception {
        Guest guest = cluster.automatic(H1, "web-1").getFirst();
        ask(guest, "pause");
        awaitStatus(guest, "PAUSED");
        long beat = cluster.beat(guest);
        ask(guest, "unpause");
        awaitStatus(guest, "ACTIVE");
        cluster.stillBeats(List.of(guest));
        assertThat(cluster.beat(guest)).isGreaterThan(beat);

        ask(guest, "suspend");
        awaitStatus(guest, "SUSPENDED");
        assertThat(cluster.guestsOn(H1)).doesNotContain(guest.id());
        ask(guest, "resume");
        awaitStatus(guest, "ACTIVE");
        cluster.stillBeats(List.of(guest));
        assertThat(cluster.home(guest)).isEqualTo(H1.value());
        assertThat(cluster.boots(guest)).isEqualTo(1);
        cluster.intact(List.of(guest));
    }

    @Test
    void whatIsPausedStandsStillAndGoesOnAndIsStoppedWhenItsHostDies() throws Exception {
        Guest guest = cluster.automatic(H1, "web-1").getFirst();
        ask(guest, "pause");
        awaitStatus(guest, "PAUSED");
        long beat = cluster.beat(guest);
        ask(guest, "unpause");
        awaitStatus(guest, "ACTIVE");
        cluster.stillBeats(List.of(guest));
        assertThat(cluster.beat(guest)).isGreaterThan(beat);
        assertThat(cluster.boots(guest)).isEqualTo(1);

        ask(guest, "pause");
        awaitStatus(guest, "PAUSED");
        cluster.lab().power(H1, PowerAction.PULL_PLUG);
        cluster.awaitCase(H1, "RECOVERED", LIMIT);
        awaitStatus(guest, "SHUTOFF");
        cluster.nothingStartedElsewhere(H1, List.of(guest));
        ask(guest, "start");
        awaitStatus(guest, "ACTIVE");
        assertThat(cluster.home(guest)).isNotEqualTo(H1.value());
        cluster.intact(List.of(guest));
    }

    @Test
    void whatIsSuspendedOutlivesItsHostAndGoesOnElsewhereWithoutABoot() throws Exception {
        Guest guest = cluster.automatic(H1, "db-1").getFirst();
        ask(guest, "suspend");
        awaitStatus(guest, "SUSPENDED");
        assertThat(cluster.guestsOn(H1)).doesNotContain(guest.id());
        cluster.lab().power(H1, PowerAction.PULL_PLUG);
        cluster.awaitCase(H1, "RECOVERED", LIMIT);
        assertThat(cluster.status(guest)).isEqualTo("SUSPENDED");

        ask(guest, "resume");
        awaitStatus(guest, "ACTIVE");
        assertThat(cluster.home(guest)).isNotEqualTo(H1.value());
        cluster.stillBeats(List.of(guest));
        assertThat(cluster.boots(guest)).isEqualTo(1);
        cluster.intact(List.of(guest));
    }
}
