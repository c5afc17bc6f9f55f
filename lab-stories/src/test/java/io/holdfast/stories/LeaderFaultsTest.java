package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static io.holdfast.stories.LabCluster.H2;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three controllers, and the one that leads is lost at each step of a recovery: for good, or to come back later. */
@Tag("lab")
@Tag("chaos")
@Timeout(value = 150, unit = TimeUnit.SECONDS)
@OnTheLab.Controllers(3)
@ExtendWith(OnTheLab.class)
final class LeaderFaultsTest {

    private static final Duration RECOVERY_LIMIT = Duration.ofSeconds(60);

    /** From the loss of the leader until another one works on its open case. */
    private static final Duration HAND_OVER_LIMIT = Duration.ofSeconds(5);

    private final LabCluster cluster;

    LeaderFaultsTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"suspected", "condemned", "fence-sent", "fence-proven", "instance-claimed", "instance-running"})
    void theCaseEndsRightWhenTheLeaderIsKilledRightAfter(String step) {
        List<Guest> guests = cluster.automatic(H1, "web-1", "web-2", "db-1", "cache-1");
        Leader leader = pullThePlugAndAwait(step);
        Instant lost = Instant.now();
        leader.process().kill();

        endsRight(guests, leader.name(), lost, "killed after " + step);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"suspected", "condemned", "fence-sent", "fence-proven", "instance-claimed", "instance-running"})
    void aLeaderThatStoodStillAtAStepDoesNothingMoreWhenItWakes(String step) throws Exception {
        List<Guest> guests = cluster.automatic(H1, "web-1", "web-2", "db-1", "cache-1");
        Leader leader = pullThePlugAndAwait(step);
        Instant lost = Instant.now();
        leader.process().signal("STOP");

        endsRight(guests, leader.name(), lost, "paused after " + step);
        String successor = cluster.leader(leader.name()).orElseThrow();
        cluster.lab().power(H1, PowerAction.PRESS_ON);
        cluster.awaitServing();
        List<String> before = LabCluster.kinds(cluster.cases(H1).getFirst());
        leader.process().signal("CONT");

        // Had it still anything to say, it would be a power-off of the host that is back, or a further start of a
        // guest.
        LabCluster.eventually("the woken one follows", Duration.ofSeconds(20), cluster::awaitReady);
        assertThat(cluster.leader()).contains(successor);
        LabCluster.always("the host that is back keeps its power", Duration.ofSeconds(6), () -> {
            assertThat(cluster.hasPower(H1)).isTrue();
            guests.forEach(guest -> assertThat(cluster.boots(guest)).isEqualTo(2));
        });
        assertThat(LabCluster.kinds(cluster.cases(H1).getFirst())).isEqualTo(before);
        cluster.intact(guests);
    }

    /** It wakes as soon as another leads, which has just begun to work on what is still under way. */
    @ParameterizedTest
    @ValueSource(
            strings = {"suspected", "condemned", "fence-sent", "fence-proven", "instance-claimed", "instance-running"})
    void aLeaderThatWakesInTheMiddleOfTheCaseLeavesItToItsSuccessor(String step) throws Exception {
        List<Guest> guests = cluster.automatic(H1, "web-1", "web-2", "db-1", "cache-1");
        Leader leader = pullThePlugAndAwait(step);
        leader.process().signal("STOP");
        LabCluster.eagerly(
                "another controller leads",
                Duration.ofSeconds(15),
                () -> assertThat(cluster.leader(leader.name())).isPresent());
        String successor = cluster.leader(leader.name()).orElseThrow();
        leader.process().signal("CONT");

        cluster.awaitMoved(H1, guests, RECOVERY_LIMIT);
        cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT);
        cluster.awaitReady();
        assertThat(cluster.leader()).contains(successor);
        LabCluster.always(
                "nothing is started once more",
                Duration.ofSeconds(4),
                () -> guests.forEach(guest -> assertThat(cluster.boots(guest)).isEqualTo(2)));
        cluster.intact(guests);
    }

    @Test
    void aChangeThatAnyControllerAcknowledgedIsCarriedOutByWhoeverLeads() {
        String leader = cluster.leader().orElseThrow();
        cluster.speakToAnyBut(leader);
        Guest atFollower = cluster.create("asked-a-follower", "small", H2, List.of("automatic-recovery"));
        cluster.awaitBeating(H2, List.of(atFollower));

        cluster.lab().kill(leader);
        // Nobody leads at the moment: the follower waits for a leader, or says that it did nothing.
        Guest inBetween = cluster.create("asked-in-between", "small", H2, List.of("automatic-recovery"));
        cluster.awaitBeating(H2, List.of(inBetween));
        cluster.stillBeats(List.of(atFollower));
        cluster.nothingStartedElsewhere(H2, List.of(atFollower, inBetween));
        assertThat(cluster.cases(H2)).isEmpty();
    }

    @Test
    void aWordThatIsGivenToAFollowerIsActedOnByTheLeader() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        String leader = cluster.leader().orElseThrow();
        cluster.speakToAnyBut(leader);
        Api.Answer answer = cluster.forceDown(H1);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);

        cluster.awaitMoved(H1, guests, RECOVERY_LIMIT);
        assertThat(cluster.hasPower(H1)).isFalse();
        cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT);
        assertThat(cluster.leader()).contains(leader);
    }

    /** Shorter than a session, a little longer, and much longer. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 12, 60})
    void aLeaderThatStandsStillForAWhileAtRestMovesNothing(int seconds) {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        String leader = cluster.leader().orElseThrow();
        cluster.speakToAnyBut(leader);
        cluster.lab().pause(leader);
        LabCluster.always(
                "nobody is suspected so that a case is opened",
                Duration.ofSeconds(seconds),
                () -> assertThat(cluster.cases(H1)).isEmpty());
        cluster.lab().resume(leader);

        cluster.awaitReady();
        cluster.awaitServing();
        cluster.nothingStartedElsewhere(H1, guests);
        cluster.stillBeats(guests);
        assertThat(cluster.cases(H1)).isEmpty();
        cluster.intact(guests);
    }

    @Test
    void aLeaderThatIsCutOffInTheMiddleOfACaseHandsItOver() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        Leader leader = pullThePlugAndAwait("condemned");
        Instant lost = Instant.now();
        cluster.lab().network(leader.name(), Network.MGMT, false);

        endsRight(guests, leader.name(), lost, "cut off after condemned");
    }

    /** @param process looked up beforehand: the signal itself then takes no time, which would be measured as hand-over */
    private record Leader(String name, Processes.Running process) {}

    /** Returns who led; from then on another controller is spoken to. */
    private Leader pullThePlugAndAwait(String step) {
        String name = cluster.leader().orElseThrow();
        Leader leader = new Leader(name, Processes.machine(cluster.lab(), name));
        cluster.speakToAnyBut(name);
        cluster.lab().power(H1, PowerAction.PULL_PLUG);
        LabCluster.eagerly(
                "the case is " + step,
                Duration.ofSeconds(20),
                () -> assertThat(cluster.cases(H1))
                        .anySatisfy(one -> assertThat(LabCluster.kinds(one)).contains(step)));
        return leader;
    }

    /** @param before a moment at which the leader was not lost yet, so that nothing is left out of what is measured */
    private void endsRight(List<Guest> guests, String leader, Instant before, String how) {
        // From here on nobody but a successor can have written.
        Instant after = Instant.now();
        AtomicReference<String> successor = new AtomicReference<>("");
        LabCluster.eagerly("another controller leads", Duration.ofSeconds(15), () -> {
            Optional<String> leads = cluster.leader(leader);
            assertThat(leads).isPresent();
            successor.set(leads.orElseThrow());
        });
        cluster.awaitMoved(H1, guests, RECOVERY_LIMIT);
        JsonNode recovered = cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT);
        assertThat(recovered.path("instances"))
                .allSatisfy(one -> assertThat(one.path("state").asText()).isEqualTo("RUNNING"));
        Continued continued = continued(recovered, after);
        long millis = Duration.between(before, continued.at()).toMillis();
        System.out.printf(
                "hand-over, leader %s: %s works on the case after %d ms, its next line (%s) after %d ms;"
                        + " load average %.1f%n",
                how,
                successor.get(),
                Duration.between(before, takenUp(successor.get(), before)).toMillis(),
                continued.kind(),
                millis,
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        assertThat(millis).as("how long nothing happened in the open case").isLessThan(HAND_OVER_LIMIT.toMillis());
    }

    private record Continued(String kind, Instant at) {}

    /** The first line of the case's timeline that was written after this moment. */
    private static Continued continued(JsonNode oneCase, Instant after) {
        return LabCluster.stream(oneCase.path("timeline"))
                .map(line -> new Continued(
                        line.path("kind").asText(),
                        Instant.parse(line.path("at").asText())))
                .filter(line -> line.at().isAfter(after))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nobody went on with the case: " + oneCase.path("timeline")));
    }

    /** When the successor had read the open cases, from its own log. */
    private Instant takenUp(String successor, Instant lost) {
        try {
            return Files.readAllLines(cluster.lab().log(successor)).stream()
                    .filter(line -> line.contains("RecoveryEngine - ") && line.contains(": leads at epoch "))
                    .map(line -> Instant.parse(line.substring(0, line.indexOf(' '))))
                    .filter(at -> at.isAfter(lost))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(successor + " leads and never took up the open cases"));
        } catch (IOException e) {
            throw new UncheckedIOException("the log of " + successor + " cannot be read", e);
        }
    }
}
