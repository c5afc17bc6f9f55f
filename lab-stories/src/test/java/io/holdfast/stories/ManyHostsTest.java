package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static io.holdfast.stories.LabCluster.H2;
import static io.holdfast.stories.LabCluster.H3;
import static io.holdfast.stories.LabCluster.H4;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.Network;
import io.holdfast.lab.PowerAction;
import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * How many hosts failed, and how often: two at once, more than a guard lets go, one again and again. They need no outlets and no power
 * back; the lab that has both is {@link PowerBackTest}'s, and costs nothing more.
 */
@Tag("lab")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
@OnTheLab.Hosts(4)
@OnTheLab.Outlets
@OnTheLab.PowerBack
@OnTheLab.GuardsAsShipped
@ExtendWith(OnTheLab.class)
final class ManyHostsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** {@code membership.share-window} by default, which is 10 s, and the time until the last signal is missed. */
    private static final Duration SHARE_WINDOW = Duration.ofSeconds(20);
    /** {@code recovery.guards.storm-window} by default, and time for the last host to have been condemned. */
    private static final Duration STORM_WINDOW = Duration.ofSeconds(90);

    private final LabCluster cluster;

    ManyHostsTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void twoHostsThatLosePowerAtOnceAreBothRecovered() {
        Map<HostId, List<Guest>> guests =
                Map.of(H1, cluster.automatic(H1, "web-1", "db-1"), H2, cluster.automatic(H2, "web-2", "db-2"));
        cluster.lab().power(H1, PowerAction.PULL_PLUG);
        cluster.lab().power(H2, PowerAction.PULL_PLUG);

        guests.forEach((host, ofHost) -> {
            cluster.awaitMoved(host, ofHost, LIMIT);
            JsonNode recovered = cluster.awaitCase(host, "RECOVERED", LIMIT);
            assertThat(LabCluster.kinds(recovered)).containsSubsequence("condemned", "fence-proven");
            ofHost.forEach(guest -> assertThat(cluster.home(guest)).isIn("h3", "h4"));
        });
        leftAlone(H3);
        leftAlone(H4);
    }

    /** Three of four: a broken switch looks just so, and then their guests run. */
    @Test
    void aStormIsHeldAndToldAndEachHostIsLetGoByTheOperatorsWordAlone() throws Exception {
        List<HostId> silent = List.of(H1, H2, H3);
        List<Guest> first = cluster.automatic(H1, "web-1");
        List<Guest> second = cluster.automatic(H2, "web-2");
        List<Guest> third = cluster.automatic(H3, "web-3");
        silent.forEach(host -> cluster.lab().network(host, Network.MGMT, false));

        silent.forEach(host -> LabCluster.eventually(
                host + " is held, and operators are told",
                LIMIT,
                () -> assertThat(cluster.told(host))
                        .anySatisfy(told -> assertThat(told)
                                .startsWith("host.held: ")
                                .contains("too many hosts fell silent together"))));
        LabCluster.always(
                "nothing is done to any of them", Duration.ofSeconds(5), () -> silent.forEach(this::leftAlone));
        cluster.nothingStartedElsewhere(H1, first);
        cluster.nothingStartedElsewhere(H2, second);
        cluster.nothingStartedElsewhere(H3, third);

        LabCluster.Told told = cluster.holdfast("host", "force-down", "h1", "--reason", "I stand before it");
        assertThat(told.exitCode()).as(told.text()).isZero();
        cluster.awaitMoved(H1, first, LIMIT);
        assertThat(cluster.hasPower(H1)).isFalse();
        JsonNode recovered = cluster.awaitCase(H1, "RECOVERED", LIMIT);
        assertThat(LabCluster.kinds(recovered))
                .containsSubsequence("force-down-asked", "condemned", "fence-proven", "instance-claimed");
        // A word about one host says nothing of the others.
        LabCluster.always("the others are held", Duration.ofSeconds(5), () -> {
            leftAlone(H2);
            leftAlone(H3);
        });
        cluster.lab().network(H2, Network.MGMT, true);
        cluster.lab().network(H3, Network.MGMT, true);
        for (HostId host : List.of(H2, H3)) {
            LabCluster.eventually(
                    host + " is cleared",
                    LIMIT,
                    () -> assertThat(cluster.host(host).path("health").asText()).isEqualTo("ALIVE"));
        }
        cluster.stillBeats(second);
        cluster.nothingStartedElsewhere(H2, second);
        cluster.nothingStartedElsewhere(H3, third);
        cluster.intact(second);
        cluster.intact(third);
    }

    /** Not at once, but one after the other: the same mistake in slow motion. */
    @Tag("chaos")
    @Test
    void theThirdOfFourHostsIsHeldByTheGuardUntilTheOperatorLetsItGo() throws Exception {
        awaitCalm(H1, H2);
        List<Guest> first = cluster.automatic(H1, "web-1");
        List<Guest> second = cluster.automatic(H2, "web-2");
        long cut = System.nanoTime();
        cluster.lab().network(H1, Network.MGMT, false);
        cluster.lab().network(H2, Network.MGMT, false);
        cluster.awaitMoved(H1, first, LIMIT);
        cluster.awaitMoved(H2, second, LIMIT);
        List<Guest> third = cluster.automatic(H3, "web-3");
        LabCluster.eventually(
                "whoever falls silent now does so alone",
                SHARE_WINDOW,
                () -> assertThat(Duration.ofNanos(System.nanoTime() - cut)).isGreaterThan(SHARE_WINDOW));
        cluster.lab().network(H3, Network.MGMT, false);

        JsonNode held = cluster.awaitCase(H3, "HELD", LIMIT);
        assertThat(held.path("reason").asText()).startsWith("segment-share");
        LabCluster.eventually(
                "operators are told",
                LIMIT,
                () -> assertThat(cluster.told(H3))
                        .anySatisfy(told -> assertThat(told).startsWith("host.held: segment-share")));
        assertThat(cluster.hasPower(H3)).isTrue();
        cluster.stillBeats(third);
        cluster.nothingStartedElsewhere(H3, third);

        LabCluster.Told told = cluster.holdfast("host", "force-down", "h3", "--reason", "its board smokes");
        assertThat(told.exitCode()).as(told.text()).isZero();
        cluster.awaitMoved(H3, third, LIMIT);
        assertThat(cluster.hasPower(H3)).isFalse();
        assertThat(LabCluster.kinds(cluster.awaitCase(H3, "RECOVERED", LIMIT)))
                .containsSubsequence("held", "force-down-asked", "fence-proven", "instance-claimed");
        assertThat(cluster.hasPower(H4)).isTrue();
    }

    /** The fourth, because the others fail in the other stories, and the guard counts those too. */
    @Test
    void aHostThatFailsAgainAndAgainIsGivenNothingUntilSomebodyReleasesIt() throws Exception {
        for (int failure = 1; failure <= 3; failure++) {
            assertThat(cluster.quarantine(H4)).isEmpty();
            List<Guest> guests = cluster.automatic(H4, "web-" + failure);
            cluster.lab().power(H4, PowerAction.PULL_PLUG);
            cluster.awaitMoved(H4, guests, LIMIT);
            cluster.lab().power(H4, PowerAction.PRESS_ON);
            cluster.awaitServing();
        }
        assertThat(cluster.quarantine(H4))
                .hasValueSatisfying(reason -> assertThat(reason).contains("3"));
        LabCluster.eventually(
                "operators are told",
                LIMIT,
                () -> assertThat(cluster.toldTypes(H4)).contains("host.quarantined"));
        // Its agent may not take orders yet, a second after its boot; then that is in the answer beside what we look
        // for.
        Guest refused = cluster.ask("unlucky", "small", H4, List.of());
        LabCluster.eventually(
                "it gets nothing new",
                LIMIT,
                () -> assertThat(cluster.refusal(refused))
                        .hasValueSatisfying(reason ->
                                assertThat(reason).containsPattern("h4: (is not serving, [^;]*)?is disabled")));

        LabCluster.Told told = cluster.holdfast("host", "release", "h4");
        assertThat(told.exitCode()).as(told.text()).isZero();
        assertThat(cluster.quarantine(H4)).isEmpty();
        cluster.automatic(H4, "trusted-again");
    }

    /** Powered, without a case, its guests where they were. */
    private void leftAlone(HostId host) {
        assertThat(cluster.hasPower(host)).as("power of " + host).isTrue();
        assertThat(cluster.cases(host)).as("cases of " + host).isEmpty();
    }

    /** What earlier stories did counts for a minute. */
    private void awaitCalm(HostId... hosts) {
        List<String> names = List.of(hosts).stream().map(HostId::value).toList();
        LabCluster.eventually(
                "no guard holds " + names,
                STORM_WINDOW,
                () -> assertThat(LabCluster.stream(cluster.api()
                                .get("/ha/v1/what-if?host=" + String.join(",", names))
                                .path("hosts")))
                        .allSatisfy(plan -> assertThat(plan.path("decision").asText())
                                .as(plan.path("reason").asText())
                                .isEqualTo("condemned")));
    }
}
