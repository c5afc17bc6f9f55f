package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static io.holdfast.stories.LabCluster.H2;
import static io.holdfast.stories.LabCluster.H3;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.Cable;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A cable is cut, or loses one direction: the host's, or its BMC's. The guests of a host that is cut off run on, so a second
 * copy would be seen in their ledgers.
 */
@Tag("lab")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(OnTheLab.class)
final class CutCablesTest {

    private static final Duration LIMIT = Duration.ofSeconds(45);

    private final LabCluster cluster;

    CutCablesTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    /** It hears, and nobody hears it: what it knows of itself is the opposite of what all others know. */
    @Test
    void aHostWhoseOnlyCableIsMuteIsSwitchedOffBeforeItsGuestsStartElsewhere() {
        switchedOffBeforeItsGuestsStartElsewhere(Cable.MUTE);
    }

    @Tag("chaos")
    @ParameterizedTest
    @EnumSource(
            value = Cable.class,
            names = {"DOWN", "DEAF"})
    void aHostWhoseOnlyCableFailsOtherwiseIsToo(Cable cable) {
        switchedOffBeforeItsGuestsStartElsewhere(cable);
    }

    private void switchedOffBeforeItsGuestsStartElsewhere(Cable cable) {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        cluster.lab().cable(H1, Network.MGMT, cable);

        cluster.awaitMoved(H1, guests, LIMIT);
        assertThat(cluster.hasPower(H1)).isFalse();
        JsonNode recovered = cluster.awaitCase(H1, "RECOVERED", LIMIT);
        assertThat(LabCluster.kinds(recovered)).containsSubsequence("condemned", "fence-proven", "instance-claimed");
        LabCluster.eventually(
                "everybody was told",
                LIMIT,
                () -> assertThat(cluster.toldTypes(H1))
                        .containsSubsequence("host.suspected", "host.condemned", "host.fenced", "host.recovered"));
        cluster.stillPowered(List.of(H2, H3));
        assertThat(cluster.cases(H2)).isEmpty();
        assertThat(cluster.cases(H3)).isEmpty();

        cluster.lab().cable(H1, Network.MGMT, Cable.UP);
        cluster.lab().power(H1, PowerAction.PRESS_ON);
        cluster.awaitServing();
        assertThat(cluster.guestsOn(H1)).isEmpty();
        cluster.stillBeats(guests);
        cluster.intact(guests);
        guests.forEach(guest -> assertThat(cluster.boots(guest)).isEqualTo(2));
    }

    @Tag("chaos")
    @Test
    void aBmcWhoseCableIsDownIsTheOperatorsConcernAndNotItsHosts() throws Exception {
        theOperatorsConcernAndNotItsHosts(Cable.DOWN);
    }

    @Tag("chaos")
    @ParameterizedTest
    @EnumSource(
            value = Cable.class,
            names = {"DEAF", "MUTE"})
    void aBmcWhoseCableLosesADirectionIsToo(Cable cable) throws Exception {
        theOperatorsConcernAndNotItsHosts(cable);
    }

    private void theOperatorsConcernAndNotItsHosts(Cable cable) throws Exception {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        // Somebody is called when it stops working, so it has to work first.
        assertThat(cluster.checkFencing(H1).exitCode()).isZero();
        cluster.lab().cable(H1, Network.OOB, cable);
        // One check without an answer may be chance; somebody is called after the second.
        for (int asked = 0; asked < 2; asked++) {
            LabCluster.Told check = cluster.checkFencing(H1);
            assertThat(check.exitCode()).as(check.text()).isNotZero();
            assertThat(check.text()).containsAnyOf("timed out", "unreachable");
        }
        LabCluster.eventually(
                "operators are told",
                LIMIT,
                () -> assertThat(cluster.toldTypes(H1)).contains("host.fence-unready"));
        assertThat(cluster.host(H1).path("health").asText()).isEqualTo("ALIVE");
        assertThat(cluster.cases(H1)).isEmpty();
        cluster.stillPowered(cluster.hosts());
        cluster.stillBeats(guests);
        cluster.nothingStartedElsewhere(H1, guests);

        cluster.lab().cable(H1, Network.OOB, Cable.UP);
        // The first packets over a cable that is up again may still look for the way.
        LabCluster.eventually("its fence device works again", LIMIT, () -> {
            LabCluster.Told check = cluster.checkFencing(H1);
            assertThat(check.exitCode()).as(check.text()).isZero();
        });
        LabCluster.eventually(
                "operators are told that it works",
                LIMIT,
                () -> assertThat(cluster.toldTypes(H1)).containsSubsequence("host.fence-unready", "host.fence-ready"));
    }

    @Test
    void aHostThatIsCutOffTogetherWithItsBmcWaitsForAProofAndIsRecoveredOnceThereIsOne() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        cluster.lab().cable(H1, Network.OOB, Cable.MUTE);
        cluster.lab().cable(H1, Network.MGMT, Cable.MUTE);

        JsonNode waiting = cluster.awaitCase(H1, "NEEDS_OPERATOR", LIMIT);
        assertThat(waiting.path("proof").isNull()).isTrue();
        LabCluster.always(
                "nothing is started elsewhere",
                Duration.ofSeconds(3),
                () -> cluster.nothingStartedElsewhere(H1, guests));
        cluster.stillBeats(guests);
        assertThat(cluster.hasPower(H1)).isTrue();
        LabCluster.eventually(
                "its guests' disks are seen to be written by hosts that share them",
                LIMIT,
                () -> assertThat(guestsSeen(cluster.host(H1)))
                        .isNotEmpty()
                        .allSatisfy(seen -> assertThat(seen).startsWith("active: ")));

        // The BMC is reached again; nobody has to say so.
        cluster.lab().cable(H1, Network.OOB, Cable.UP);
        cluster.awaitMoved(H1, guests, LIMIT);
        assertThat(cluster.hasPower(H1)).isFalse();
        cluster.awaitCase(H1, "RECOVERED", LIMIT);
    }

    private static List<String> guestsSeen(JsonNode host) {
        return LabCluster.stream(host.path("evidence"))
                .filter(evidence -> evidence.path("signal").asText().equals("GUESTS"))
                .map(evidence -> evidence.path("reading").asText())
                .toList();
    }
}
