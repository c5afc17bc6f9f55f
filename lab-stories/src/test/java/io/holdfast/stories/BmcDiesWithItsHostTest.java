package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;

import io.holdfast.lab.BmcFault;
import io.holdfast.lab.PowerAction;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Nobody can ask whether the power of a silent host is off: the case in which others wait for ever. The further ones are {@link SelfFenceTest}'s. */
@Tag("lab")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
@OnTheLab.Watchdogs
@OnTheLab.StorageByCable
@OnTheLab.TwoNetworks
@ExtendWith(OnTheLab.class)
final class BmcDiesWithItsHostTest {

    private static final Duration LIMIT = Duration.ofSeconds(90);

    private final LabCluster cluster;

    BmcDiesWithItsHostTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void itsSilenceProvesThatItHasStoppedItselfAndItsGuestsGoOnElsewhere() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        cluster.lab().bmc(H1, BmcFault.DEAD);
        cluster.lab().power(H1, PowerAction.PULL_PLUG);

        SelfFenceTest.selfFenced(cluster, guests, LIMIT);
    }
}
