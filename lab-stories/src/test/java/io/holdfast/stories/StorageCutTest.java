package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static io.holdfast.stories.LabCluster.stream;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.Network;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** One host can no longer reach the shared storage, over which it has its guests' disks. Everything else about it is well. */
@Tag("lab")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@OnTheLab.Watchdogs
@OnTheLab.StorageByCable
@OnTheLab.TwoNetworks
@ExtendWith(OnTheLab.class)
final class StorageCutTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final LabCluster cluster;

    StorageCutTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    @Test
    void aHostWhoseStorageStallsGetsNothingNewAndKeepsItsGuestsWhichGoOnAfterwards() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        cluster.lab().network(H1, Network.STORAGE, false);
        long cutNanos = System.nanoTime();

        LabCluster.eagerly(
                "it is degraded, and the reason is its storage",
                LabCluster.CALLED_SO_WITHIN.minus(since(cutNanos)),
                () -> {
                    JsonNode host = cluster.host(H1);
                    assertThat(host.path("health").asText()).isEqualTo("DEGRADED");
                    assertThat(host.path("healthReason").asText()).contains("storage");
                });
        long degradedMillis = since(cutNanos).toMillis();
        LabCluster.eagerly("its agent says so itself", LIMIT, () -> {
            assertThat(storageFindings(cluster.host(H1)))
                    .singleElement()
                    .asString()
                    .startsWith("storage bad");
        });
        System.out.println("storage cut: degraded after " + degradedMillis + " ms, bad in its agent's own words after "
                + since(cutNanos).toMillis() + " ms");

        List<Long> stalled = beats(guests);
        Guest late = cluster.ask("late-1", "small", H1, List.of("automatic-recovery"));
        assertThat(cluster.refusal(late)).as("why nothing is placed there").isPresent();
        LabCluster.always("its guests stand still, and it is left alone", Duration.ofSeconds(4), () -> {
            assertThat(beats(guests)).isEqualTo(stalled);
            assertThat(cluster.cases(H1)).isEmpty();
        });
        cluster.nothingStartedElsewhere(H1, guests);
        assertThat(cluster.guestsOn(H1))
                .containsAll(guests.stream().map(Guest::id).toList());
        cluster.stillPowered(cluster.hosts());

        cluster.lab().network(H1, Network.STORAGE, true);
        LabCluster.eventually(
                "it is well again",
                LIMIT,
                () -> assertThat(cluster.host(H1).path("health").asText()).isEqualTo("ALIVE"));
        cluster.stillBeats(guests);
        cluster.intact(guests);
        cluster.nothingStartedElsewhere(H1, guests);
        assertThat(cluster.toldTypes(H1)).containsSubsequence("host.degraded", "host.cleared");
        cluster.hosts().forEach(one -> assertThat(cluster.cases(one)).isEmpty());
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    private List<Long> beats(List<Guest> guests) {
        List<Long> beats = new ArrayList<>();
        guests.forEach(guest -> beats.add(cluster.beat(guest)));
        return beats;
    }

    private static List<String> storageFindings(JsonNode host) {
        return stream(host.path("evidence"))
                .filter(evidence -> evidence.path("signal").asText().equals("HEALTH"))
                .map(evidence -> evidence.path("reading").asText())
                .filter(reading -> reading.startsWith("storage"))
                .toList();
    }
}
