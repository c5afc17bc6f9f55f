package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static io.holdfast.stories.LabCluster.H2;
import static io.holdfast.stories.LabCluster.H3;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.lab.PowerAction;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What three controllers stand on is lost: one ZooKeeper server, all of them, the database. Every host has an armed watchdog, so one that
 * took the loss for its own would be reset, with its guests.
 */
@Tag("lab")
@Tag("chaos")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@OnTheLab.Controllers(3)
@OnTheLab.Watchdogs
@ExtendWith(OnTheLab.class)
final class BasisFaultsTest {

    /** Longer than any session, any suspicion, and the bound of 9 s after which a host has stopped itself that pets nobody. */
    private static final Duration AWAY = Duration.ofSeconds(15);

    private static final List<String> ENSEMBLE = List.of("zk-1", "zk-2", "zk-3");

    private final LabCluster cluster;

    /** Before the story. */
    private final Map<HostId, Integer> resets = new TreeMap<>();

    BasisFaultsTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    @BeforeEach
    void everyWatchdogIsArmed() {
        Watchdogs.areArmed(cluster);
        resets.putAll(Watchdogs.resets(cluster));
    }

    @Test
    void guestsNoticeNothingWhenAZooKeeperServerIsKilled() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        for (String server : ENSEMBLE) {
            cluster.lab().kill(server);
            nothingHappens(guests, Duration.ofSeconds(8));
            cluster.lab().start(server);
            cluster.awaitServing();
        }
        cluster.intact(guests);
    }

    @Test
    void nobodyIsFencedWhileTheEnsembleIsLostOrWhenItIsBack() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        ENSEMBLE.forEach(cluster.lab()::kill);
        nothingHappens(guests, AWAY);
        assertThat(cluster.leader()).as("nobody may lead without a majority").isEmpty();
        // Whoever is asked says so, instead of taking what nobody would do.
        Api.Answer refused = cluster.forceDown(H1);
        assertThat(refused.status()).as(refused.text()).isEqualTo(503);
        assertThat(refused.text()).contains("Nothing was changed");
        ENSEMBLE.forEach(cluster.lab()::start);

        cluster.awaitReady();
        cluster.awaitServing();
        nothingHappens(guests, Duration.ofSeconds(8));
        cluster.nothingStartedElsewhere(H1, guests);
        cluster.hosts().forEach(host -> assertThat(cluster.cases(host)).isEmpty());
        cluster.intact(guests);
    }

    @Test
    void aHostThatDiesWhileTheEnsembleIsLostIsRecoveredWhenItIsBack() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        ENSEMBLE.forEach(cluster.lab()::kill);
        // Until then the leader may act, because nobody else can be elected; half a second is enough for it.
        LabCluster.eventually(
                "nobody leads any more",
                AWAY,
                () -> assertThat(cluster.leader()).isEmpty());
        cluster.lab().power(H1, PowerAction.PULL_PLUG);
        LabCluster.always(
                "nobody acts without a leader",
                Duration.ofSeconds(8),
                () -> guests.forEach(guest -> assertThat(cluster.boots(guest)).isEqualTo(1)));
        ENSEMBLE.forEach(cluster.lab()::start);

        cluster.awaitMoved(H1, guests, Duration.ofSeconds(75));
        cluster.awaitCase(H1, "RECOVERED", Duration.ofSeconds(30));
        cluster.stillPowered(List.of(H2, H3));
        assertThat(Watchdogs.resets(cluster)).isEqualTo(resets);
    }

    @Test
    void guestsBeatOnWhileTheDatabaseIsKilledAndNothingAcknowledgedIsLost() {
        List<Guest> guests = cluster.automatic(H1, "web-1");
        Guest last = cluster.create("just-acknowledged", "small", H2, List.of("automatic-recovery"));
        cluster.lab().kill("db");
        LabCluster.always("guests beat on", AWAY, () -> {
            cluster.hosts().forEach(host -> assertThat(cluster.hasPower(host)).isTrue());
            guests.forEach(guest -> assertThat(cluster.guestsOn(H1)).contains(guest.id()));
        });
        cluster.lab().start("db");

        cluster.awaitReady();
        cluster.awaitServing();
        cluster.awaitBeating(H2, List.of(last));
        cluster.stillBeats(guests);
        cluster.nothingStartedElsewhere(H1, guests);
        for (HostId host : cluster.hosts()) {
            assertThat(cluster.cases(host)).isEmpty();
        }
        assertThat(Watchdogs.resets(cluster)).isEqualTo(resets);
    }

    @Test
    void aCaseGoesOnWhenTheDatabaseIsKilledInTheMiddleOfItAndStartedAgain() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "web-2", "db-1", "cache-1");
        cluster.lab().power(H1, PowerAction.PULL_PLUG);
        LabCluster.eagerly(
                "the case is condemned",
                Duration.ofSeconds(20),
                () -> assertThat(cluster.cases(H1))
                        .anySatisfy(one -> assertThat(LabCluster.kinds(one)).contains("condemned")));
        cluster.lab().kill("db");
        cluster.lab().start("db");

        cluster.awaitMoved(H1, guests, Duration.ofSeconds(60));
        cluster.awaitCase(H1, "RECOVERED", Duration.ofSeconds(30));
    }

    private void nothingHappens(List<Guest> guests, Duration time) {
        LabCluster.always("guests and hosts are as they were", time, () -> {
            cluster.stillPowered(cluster.hosts());
            guests.forEach(guest -> assertThat(cluster.guestsOn(H1)).contains(guest.id()));
        });
        cluster.stillBeats(guests);
        guests.forEach(guest -> assertThat(cluster.boots(guest)).isEqualTo(1));
        assertThat(Watchdogs.resets(cluster)).isEqualTo(resets);
    }
}
