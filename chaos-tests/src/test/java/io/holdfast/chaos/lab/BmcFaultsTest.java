package io.holdfast.chaos.lab;

import static io.holdfast.chaos.lab.LabCluster.H1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.BmcFault;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A host is silent, and what should switch it off and prove it cannot be trusted. */
@Tag("lab")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(OnTheLab.class)
final class BmcFaultsTest {

    private static final Duration VERDICT_LIMIT = Duration.ofSeconds(30);
    private static final Duration RECOVERY_LIMIT = Duration.ofSeconds(30);

    private final LabCluster cluster;

    BmcFaultsTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void startsNothingElsewhereWhileTheBmcLiesAndTheIsolatedHostStillRunsItsGuests() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        cluster.lab().bmc(H1, BmcFault.LYING);
        cluster.lab().network(H1, Network.MGMT, false);

        JsonNode waiting = cluster.awaitCase(H1, "NEEDS_OPERATOR", VERDICT_LIMIT);
        assertThat(waiting.path("reason").asText()).contains("Nothing of it is started elsewhere");
        assertThat(waiting.path("nextStep").asText()).contains("force-down");
        assertThat(waiting.path("proof").isNull()).isTrue();
        LabCluster.always("they run where they were", Duration.ofSeconds(3), () -> {
            assertThat(cluster.guestsOn(H1))
                    .contains(guests.get(0).id(), guests.get(1).id());
            cluster.nothingStartedElsewhere(H1, guests);
        });
        cluster.stillBeats(guests);

        // Now somebody goes there and pulls the plug. The BMC still lies about orders, but reads the truth.
        cluster.lab().power(H1, PowerAction.PULL_PLUG);
        cluster.awaitMoved(H1, guests, RECOVERY_LIMIT);
        assertThat(cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT)
                        .path("proof")
                        .asText())
                .contains("off");
    }
}
