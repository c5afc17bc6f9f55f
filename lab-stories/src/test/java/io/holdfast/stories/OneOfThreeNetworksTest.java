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
 * A host loses the network of its tenants, or one direction of it. Neither its lease nor its guests' disks need it, and both other
 * networks show it.
 */
@Tag("lab")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@OnTheLab.Watchdogs
@OnTheLab.StorageByCable
@OnTheLab.ThreeNetworks
@ExtendWith(OnTheLab.class)
final class OneOfThreeNetworksTest {

    private final LabCluster cluster;
    private final NetworkCuts cuts;

    OneOfThreeNetworksTest(LabCluster cluster) {
        this.cluster = cluster;
        this.cuts = new NetworkCuts(cluster);
    }

    /** One after the other, and the same guests run on through all of them. */
    @Test
    void withoutItsTenantNetworkOrADirectionOfItItIsDegradedAndNeverFencedAndItsGuestsRunOn() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        int times = 0;
        for (Cable cable : List.of(Cable.DOWN, Cable.DEAF, Cable.MUTE)) {
            cuts.isDegradedAndNeverFencedAndTheyRunOn(guests, Network.TENANT, cable);
            cuts.isToldAsDegradedAndCleared(++times);
        }
    }
}
