package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static io.holdfast.stories.LabCluster.H2;
import static io.holdfast.stories.LabCluster.H3;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.BmcFault;
import io.holdfast.lab.PowerAction;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Somebody else says that a host is gone; and where to go when there is no room. */
@Tag("lab")
@Tag("chaos")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(OnTheLab.class)
final class WordsAndRoomTest {

    private static final Duration RECOVERY_LIMIT = Duration.ofSeconds(40);

    private final LabCluster cluster;

    WordsAndRoomTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void aMonitorsForceDownOfAHealthyHostSwitchesItOffBeforeAnythingStartsElsewhere() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        Api.Answer answer = cluster.forceDown(H1);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);

        // One writer at any time: the ledgers would tell of a start before the power went off.
        cluster.awaitMoved(H1, guests, RECOVERY_LIMIT);
        assertThat(cluster.hasPower(H1)).isFalse();
        JsonNode recovered = cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT);
        assertThat(LabCluster.kinds(recovered))
                .containsSubsequence("force-down-asked", "condemned", "fence-proven", "instance-claimed");
        assertThat(LabCluster.at(recovered, "fence-proven")).isBefore(LabCluster.at(recovered, "instance-claimed"));
    }

    @Test
    void aMonitorThatStatesItHasFencedTheHostIsTakenAtItsWordAndNamed() throws Exception {
        List<Guest> guests = cluster.automatic(H1, "web-1");
        // Otherwise Holdfast would be done before the monitor has spoken.
        cluster.lab().bmc(H1, BmcFault.DEAD);
        cluster.lab().power(H1, PowerAction.PULL_PLUG);
        LabCluster.Told told =
                cluster.holdfast("host", "force-down", "h1", "--fenced", "--reason", "the monitor pulled it");
        assertThat(told.exitCode()).as(told.text()).isZero();

        cluster.awaitMoved(H1, guests, RECOVERY_LIMIT);
        JsonNode recovered = cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT);
        assertThat(LabCluster.stream(recovered.path("timeline"))
                        .filter(entry -> entry.path("kind").asText().equals("force-down-asked"))
                        .map(entry -> entry.path("text").asText()))
                .anySatisfy(text -> assertThat(text).contains("admin").contains("the monitor pulled it"));
    }

    @Test
    void waitsWithAReasonPerHostWhileNobodyHasRoomAndMovesWhenSomebodyHas() {
        Guest moved = cluster.create("big-1", "big", H1, List.of("automatic-recovery"));
        Guest second = cluster.create("big-2", "big", H2, List.of());
        Guest third = cluster.create("big-3", "big", H3, List.of());
        cluster.awaitBeating(H1, List.of(moved));
        cluster.awaitBeating(H2, List.of(second));
        cluster.awaitBeating(H3, List.of(third));
        cluster.lab().power(H1, PowerAction.PULL_PLUG);

        LabCluster.eventually(
                "it waits, and says why",
                RECOVERY_LIMIT,
                () -> assertThat(cluster.cases(H1))
                        .singleElement()
                        .satisfies(one -> assertThat(one.path("instances")
                                        .path(0)
                                        .path("reason")
                                        .asText())
                                .contains("no valid host")
                                .contains("h2")
                                .contains("h3")));
        cluster.nothingStartedElsewhere(H1, List.of(moved));

        cluster.delete(third);
        cluster.awaitMoved(H1, List.of(moved), RECOVERY_LIMIT);
        assertThat(cluster.home(moved)).isEqualTo(H3.value());
        cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT);
    }
}
