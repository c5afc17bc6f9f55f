package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static io.holdfast.stories.LabCluster.H2;
import static io.holdfast.stories.LabCluster.H3;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.BmcFault;
import io.holdfast.lab.Cable;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import io.holdfast.model.HostId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

    /** What it hears no more it cannot obey; what it sends still arrives. */
    @Test
    void startsNothingBeforeASlowBmcHasSwitchedTheDeafHostOff() {
        startsNothingBeforeASlowBmcHasSwitchedItOff(Cable.DEAF);
    }

    @Tag("chaos")
    @Test
    void startsNothingBeforeASlowBmcHasSwitchedTheIsolatedHostOff() {
        startsNothingBeforeASlowBmcHasSwitchedItOff(Cable.DOWN);
    }

    private void startsNothingBeforeASlowBmcHasSwitchedItOff(Cable cable) {
        List<Guest> guests = cluster.automatic(H1, "web-1");
        cluster.lab().bmc(H1, BmcFault.SLOW);
        cluster.lab().cable(H1, Network.MGMT, cable);

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
        cluster.stillPowered(List.of(H2, H3));
    }

    /** A way in which a BMC would be of no use if it were needed. */
    private enum Flaw {
        /** It answers for another machine: to believe its "off" would be to call a running host dead. */
        ANOTHER_HOSTS("says off, and the host is alive"),
        ANOTHER_PASSWORD("wrong password"),
        DEAD("timed out|unreachable"),
        CUT("timed out|unreachable"),
        DEAF("timed out|unreachable"),
        MUTE("timed out|unreachable");

        private final String said;

        /** @param said a pattern of what has to be found */
        Flaw(String said) {
            this.said = said;
        }

        void begin(LabCluster cluster, HostId host) {
            switch (this) {
                case ANOTHER_HOSTS -> cluster.lab().bmc(host, BmcFault.WRONG);
                case ANOTHER_PASSWORD -> cluster.faults().bmcPassword(host, "not-the-password");
                case DEAD -> cluster.lab().bmc(host, BmcFault.DEAD);
                case CUT -> cluster.lab().cable(host, Network.OOB, Cable.DOWN);
                case DEAF -> cluster.lab().cable(host, Network.OOB, Cable.DEAF);
                case MUTE -> cluster.lab().cable(host, Network.OOB, Cable.MUTE);
            }
        }

        void end(LabCluster cluster, HostId host) {
            switch (this) {
                case ANOTHER_HOSTS, DEAD -> cluster.lab().bmc(host, BmcFault.NONE);
                case ANOTHER_PASSWORD -> cluster.faults().knownBmcPassword(host);
                case CUT, DEAF, MUTE -> cluster.lab().cable(host, Network.OOB, Cable.UP);
            }
        }
    }

    /** Each of them is its operators' concern, and not its host's. */
    @Test
    void namesEveryBmcThatWouldBeOfNoUseBeforeItIsNeededAndCondemnsNobody() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        // Somebody is called when one stops working, so they have to work first.
        theyWork();
        isNamedAndCondemnsNobody(Map.of(H1, Flaw.ANOTHER_HOSTS, H2, Flaw.DEAF, H3, Flaw.MUTE), guests, 1);
        isNamedAndCondemnsNobody(Map.of(H1, Flaw.CUT, H2, Flaw.ANOTHER_PASSWORD, H3, Flaw.DEAD), guests, 2);
    }

    /** @param times so often somebody has been called since the story began */
    private void isNamedAndCondemnsNobody(Map<HostId, Flaw> flaws, List<Guest> guests, int times) {
        try {
            flaws.forEach((host, flaw) -> flaw.begin(cluster, host));
            // One check that finds none may be chance; somebody is called after the second.
            for (int asked = 0; asked < 2; asked++) {
                FenceChecks checks = cluster.checkFencing(cluster.hosts());
                assertThat(checks.exitCode()).as(checks.text()).isNotZero();
                flaws.forEach((host, flaw) -> {
                    JsonNode found = checks.of(host);
                    assertThat(found.path("working").asBoolean(true))
                            .as(flaw + " of " + host + ": " + found)
                            .isFalse();
                    assertThat(found.toString()).as(flaw + " of " + host).containsPattern(flaw.said);
                });
            }
            List<String> called = inTurn(times * 2 - 1);
            flaws.forEach((host, flaw) -> LabCluster.eventually(
                    flaw + " of " + host + ": operators are told",
                    VERDICT_LIMIT,
                    () -> assertThat(cluster.toldTypes(host)).containsSubsequence(called)));
            LabCluster.always(
                    flaws + ": the hosts are left alone",
                    Duration.ofSeconds(3),
                    () -> flaws.forEach((host, flaw) -> {
                        assertThat(cluster.cases(host)).as("cases of " + host).isEmpty();
                        assertThat(cluster.hasPower(host))
                                .as("power of " + host)
                                .isTrue();
                        assertThat(cluster.host(host).path("health").asText()).isEqualTo("ALIVE");
                    }));
            cluster.stillBeats(guests);
            cluster.nothingStartedElsewhere(H1, guests);
        } finally {
            flaws.forEach((host, flaw) -> flaw.end(cluster, host));
        }
        // The first packets over a cable that is up again may still look for the way.
        LabCluster.eventually(flaws + " are mended", VERDICT_LIMIT, this::theyWork);
        List<String> calledOff = inTurn(times * 2);
        flaws.forEach((host, flaw) -> LabCluster.eventually(
                flaw + " of " + host + ": operators are told that it works",
                VERDICT_LIMIT,
                () -> assertThat(cluster.toldTypes(host)).containsSubsequence(calledOff)));
    }

    private void theyWork() {
        FenceChecks checks = cluster.checkFencing(cluster.hosts());
        assertThat(checks.exitCode()).as(checks.text()).isZero();
    }

    private static List<String> inTurn(int notices) {
        return IntStream.range(0, notices)
                .mapToObj(number -> number % 2 == 0 ? "host.fence-unready" : "host.fence-ready")
                .toList();
    }
}
