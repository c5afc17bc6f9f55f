package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.BmcFault;
import io.holdfast.lab.MachinePlan;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Hosts whose BMC is gone when it is needed, the case in which others wait for ever: what proves them dead is that they have stopped
 * themselves. And what must not make a host stop itself.
 */
@Tag("lab")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
@OnTheLab.Watchdogs
@OnTheLab.StorageByCable
@OnTheLab.TwoNetworks
@ExtendWith(OnTheLab.class)
final class SelfFenceTest {

    private static final Duration LIMIT = Duration.ofSeconds(90);

    /** The bound of the lab's hosts is 9 s: whoever petted nobody since this began has been reset. */
    private static final Duration PAST_THE_BOUND = Duration.ofSeconds(12);

    /** A session (2 s), a lease (3 s) and the bound, one after the other, and some more. */
    private static final Duration PAST_EVERY_TIME = Duration.ofSeconds(18);

    /** Nearly twice as long. */
    private static final Duration OUTAGE = Duration.ofSeconds(30);

    private final LabCluster cluster;

    SelfFenceTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    /** Nobody can ask whether its power is off, and there is nobody left who could read an order. */
    @Test
    void ofAHostThatDiesWithItsBmcTheSilenceProvesThatItHasStoppedItselfAndItsGuestsGoOnElsewhere() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        cluster.lab().bmc(H1, BmcFault.DEAD);
        cluster.lab().power(H1, PowerAction.PULL_PLUG);

