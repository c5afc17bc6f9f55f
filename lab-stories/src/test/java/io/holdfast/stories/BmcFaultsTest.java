package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.BmcFault;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
        assertThat(waiting.path("nextStep").asText()).contains("confirm-dead");
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

    @Tag("chaos")
    @Test
    void waitsForAnOperatorsWordWhileTheBmcOfASilentHostIsDead() throws Exception {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        cluster.lab().bmc(H1, BmcFault.DEAD);
        cluster.lab().power(H1, PowerAction.PULL_PLUG);

        JsonNode waiting = cluster.awaitCase(H1, "NEEDS_OPERATOR", VERDICT_LIMIT);
        assertThat(waiting.path("reason").asText())
                .contains("nobody could say whether it has power")
                .contains("force-down --fenced");
        cluster.nothingStartedElsewhere(H1, guests);
        // It is tried again every two seconds, and may be FENCING once more when it is read.
        LabCluster.eventually("what a human has to do is explained", VERDICT_LIMIT, () -> {
            LabCluster.Told explained =
                    cluster.holdfast("case", "explain", waiting.path("id").asText());
            assertThat(explained.text()).contains("needs-operator").contains("force-down");
            assertThat(explained.exitCode()).isZero();
        });
        cluster.nothingStartedElsewhere(H1, guests);

        cluster.api()
                .post(
                        "/ha/v1/hosts/" + H1 + "/force-down",
                        Map.of("fenced", true, "reason", "pulled the plug in rack 4"));

        cluster.awaitMoved(H1, guests, RECOVERY_LIMIT);
        JsonNode recovered = cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT);
        assertThat(recovered.path("proof").asText()).contains("admin").contains("pulled the plug in rack 4");
        assertThat(LabCluster.kinds(recovered))
                .containsSubsequence("needs-operator", "force-down-asked", "fence-proven");
    }

    @Tag("chaos")
    @Test
    void saysThatTheBmcRefusesTheLoginAndContinuesOnceThePasswordIsRight() throws Exception {
        List<Guest> guests = cluster.automatic(H1, "web-1");
        Path password = cluster.deployment()
                .controllerSettings()
                .resolveSibling("bmc-passwords")
                .resolve(H1.value());
        String right = Files.readString(password);
        try {
            Files.writeString(password, "not-the-password\n");
            cluster.restartController();
            cluster.awaitServing();
            cluster.lab().power(H1, PowerAction.PULL_PLUG);

            JsonNode waiting = cluster.awaitCase(H1, "NEEDS_OPERATOR", VERDICT_LIMIT);
            assertThat(waiting.path("reason").asText()).containsIgnoringCase("password");
            cluster.nothingStartedElsewhere(H1, guests);
        } finally {
            Files.writeString(password, right);
            // The password is read at start; the case goes on from the journal.
            cluster.restartController();
        }
        cluster.awaitMoved(H1, guests, RECOVERY_LIMIT);
        assertThat(cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT)
                        .path("proof")
                        .asText())
                .contains("off");
    }

    @Tag("chaos")
    @Test
    void startsNothingBeforeASlowBmcHasSwitchedTheIsolatedHostOff() {
        List<Guest> guests = cluster.automatic(H1, "web-1");
        cluster.lab().bmc(H1, BmcFault.SLOW);
        cluster.lab().network(H1, Network.MGMT, false);

        // Longer than one attempt may take: the first one ends with "unknown", and unknown is not off.
        LabCluster.eventually("the host loses its power", VERDICT_LIMIT, () -> {
            if (cluster.hasPower(H1)) {
                cluster.nothingStartedElsewhere(H1, guests);
            }
            assertThat(cluster.hasPower(H1)).isFalse();
        });
        cluster.awaitMoved(H1, guests, RECOVERY_LIMIT);
        assertThat(LabCluster.kinds(cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT)))
                .containsSubsequence("condemned", "fence-failed", "fence-proven", "instance-claimed");
    }

    /** It answers for another machine: to believe its "off" would be to call a running host dead. */
    @Tag("chaos")
    @Test
    void namesABmcThatReadsOffWhileItsHostLivesBeforeItIsNeededAndCondemnsNobody() throws Exception {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        // Somebody is called when it stops working, so it has to work first.
        assertThat(cluster.checkFencing(H1).exitCode()).isZero();
        cluster.lab().bmc(H1, BmcFault.WRONG);
        for (int asked = 0; asked < 2; asked++) {
            LabCluster.Told check = cluster.checkFencing(H1);
            assertThat(check.exitCode()).as(check.text()).isNotZero();
            assertThat(check.text()).contains("says off, and the host is alive");
        }
        LabCluster.eventually(
                "operators are told",
                VERDICT_LIMIT,
                () -> assertThat(cluster.told(H1))
                        .anySatisfy(told -> assertThat(told).startsWith("host.fence-unready")));
        LabCluster.always("the host is left alone", Duration.ofSeconds(3), () -> {
            assertThat(cluster.cases(H1)).isEmpty();
            assertThat(cluster.hasPower(H1)).isTrue();
        });
        cluster.stillBeats(guests);
        cluster.nothingStartedElsewhere(H1, guests);

        cluster.lab().bmc(H1, BmcFault.NONE);
        LabCluster.Told check = cluster.checkFencing(H1);
        assertThat(check.exitCode()).as(check.text()).isZero();
    }
}
