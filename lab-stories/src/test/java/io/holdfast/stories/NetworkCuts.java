package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.Cable;
import io.holdfast.lab.Network;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A host loses one network of several, or one direction of it, and gets it back. */
final class NetworkCuts {

    /** By then its lease has run out, and its watchdog would have reset it if nobody petted it. */
    private static final Duration PAST_THE_BOUND = Duration.ofSeconds(10);

    /** Since the cut it is longer than whoever is silent is waited for. */
    private static final Duration A_WHILE = Duration.ofSeconds(3);

    private static final Duration LIMIT = Duration.ofSeconds(40);

    private final LabCluster cluster;

    NetworkCuts(LabCluster cluster) {
        this.cluster = cluster;
    }

    void isDegradedAndNeverFencedAndTheyRunOn(List<Guest> guests, Network network, Cable cable) {
        String what = network + " " + cable;
        cluster.lab().cable(H1, network, cable);
        long cutNanos = System.nanoTime();

        LabCluster.eagerly(
                what + ": it is degraded",
                LabCluster.CALLED_SO_WITHIN,
                () -> assertThat(cluster.host(H1).path("health").asText()).isEqualTo("DEGRADED"));
        System.out.println(
                what + ": degraded after " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - cutNanos) + " ms");
        LabCluster.always(what + ": it is left alone", cable == Cable.DOWN ? PAST_THE_BOUND : A_WHILE, () -> {
            assertThat(cluster.cases(H1)).isEmpty();
            cluster.nothingStartedElsewhere(H1, guests);
        });
        JsonNode host = cluster.host(H1);
        assertThat(host.path("health").asText()).as(what + ": " + host).isEqualTo("DEGRADED");
        assertThat(cluster.guestsOn(H1))
                .containsAll(guests.stream().map(Guest::id).toList());
        cluster.stillPowered(cluster.hosts());
        if (network != Network.STORAGE) {
            cluster.stillBeats(guests);
        }

        cluster.lab().cable(H1, network, Cable.UP);
        LabCluster.eventually(
                what + ": it is well again",
                LIMIT,
                () -> assertThat(cluster.host(H1).path("health").asText()).isEqualTo("ALIVE"));
        cluster.stillBeats(guests);
        cluster.intact(guests);
        guests.forEach(guest ->
                assertThat(cluster.boots(guest)).as(what + ": " + guest).isEqualTo(1));
        cluster.hosts().forEach(one -> assertThat(cluster.cases(one)).as(what).isEmpty());
    }

    /** @param times so often since the story began */
    void isToldAsDegradedAndCleared(int times) {
        List<String> expected = new ArrayList<>();
        for (int time = 0; time < times; time++) {
            expected.addAll(List.of("host.degraded", "host.cleared"));
        }
        assertThat(cluster.toldTypes(H1)).containsSubsequence(expected);
    }
}
