package io.holdfast.chaos.lab;

import static io.holdfast.chaos.lab.LabCluster.H1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.PowerAction;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The one story of several controllers that every test run on a lab tells; the others are {@link LeaderFaultsTest}'s. */
@Tag("lab")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@OnTheLab.Controllers(3)
@ExtendWith(OnTheLab.class)
final class LeaderKilledTest {

    private final LabCluster cluster;

    LeaderKilledTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void anotherControllerEndsTheCaseWhenTheLeaderIsKilledInTheMiddleOfIt() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        String leader = cluster.leader().orElseThrow();
        cluster.speakToAnyBut(leader);
        cluster.lab().power(H1, PowerAction.PULL_PLUG);
        LabCluster.eagerly(
                "the case is condemned",
                Duration.ofSeconds(20),
                () -> assertThat(cluster.cases(H1))
                        .anySatisfy(one -> assertThat(LabCluster.kinds(one)).contains("condemned")));
        cluster.lab().kill(leader);

        cluster.awaitMoved(H1, guests, Duration.ofSeconds(45));
        JsonNode recovered = cluster.awaitCase(H1, "RECOVERED", Duration.ofSeconds(20));
        assertThat(recovered.path("instances"))
                .allSatisfy(one -> assertThat(one.path("state").asText()).isEqualTo("RUNNING"));
        assertThat(cluster.leader(leader)).isPresent();
    }
}