        selfFenced(guests);
    }

    /** It would go on as if nothing had been, with its guests, in the moment in which it is thawed. */
    @Test
    void aHostThatHangsIsResetByItsWatchdogAndItsGuestsGoOnElsewhere() {
        List<Guest> guests = cluster.automatic(H1, "web-1");
        int resets = Watchdogs.resets(cluster, H1);
        cluster.lab().bmc(H1, BmcFault.DEAD);
        cluster.lab().freeze(H1);

        selfFenced(guests);
        assertThat(Watchdogs.resets(cluster, H1)).isEqualTo(resets + 1);
    }

    /** No network reaches it, and it reaches its storage: without the order in its slot it would live on. */
    @Test
    void aHostThatReachesItsStorageAloneIsCalledIsolatedAndReadsTheOrderInItsSlotAndObeys() {
        List<Guest> guests = cluster.automatic(H1, "web-1");
        LabCluster.eventually(
                "it was seen on both networks",
                LIMIT,
                () -> assertThat(readings(cluster.host(H1), "GROUP")).containsExactly("present", "present"));
        int resets = Watchdogs.resets(cluster, H1);
        cluster.lab().bmc(H1, BmcFault.DEAD);
        cluster.faults().apart(H1);
        long cutNanos = System.nanoTime();
        cluster.lab().network(H1, Network.MGMT, false);

        LabCluster.eagerly(
                "it is called isolated",
                LabCluster.CALLED_SO_WITHIN,
                () -> assertThat(cluster.told(H1))
                        .contains("host.isolated: isolated: no network reaches it, and its slot on the shared storage"
                                + " beats"));
        System.out.println("cut off from all but its storage: called isolated after " + millisSince(cutNanos) + " ms");
        // A moment later it is condemned, because of the same row and the same evidence.
        JsonNode host = cluster.host(H1);
        assertThat(host.path("healthRow").asText()).as(host.toString()).isEqualTo("isolated");
        assertThat(host.path("health").asText()).isIn("ISOLATED", "LOST");
        assertThat(readings(host, "LEASE")).singleElement().asString().startsWith("absent for");
        assertThat(readings(host, "GROUP"))
                .hasSize(2)
                .allSatisfy(group -> assertThat(group).startsWith("absent for"));
        assertThat(readings(host, "PROBE")).singleElement().asString().startsWith("silent for");
        assertThat(readings(host, "SLOT")).containsExactly("beating");

        JsonNode recovered = selfFenced(guests, cutNanos);
        assertThat(recovered.path("timeline").toString()).contains("the host has acknowledged the pill");
        assertThat(Watchdogs.resets(cluster, H1)).isEqualTo(resets + 1);
    }

    /** Neither lease nor slot: nobody can order it to die, and it does by itself. What its guests were writing stays unwritten. */
    @Tag("chaos")
    @Test
    void aHostThatHasLostZooKeeperAndItsStorageStopsItselfAndItsGuestsGoOnElsewhere() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        int resets = Watchdogs.resets(cluster, H1);
        cluster.lab().bmc(H1, BmcFault.DEAD);
        cluster.lab().network(H1, Network.STORAGE, false);
        cluster.lab().network(H1, Network.MGMT, false);

        selfFenced(guests);
        assertThat(Watchdogs.resets(cluster, H1)).isEqualTo(resets + 1);
        // With its cables it is a host again, and what it had still to say in its last life is not said.
        cluster.lab().network(H1, Network.STORAGE, true);
        cluster.lab().network(H1, Network.MGMT, true);
        cluster.lab().power(H1, PowerAction.PRESS_ON);
        cluster.awaitServing();
        cluster.stillBeats(guests);
        cluster.intact(guests);
    }

    /** The database hangs, and after a while ZooKeeper does as well: the slots alone keep the hosts alive. */
    @Test
    void withoutTheDatabaseAndThenWithoutZooKeeperTooEveryHostLivesAndNobodyIsCondemned() throws Exception {
        Map<HostId, Guest> guests = new TreeMap<>();
        for (HostId host : cluster.hosts()) {
            guests.put(host, cluster.automatic(host, "web-" + host).getFirst());
        }
        Watchdogs.areArmed(cluster);
        Map<HostId, Integer> resets = Watchdogs.resets(cluster);
        List<Processes.Running> database =
                Processes.database(cluster.deployment().controllerState());
        for (Processes.Running process : database) {
            process.signalIfAlive("STOP");
        }
        long hangsNanos = System.nanoTime();
        try {
            Guest any = guests.values().iterator().next();
            assertThat(cluster.api()
                            .send("GET", "/v2.1/servers/" + any.id(), null)
                            .ok())
                    .as("somebody could read the database")
                    .isFalse();
            allLive(guests, PAST_THE_BOUND.minusMillis(millisSince(hangsNanos)));
            // It is inside of the controller.
            cluster.lab().pause(MachinePlan.FIRST_CONTROLLER);
            allLive(guests, PAST_EVERY_TIME);
        } finally {
            for (Processes.Running process : database) {
                process.signalIfAlive("CONT");
            }
            cluster.lab().resume(MachinePlan.FIRST_CONTROLLER);
        }

        cluster.awaitReady();
        cluster.awaitServing();
        guests.forEach((host, guest) -> {
            cluster.nothingStartedElsewhere(host, List.of(guest));
            assertThat(cluster.cases(host)).isEmpty();
        });
        cluster.stillBeats(List.copyOf(guests.values()));
        cluster.intact(List.copyOf(guests.values()));
        assertThat(Watchdogs.resets(cluster)).isEqualTo(resets);
    }

    @Tag("chaos")
    @Test
    void withoutZooKeeperTheSlotsKeepEveryHostAliveAndNobodyIsCondemned() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        Map<HostId, Integer> resets = Watchdogs.resets(cluster);
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
        assertThat(Watchdogs.resets(cluster)).isEqualTo(resets);
    }

    /** @param time may have passed already; they live at its end in any case */
    private void allLive(Map<HostId, Guest> guests, Duration time) {
        LabCluster.always(
                "every host and its guest live",
                time.isNegative() ? Duration.ofSeconds(1) : time,
                () -> guests.forEach((host, guest) -> {
                    assertThat(cluster.hasPower(host)).as("power of " + host).isTrue();
                    assertThat(cluster.guestsOn(host)).containsExactly(guest.id());
                }));
        cluster.stillBeats(List.copyOf(guests.values()));
    }

    private void selfFenced(List<Guest> guests) {
        selfFenced(guests, System.nanoTime());
    }

    private JsonNode selfFenced(List<Guest> guests, long failedNanos) {
        cluster.awaitMoved(H1, guests, LIMIT);
        long tookMillis = millisSince(failedNanos);
        JsonNode recovered = cluster.awaitCase(H1, "RECOVERED", LIMIT);
        assertThat(LabCluster.kinds(recovered)).containsSubsequence("condemned", "fence-proven", "instance-claimed");
        assertThat(recovered.path("proof").asText()).contains("SELF_FENCED").contains("was armed in boot");
        System.out.println("all guests beat elsewhere " + tookMillis + " ms after the failure");
        return recovered;
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    private static List<String> readings(JsonNode host, String signal) {
        return LabCluster.stream(host.path("evidence"))
                .filter(evidence -> evidence.path("signal").asText().equals(signal))
                .map(evidence -> evidence.path("reading").asText())
                .toList();
    }
}
