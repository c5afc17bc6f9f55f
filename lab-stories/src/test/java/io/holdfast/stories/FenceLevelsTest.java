package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.BmcFault;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Hosts that can be switched off by their BMC and, when that proves nothing, by the outlet that feeds them. One whose BMC lies is
 * {@link PowerBackTest}'s.
 */
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
        recoveredBySecondLevel(cluster, H1, guests);
    }

    static void recoveredBySecondLevel(LabCluster cluster, HostId host, List<Guest> guests) {
        // It may have its power back later.
        LabCluster.eventually("its outlet has switched it off", VERDICT_LIMIT, () -> {
            assertThat(cluster.cases(host))
                    .singleElement()
                    .satisfies(one -> assertThat(LabCluster.kinds(one)).contains("fence-proven"));
            assertThat(outletOn(cluster, host)).as("the outlet of " + host).isFalse();
            assertThat(cluster.hasPower(host)).as("power of " + host).isFalse();
        });
        cluster.awaitMoved(host, guests, RECOVERY_LIMIT);
        JsonNode recovered = cluster.awaitCase(host, "RECOVERED", RECOVERY_LIMIT);
        assertThat(LabCluster.kinds(recovered)).containsSubsequence("condemned", "fence-proven", "instance-claimed");
        assertThat(texts(recovered, "fence-step"))
                .anySatisfy(text -> assertThat(text).contains("level 1 of 2 is left"));
        assertThat(recovered.path("proof").asText()).contains("off");
    }

    static boolean outletOn(LabCluster cluster, HostId host) {
        return cluster.lab().status().host(host).orElseThrow().outletOn();
    }

    private static List<String> texts(JsonNode oneCase, String kind) {
        return LabCluster.stream(oneCase.path("timeline"))
                .filter(entry -> entry.path("kind").asText().equals(kind))
                .map(entry -> entry.path("text").asText())
                .toList();
    }
}
