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
 * The only cable of a host is cut, or loses one direction, alone or together with its BMC's. Its guests run on, so a second copy would
 * be seen in their ledgers. A host that is deaf, with a BMC that is slow, is {@link BmcFaultsTest}'s, and so are BMCs that are cut off alone.
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

    @Test
    void aHostWhoseOnlyCableIsCutIsSwitchedOffBeforeItsGuestsStartElsewhere() {
        switchedOffBeforeItsGuestsStartElsewhere(Cable.DOWN);
    }

    @Tag("chaos")
    @ParameterizedTest
    @EnumSource(
            value = Cable.class,
            names = {"DEAF", "MUTE"})
    void aHostWhoseOnlyCableLosesADirectionIsToo(Cable cable) {
        switchedOffBeforeItsGuestsStartElsewhere(cable);
    }

    private void switchedOffBeforeItsGuestsStartElsewhere(Cable cable) {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        cluster.lab().cable(H1, Network.MGMT, cable);

        wasSwitchedOffFirst(guests);
    }

    private void wasSwitchedOffFirst(List<Guest> guests) {
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

    /** It hears, and nobody hears it: what it knows of itself is the opposite of what all others know. */
    @Test
    void aHostThatIsMuteTogetherWithItsBmcWaitsForAProofAndIsRecoveredOnceThereIsOne() {
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
        wasSwitchedOffFirst(guests);
    }

    private static List<String> guestsSeen(JsonNode host) {
        return LabCluster.stream(host.path("evidence"))
                .filter(evidence -> evidence.path("signal").asText().equals("GUESTS"))
                .map(evidence -> evidence.path("reading").asText())
                .toList();
    }
}
