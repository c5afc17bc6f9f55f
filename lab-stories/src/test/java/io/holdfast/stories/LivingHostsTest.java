package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static io.holdfast.stories.LabCluster.H2;
import static io.holdfast.stories.LabCluster.H3;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Something dies or hangs on a host that lives: nobody may be moved, and everybody is looked after again. Only somebody's
 * wish moves a guest off a living host.
 */
@Tag("lab")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(OnTheLab.class)
final class LivingHostsTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final LabCluster cluster;

    LivingHostsTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void aKilledAgentIsNotALostHostAndItsSuccessorAdoptsTheGuests() {
        aKilledAgentIsNotALostHost(H1);
    }

    @Tag("chaos")
    @Test
    void aKilledAgentWithoutASupervisorIsNotALostHostEither() {
        aKilledAgentIsNotALostHost(H3);
    }

    private void aKilledAgentIsNotALostHost(HostId host) {
        List<Guest> guests = cluster.automatic(host, "web-1", "db-1");
        Processes.Running agent = Processes.agent(cluster.lab(), host);
        agent.kill();

        cluster.stillBeats(guests);
        awaitAnotherAgent(host, agent);
        cluster.awaitServing();
        staysHome(host, guests);
        // The successor knows them: what the API deletes, it ends.
        cluster.delete(guests.get(1));
        LabCluster.eventually(
                "the deleted one is gone",
                LIMIT,
                () -> assertThat(cluster.guestsOn(host))
                        .containsExactly(guests.getFirst().id()));
    }

    @Tag("chaos")
    @Test
    void aStoppedAgentWithoutASupervisorMakesItsHostDegradedAndNothingIsMoved() throws Exception {
        List<Guest> guests = cluster.automatic(H3, "web-1");
        Processes.Running agent = Processes.agent(cluster.lab(), H3);
        agent.signal("STOP");
        try {
            LabCluster.eventually(
                    "it is degraded",
                    LIMIT,
                    () -> assertThat(cluster.host(H3).path("health").asText()).isEqualTo("DEGRADED"));
            assertThat(cluster.host(H3).path("healthReason").asText()).isNotBlank();
            LabCluster.always("it stays with that", Duration.ofSeconds(4), () -> {
                assertThat(cluster.cases(H3)).isEmpty();
                cluster.nothingStartedElsewhere(H3, guests);
            });
            cluster.stillBeats(guests);
        } finally {
            agent.signal("CONT");
        }
        cluster.awaitServing();
        staysHome(H3, guests);
        assertThat(Processes.agent(cluster.lab(), H3).pid()).isEqualTo(agent.pid());
    }

    @Tag("chaos")
    @Test
    void aStoppedAgentIsStartedAnewByItsSupervisorAndNothingIsMoved() throws Exception {
        List<Guest> guests = cluster.automatic(H1, "web-1");
        Processes.Running agent = Processes.agent(cluster.lab(), H1);
        agent.signal("STOP");

        cluster.stillBeats(guests);
        awaitAnotherAgent(H1, agent);
        cluster.awaitServing();
        staysHome(H1, guests);
    }

    @Tag("chaos")
    @Test
    void aKilledSupervisorLeavesTheAgentAloneAndItsSuccessorTakesItOver() {
        List<Guest> guests = cluster.automatic(H1, "web-1");
        Processes.Running supervisor = Processes.supervisor(cluster.lab(), H1);
        Processes.Running agent = Processes.agent(cluster.lab(), H1);
        supervisor.kill();
        LabCluster.eventually(
                "another supervisor runs",
                LIMIT,
                () -> assertThat(Processes.supervisor(cluster.lab(), H1).pid()).isNotEqualTo(supervisor.pid()));
        assertThat(Processes.agent(cluster.lab(), H1).pid()).isEqualTo(agent.pid());

        agent.kill();
        awaitAnotherAgent(H1, agent);
        cluster.awaitServing();
        staysHome(H1, guests);
    }

    @Test
    void guestsRunOnWhenLibvirtdIsKilledAndAreKnownAgainAfterwards() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        Processes.Running libvirtd = Processes.libvirtd(cluster.lab(), H1);
        libvirtd.kill();

        cluster.stillBeats(guests);
        LabCluster.eventually(
                "libvirtd is back",
                LIMIT,
                () -> assertThat(Processes.libvirtd(cluster.lab(), H1).pid()).isNotEqualTo(libvirtd.pid()));
        cluster.awaitServing();
        staysHome(H1, guests);
        itsAgentSpeaksToTheNewOne(guests);
    }

    /** It answers nobody, and lives: nothing but its agent can tell, and nothing but a kill helps. */
    @Test
    void aLibvirtdThatHangsMakesItsHostDegradedUntilItsAgentHasStartedItAnew() throws Exception {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        Processes.Running libvirtd = Processes.libvirtd(cluster.lab(), H1);
        libvirtd.signal("STOP");
        long stoppedNanos = System.nanoTime();

        LabCluster.eagerly("it is degraded, and the reason is libvirt", LabCluster.CALLED_SO_WITHIN, () -> {
            JsonNode host = cluster.host(H1);
            assertThat(host.path("health").asText()).isEqualTo("DEGRADED");
            assertThat(host.path("healthRow").asText()).isEqualTo("libvirt-bad");
        });
        System.out.println("libvirtd hangs: degraded after "
                + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - stoppedNanos) + " ms");
        cluster.stillBeats(guests);
        // It was stopped and not ended, and nobody here does that.
        LabCluster.eventually(
                "its agent has had it started anew",
                LIMIT,
                () -> assertThat(Processes.libvirtd(cluster.lab(), H1).pid()).isNotEqualTo(libvirtd.pid()));
        assertThat(cluster.lab().dataDirectory(H1).resolve("agent").resolve("restart-libvirt.log"))
                .exists();
        cluster.awaitServing();
        LabCluster.eventually(
                "that is over",
                LIMIT,
                () -> assertThat(cluster.toldTypes(H1)).containsSubsequence("host.degraded", "host.cleared"));
        assertThat(cluster.toldTypes(H1)).doesNotContain("host.condemned", "host.fenced");
        cluster.stillPowered(cluster.hosts());
        staysHome(H1, guests);
        itsAgentSpeaksToTheNewOne(guests);
    }

    /** It starts guests, and ends them. */
    private void itsAgentSpeaksToTheNewOne(List<Guest> guests) {
        Guest fresh = cluster.create("after", "small", H1, List.of());
        cluster.awaitBeating(H1, List.of(fresh));
        cluster.delete(guests.get(1));
        LabCluster.eventually(
                "the deleted one is gone",
                LIMIT,
                () -> assertThat(cluster.guestsOn(H1))
                        .containsExactlyInAnyOrder(guests.getFirst().id(), fresh.id()));
    }

    @Test
    void aGuestThatIsKilledByHandStartsAgainOnItsHost() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        Guest killed = guests.getFirst();
        Processes.guest(cluster.lab(), H1, killed.id()).kill();

        LabCluster.eventually("it runs again", LIMIT, () -> {
            assertThat(cluster.boots(killed)).isEqualTo(2);
            assertThat(cluster.status(killed)).isEqualTo("ACTIVE");
        });
        assertThat(cluster.home(killed)).isEqualTo(H1.value());
        assertThat(cluster.guestsOn(H1)).contains(killed.id());
        cluster.stillBeats(guests);
        cluster.intact(guests);
        assertThat(cluster.boots(guests.get(1))).isEqualTo(1);
        assertThat(cluster.cases(H1)).isEmpty();
    }

    @Test
    void aPlannedMoveStopsAGuestOnItsLivingHomeBeforeAnotherHostStartsIt() throws Exception {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        Guest moved = guests.getFirst();
        Guest other = guests.get(1);
        LabCluster.Told told = cluster.holdfast("server", "migrate", moved.name(), "--host", "h2");
        assertThat(told.exitCode()).as(told.text()).isZero();

        AtomicBoolean twice = new AtomicBoolean();
        LabCluster.eventually("it beats on h2", LIMIT, () -> {
            if (cluster.guestsOn(H1).contains(moved.id())
                    && cluster.guestsOn(H2).contains(moved.id())) {
                twice.set(true);
            }
            assertThat(cluster.boots(moved)).isEqualTo(2);
            assertThat(cluster.status(moved)).isEqualTo("ACTIVE");
            assertThat(cluster.moves(moved))
                    .singleElement()
                    .satisfies(move -> assertThat(move.path("state").asText()).isEqualTo("MOVED"));
        });
        assertThat(twice).as("it had a process on both hosts at once").isFalse();
        assertThat(cluster.home(moved)).isEqualTo(H2.value());
        assertThat(cluster.guestsOn(H2)).contains(moved.id());
        assertThat(cluster.guestsOn(H1)).containsExactly(other.id());
        cluster.stillBeats(guests);
        cluster.intact(guests);
        assertThat(cluster.boots(other)).isEqualTo(1);
        cluster.hosts().forEach(host -> assertThat(cluster.cases(host)).isEmpty());
    }

    @Tag("chaos")
    @Test
    void aFrozenHostWithoutASupervisorIsDegradedAndItsGuestsGoOnWhereTheyStoodWhenItThaws() {
        List<Guest> guests = cluster.automatic(H3, "web-1", "db-1");
        cluster.lab().freeze(H3);
        try {
            LabCluster.eventually(
                    "it is degraded",
                    LIMIT,
                    () -> assertThat(cluster.host(H3).path("health").asText()).isEqualTo("DEGRADED"));
            LabCluster.always("silence does not condemn it", Duration.ofSeconds(6), () -> {
                assertThat(cluster.cases(H3)).isEmpty();
                cluster.nothingStartedElsewhere(H3, guests);
            });
            assertThat(cluster.host(H3).path("healthReason").asText()).isNotBlank();
        } finally {
            cluster.lab().thaw(H3);
        }
        cluster.awaitServing();
        staysHome(H3, guests);
    }

    /** No living host: the one thing in this class that is moved, and the counterpart of the story above. */
    @Test
    void aFrozenHostWithASupervisorIsFencedAndItsGuestsGoOnElsewhere() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        cluster.lab().freeze(H1);

        JsonNode recovered = cluster.awaitCase(H1, "RECOVERED", Duration.ofSeconds(60));
        assertThat(LabCluster.kinds(recovered)).containsSubsequence("condemned", "fence-proven", "instance-claimed");
        assertThat(cluster.hasPower(H1)).isFalse();
        cluster.awaitMoved(H1, guests, LIMIT);
    }

    private void awaitAnotherAgent(HostId host, Processes.Running gone) {
        LabCluster.eventually(
                "another agent runs",
                LIMIT,
                () -> assertThat(Processes.agent(cluster.lab(), host).pid()).isNotEqualTo(gone.pid()));
    }

    private void staysHome(HostId host, List<Guest> guests) {
        cluster.nothingStartedElsewhere(host, guests);
        cluster.stillBeats(guests);
        cluster.intact(guests);
        guests.forEach(guest -> assertThat(cluster.status(guest)).isEqualTo("ACTIVE"));
        assertThat(cluster.cases(host)).isEmpty();
    }
}
