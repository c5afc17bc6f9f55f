package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.Evidence;
import io.holdfast.membership.HostHealth;
import io.holdfast.membership.Signal;
import io.holdfast.membership.health.HealthRow;
import io.holdfast.membership.health.HealthState;
import io.holdfast.membership.health.HealthTable;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the API shows of how a host is: the row of the health table, what follows from it, and the evidence with its ages. */
@Timeout(60)
final class HostEvidenceTest extends ApiFixture {

    private static final Instant LONG_AGO = Instant.parse("2026-01-02T03:04:05Z");

    @Test
    void theRowThatMatchesAndWhatFollowsFromItAreShown() throws Exception {
        for (HealthRow row : HealthTable.defaults().rows()) {
            cloud.health = HostHealth.DEGRADED;
            cloud.rowOfHealth = row;
            JsonObject host = shown();
            assertThat(host.getString("healthRow")).isEqualTo(row.name());
            assertThat(host.getString("healthRowWhen")).isEqualTo(row.when());
            assertThat(host.getJsonArray("reactions").stream().map(String.class::cast))
                    .containsExactlyElementsOf(row.reactions().stream()
                            .map(reaction -> reaction.written())
                            .toList());
            assertThat(host.getJsonArray("reactions").isEmpty()).isEqualTo(row.state() == HealthState.ALIVE);
        }
        cloud.rowOfHealth = row("libvirt-bad");
        assertThat(shown().getJsonArray("reactions")).containsExactly("tell", "stop-placing", "restart-libvirtd");
        JsonObject listed =
                json(get("/ha/v1/hosts", ADMIN)).getJsonArray("hosts").getJsonObject(0);
        assertThat(listed.getString("healthRow")).isEqualTo("libvirt-bad");
    }

    @Test
    void whileNoTableIsAskedThereIsNoRowAndNothingFollows() throws Exception {
        cloud.rowOfHealth = null;
        JsonObject host = shown();
        assertThat(host.containsKey("healthRow")).isTrue();
        assertThat(host.getString("healthRow")).isNull();
        assertThat(host.getString("healthRowWhen")).isNull();
        assertThat(host.getJsonArray("reactions")).isEmpty();
    }

    @Test
    void eachPieceOfEvidenceHasTheTimeOfItsLastChangeAndTheAgeOfItsLastObservation() throws Exception {
        long beganNanos = System.nanoTime();
        cloud.evidence = List.of(
                new Evidence(Signal.LEASE, "present", LONG_AGO, beganNanos),
                new Evidence(
                        Signal.GROUP,
                        "storage",
                        "absent for 9000 ms",
                        LONG_AGO,
                        beganNanos - Duration.ofMinutes(7).toNanos()),
                new Evidence(Signal.POWER, "power on", Instant.now().plusSeconds(3600), beganNanos),
                new Evidence(Signal.SLOT, "unreadable: no route", LONG_AGO, null));
        JsonObject host = shown();
        long tookMillis = Duration.ofNanos(System.nanoTime() - beganNanos).toMillis();
        List<JsonObject> evidence = host.getJsonArray("evidence").stream()
                .map(JsonObject.class::cast)
                .toList();

        assertThat(evidence)
                .extracting(one -> one.getString("signal"))
                .containsExactly("LEASE", "GROUP", "POWER", "SLOT");
        assertThat(evidence)
                .extracting(one -> one.getString("source"))
                .containsExactly("zookeeper", "storage", "power device", "storage slot");
        assertThat(evidence.getFirst().getString("since")).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(evidence.getFirst().getLong("ageMillis"))
                .as("observed just now, unchanged for months")
                .isBetween(0L, tookMillis);
        assertThat(evidence.get(1).getLong("ageMillis")).isBetween(420_000L, 420_000L + tookMillis);
        assertThat(evidence.get(2).getLong("ageMillis"))
                .as("a wall clock that was set back is no age")
                .isBetween(0L, tookMillis);
        assertThat(evidence.get(3).containsKey("ageMillis")).isTrue();
        assertThat(evidence.get(3).getLong("ageMillis")).as("never observed").isNull();
    }

    private static HealthRow row(String name) {
        return HealthTable.defaults().rows().stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private JsonObject shown() throws Exception {
        return json(get("/ha/v1/hosts/h1", ADMIN)).getJsonObject("host");
    }
}
