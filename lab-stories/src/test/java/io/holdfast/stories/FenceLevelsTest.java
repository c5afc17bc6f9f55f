package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.BmcFault;
import io.holdfast.lab.LabStatus;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Hosts that can be switched off by their BMC and, when that proves nothing, by the outlet that feeds them. */
@Tag("lab")
@Tag("chaos")
@Timeout(value = 150, unit = TimeUnit.SECONDS)
@OnTheLab.Outlets
@ExtendWith(OnTheLab.class)
final class FenceLevelsTest {

    private static final Duration VERDICT_LIMIT = Duration.ofSeconds(40);
    private static final Duration RECOVERY_LIMIT = Duration.ofSeconds(40);
    private static final String PDU = "pdu";

    private final LabCluster cluster;

    FenceLevelsTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    /** The host is cut off and runs its guests: had the liar been believed, they would run twice. */
    @Test
    void theOutletProvesWhatALyingBmcOnlySays() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        cluster.lab().bmc(H1, BmcFault.LYING);
        cluster.lab().network(H1, Network.MGMT, false);

        recoveredBySecondLevel(guests);
    }

    /** A BMC that is fed by its host: it is gone when it is needed. */
    @Test
    void theOutletProvesWhatABmcCannotThatDiedWithItsHost() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        cluster.lab().bmc(H1, BmcFault.DEAD);
        cluster.lab().power(H1, PowerAction.PULL_PLUG);

        recoveredBySecondLevel(guests);
    }

    @Test
    void nothingIsStartedElsewhereWhileNeitherLevelAnswersAndTheOutletIsTriedAgain() {
        List<Guest> guests = cluster.automatic(H1, "web-1");
        cluster.lab().bmc(H1, BmcFault.DEAD);
        cluster.lab().kill(PDU);
        cluster.lab().network(H1, Network.MGMT, false);

        cluster.awaitCase(H1, "NEEDS_OPERATOR", VERDICT_LIMIT);
        cluster.stillBeats(guests);
        cluster.nothingStartedElsewhere(H1, guests);

        cluster.lab().start(PDU);
        recoveredBySecondLevel(guests);
    }

    private void recoveredBySecondLevel(List<Guest> guests) {
        cluster.awaitMoved(H1, guests, VERDICT_LIMIT.plus(RECOVERY_LIMIT));
        JsonNode recovered = cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT);
        assertThat(LabCluster.kinds(recovered)).containsSubsequence("condemned", "fence-proven", "instance-claimed");
        assertThat(texts(recovered, "fence-step"))
                .anySatisfy(text -> assertThat(text).contains("level 1 of 2 is left"));
        assertThat(recovered.path("proof").asText()).contains("off");
        LabStatus.HostStatus host = cluster.lab().status().host(H1).orElseThrow();
        assertThat(host.outletOn()).as("the outlet of h1 is on").isFalse();
        assertThat(cluster.hasPower(H1)).isFalse();
    }

    private static List<String> texts(JsonNode oneCase, String kind) {
        return LabCluster.stream(oneCase.path("timeline"))
                .filter(entry -> entry.path("kind").asText().equals(kind))
                .map(entry -> entry.path("text").asText())
                .toList();
    }
}
