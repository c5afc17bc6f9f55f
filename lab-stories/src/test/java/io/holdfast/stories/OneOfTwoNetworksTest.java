package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;

import io.holdfast.lab.Cable;
import io.holdfast.lab.Network;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A host loses one of its two networks, or one direction of it, and the other network shows it. A cut of the management network ends its
 * lease and every way to call it; its guests need the storage network alone, and it lives.
 */
@Tag("lab")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@OnTheLab.Watchdogs
@OnTheLab.StorageByCable
@OnTheLab.TwoNetworks
@ExtendWith(OnTheLab.class)
final class OneOfTwoNetworksTest {

    private final LabCluster cluster;
    private final NetworkCuts cuts;

    OneOfTwoNetworksTest(LabCluster cluster) {
        this.cluster = cluster;
        this.cuts = new NetworkCuts(cluster);
    }

    @Test
    void withoutItsManagementNetworkItIsDegradedAndNeverFencedAndItsGuestsRunOn() {
        cuts.isDegradedAndNeverFencedAndTheyRunOn(cluster.automatic(H1, "web-1", "db-1"), Network.MGMT, Cable.DOWN);
        cuts.isToldAsDegradedAndCleared(1);
    }

    /** One after the other, and the same guests run on through all of them. Without any of the storage network: {@link StorageCutTest}. */
    @Test
    void withoutOneDirectionOfEitherNetworkItIsDegradedAndNeverFencedAndItsGuestsRunOn() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        int times = 0;
        for (Network network : List.of(Network.MGMT, Network.STORAGE)) {
            for (Cable cable : List.of(Cable.DEAF, Cable.MUTE)) {
                cuts.isDegradedAndNeverFencedAndTheyRunOn(guests, network, cable);
                cuts.isToldAsDegradedAndCleared(++times);
            }
        }
    }
}
