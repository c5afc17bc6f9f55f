package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.BmcFault;
import io.holdfast.lab.MachinePlan;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import io.holdfast.model.HostId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Hosts whose BMC is gone when it is needed: what proves them dead is that they have stopped themselves. */
@Tag("lab")
@Tag("chaos")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
@OnTheLab.Watchdogs
@OnTheLab.StorageByCable
@ExtendWith(OnTheLab.class)
final class SelfFenceTest {

    private static final Duration LIMIT = Duration.ofSeconds(90);

    /** The whole of ZooKeeper away: longer than a session, a lease and the bound together. */
    private static final Duration OUTAGE = Duration.ofSeconds(30);

    private final LabCluster cluster;

    SelfFenceTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    /** It would go on as if nothing had been, with its guests, in the moment in which it is thawed. */
    @Test
    void aHostThatHangsIsResetByItsWatchdogAndItsGuestsGoOnElsewhere() {
        List<Guest> guests = cluster.automatic(H1, "web-1");
        int resets = resets(H1);
        cluster.lab().bmc(H1, BmcFault.DEAD);
        cluster.lab().freeze(H1);

        selfFenced(guests);
        assertThat(resets(H1)).isEqualTo(resets + 1);
    }

    /** Its network is gone and its storage is not: without the order in its slot it would live on. */
    @Test
    void aHostThatIsCutOffReadsTheOrderInItsSlotAndObeys() {
        List<Guest> guests = cluster.automatic(H1, "web-1");
        int resets = resets(H1);
        cluster.lab().bmc(H1, BmcFault.DEAD);
        cluster.lab().network(H1, Network.MGMT, false);

        JsonNode recovered = selfFenced(guests);
        assertThat(recovered.path("timeline").toString()).contains("the host has acknowledged the pill");
        assertThat(resets(H1)).isEqualTo(resets + 1);
    }

    /** Neither lease nor slot: nobody can order it to die, and it does by itself. What its guests were writing stays unwritten. */
    @Test
    void aHostThatHasLostZooKeeperAndItsStorageStopsItselfAndItsGuestsGoOnElsewhere() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        int resets = resets(H1);
        cluster.lab().bmc(H1, BmcFault.DEAD);
        cluster.lab().network(H1, Network.STORAGE, false);
        cluster.lab().network(H1, Network.MGMT, false);

        selfFenced(guests);
        assertThat(resets(H1)).isEqualTo(resets + 1);
        // With its cables it is a host again, and what it had still to say in its last life is not said.
        cluster.lab().network(H1, Network.STORAGE, true);
        cluster.lab().network(H1, Network.MGMT, true);
        cluster.lab().power(H1, PowerAction.PRESS_ON);
        cluster.awaitServing();
        cluster.stillBeats(guests);
        cluster.intact(guests);
    }

    @Test
    void withoutZooKeeperTheSlotsKeepEveryHostAliveAndNobodyIsCondemned() throws InterruptedException {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        List<Integer> resets =
                cluster.hosts().stream().map(SelfFenceTest.this::resets).toList();
        // ZooKeeper is inside of the controller.
        cluster.lab().pause(MachinePlan.FIRST_CONTROLLER);

        LabCluster.always(
                guests + " live",
                OUTAGE,
                () -> assertThat(cluster.guestsOn(H1))
                        .containsAll(guests.stream().map(Guest::id).toList()));
        cluster.lab().resume(MachinePlan.FIRST_CONTROLLER);

        cluster.awaitReady();
        cluster.awaitServing();
        cluster.stillBeats(guests);
        cluster.nothingStartedElsewhere(H1, guests);
        cluster.hosts().forEach(host -> assertThat(cluster.cases(host)).isEmpty());
        assertThat(cluster.hosts().stream().map(SelfFenceTest.this::resets).toList())
                .isEqualTo(resets);
    }

    private JsonNode selfFenced(List<Guest> guests) {
        return selfFenced(cluster, guests, LIMIT);
    }

    static JsonNode selfFenced(LabCluster cluster, List<Guest> guests, Duration limit) {
        long startNanos = System.nanoTime();
        cluster.awaitMoved(H1, guests, limit);
        long tookMillis = (System.nanoTime() - startNanos) / 1_000_000;
        JsonNode recovered = cluster.awaitCase(H1, "RECOVERED", limit);
        assertThat(LabCluster.kinds(recovered)).containsSubsequence("condemned", "fence-proven", "instance-claimed");
        assertThat(recovered.path("proof").asText()).contains("SELF_FENCED").contains("was armed in boot");
        System.out.println("all guests beat elsewhere " + tookMillis + " ms after the failure");
        return recovered;
    }

    /** How often its watchdog has reset the host in the life of this lab. */
    private int resets(HostId host) {
        Path log = cluster.lab().logDirectory(host).resolve("watchdog.log");
        try {
            return Files.exists(log)
                    ? (int) Files.readAllLines(log).stream()
                            .filter(line -> line.contains("not petted"))
                            .count()
                    : 0;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
