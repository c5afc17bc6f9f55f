package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static io.holdfast.stories.LabCluster.H2;
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

/** What operators say of real hosts: it is dead, it is being worked on. Told in every test run on a lab. */
@Tag("lab")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@ExtendWith(OnTheLab.class)
final class OperatorsWordTest {

    private static final Duration RECOVERY_LIMIT = Duration.ofSeconds(40);

    private final LabCluster cluster;

    OperatorsWordTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void aWordIsRefusedWhileTheHostLivesAndIsTheProofWhenItsPowerDeviceDiedWithIt() throws Exception {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        LabCluster.Told living = cluster.holdfast("host", "confirm-dead", "h1", "--reason", "looks dead to me");
        assertThat(living.exitCode()).as(living.text()).isNotZero();
        assertThat(living.text()).contains("lease", "group", "power");
        cluster.stillBeats(guests);
        assertThat(cluster.cases(H1)).isEmpty();

        cluster.lab().bmc(H1, BmcFault.DEAD);
        cluster.lab().power(H1, PowerAction.PULL_PLUG);
        // Nothing proves that it is off, so nothing is started elsewhere before somebody has looked.
        cluster.awaitCase(H1, "NEEDS_OPERATOR", RECOVERY_LIMIT);
        guests.forEach(guest -> assertThat(cluster.boots(guest)).isEqualTo(1));
        LabCluster.Told dead = cluster.holdfast("host", "confirm-dead", "h1", "--reason", "I stand before it");
        assertThat(dead.exitCode()).as(dead.text()).isZero();

        cluster.awaitMoved(H1, guests, RECOVERY_LIMIT);
        JsonNode recovered = cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT);
        assertThat(LabCluster.kinds(recovered)).containsSubsequence("confirmed-dead", "instance-claimed");
        assertThat(LabCluster.stream(recovered.path("timeline"))
                        .filter(entry -> entry.path("kind").asText().equals("confirmed-dead"))
                        .map(entry -> entry.path("text").asText()))
                .anySatisfy(text -> assertThat(text).contains("admin", "I stand before it"));
    }

    @Tag("chaos")
    @Test
    void aHostThatIsBeingWorkedOnIsLeftAloneUntilTheWorkIsDone() throws Exception {
        List<Guest> guests = cluster.automatic(H2, "web-2");
        LabCluster.Told begun = cluster.holdfast("host", "maintenance", "h2", "on", "--reason", "new memory");
        assertThat(begun.exitCode()).as(begun.text()).isZero();
        cluster.lab().power(H2, PowerAction.PULL_PLUG);

        JsonNode held = cluster.awaitCase(H2, "HELD", RECOVERY_LIMIT);
        assertThat(held.path("reason").asText()).contains("maintenance").contains("new memory");
        guests.forEach(guest -> assertThat(cluster.boots(guest)).isEqualTo(1));

        LabCluster.Told ended = cluster.holdfast("host", "maintenance", "h2", "off");
        assertThat(ended.exitCode()).as(ended.text()).isZero();
        cluster.awaitMoved(H2, guests, RECOVERY_LIMIT);
        cluster.awaitCase(H2, "RECOVERED", RECOVERY_LIMIT);
    }
}
