package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H3;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.BmcFault;
import io.holdfast.lab.Network;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A host whose BMC proves nothing is switched off by its outlet; and when both are well it gets its power back from them, by itself. */
@Tag("lab")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
@OnTheLab.Hosts(4)
@OnTheLab.Outlets
@OnTheLab.PowerBack
@OnTheLab.GuardsAsShipped
@ExtendWith(OnTheLab.class)
final class PowerBackTest {

    /** An order that came before its BMC was well is given again after 15 s. */
    private static final Duration LIMIT = Duration.ofSeconds(75);

    private final LabCluster cluster;

    PowerBackTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    /**
     * The host is cut off and runs its guests: had the liar been believed, they would run twice. The third, because the guards count how
     * often a host has failed, and the others fail in {@link ManyHostsTest}.
     */
    @Test
    void theOutletProvesWhatALyingBmcOnlySaysAndAfterARestTheHostHasItsPowerBackAndServes() {
        List<Guest> guests = cluster.automatic(H3, "web-1", "db-1");
        cluster.lab().bmc(H3, BmcFault.LYING);
        cluster.lab().network(H3, Network.MGMT, false);

        FenceLevelsTest.recoveredBySecondLevel(cluster, H3, guests);
        cluster.lab().bmc(H3, BmcFault.NONE);
        cluster.lab().network(H3, Network.MGMT, true);

        LabCluster.eventually("it has its power back", LIMIT, () -> {
            assertThat(FenceLevelsTest.outletOn(cluster, H3)).isTrue();
            assertThat(cluster.hasPower(H3)).isTrue();
        });
        cluster.awaitServing();
        LabCluster.eventually("that is the end of its case", LIMIT, () -> {
            JsonNode back = cluster.cases(H3).getFirst();
            assertThat(back.at("/powerReturn/state").asText()).isEqualTo("RESTORED");
            assertThat(LabCluster.kinds(back)).containsSubsequence("resolved", "power-rests", "power-restored");
            assertThat(Duration.between(LabCluster.at(back, "power-rests"), LabCluster.at(back, "power-restored")))
                    .isGreaterThanOrEqualTo(LabCluster.REST);
            assertThat(cluster.toldTypes(H3))
                    .containsSubsequence("host.fenced", "host.recovered", "host.power-restored");
        });
        // It has kept nothing of its last life, and is given something new.
        assertThat(cluster.guestsOn(H3)).isEmpty();
        cluster.stillBeats(guests);
        cluster.intact(guests);
        cluster.stillBeats(cluster.automatic(H3, "web-2"));
    }
}
