package io.holdfast.stories;

import static io.holdfast.stories.LabCluster.H1;
import static io.holdfast.stories.LabCluster.H2;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.lab.PowerAction;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is to save the guests dies itself, alone or in the middle of a case. */
@Tag("lab")
@Tag("chaos")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(OnTheLab.class)
final class ControllerFaultsTest {

    private static final Duration RECOVERY_LIMIT = Duration.ofSeconds(45);

    private final LabCluster cluster;

    ControllerFaultsTest(LabCluster cluster) {
        this.cluster = cluster;
    }

    /** The steps that a case writes into its timeline, and the moments right after each. */
    @ParameterizedTest
    @ValueSource(strings = {"condemned", "fence-proven", "instance-claimed", "instance-running"})
    void continuesTheCaseWhenTheControllerIsKilledRightAfter(String step) {
        List<Guest> guests = cluster.automatic(H1, "web-1", "web-2", "db-1", "cache-1");
        cluster.lab().power(H1, PowerAction.PULL_PLUG);
        LabCluster.eagerly(
                "the case is " + step,
                Duration.ofSeconds(20),
                () -> assertThat(cluster.cases(H1))
                        .anySatisfy(one -> assertThat(LabCluster.kinds(one)).contains(step)));
        cluster.killController();
        cluster.lab().startController();
        cluster.awaitReady();

        cluster.awaitMoved(H1, guests, RECOVERY_LIMIT);
        JsonNode recovered = cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT);
        assertThat(recovered.path("instances"))
                .allSatisfy(one -> assertThat(one.path("state").asText()).isEqualTo("RUNNING"));
    }

    @Test
    void recoversByItselfWhenTheDatabaseIsKilledDuringACase() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "web-2", "db-1", "cache-1");
        cluster.lab().power(H1, PowerAction.PULL_PLUG);
        LabCluster.eagerly(
                "the case is condemned",
                Duration.ofSeconds(20),
                () -> assertThat(cluster.cases(H1))
                        .anySatisfy(one -> assertThat(LabCluster.kinds(one)).contains("condemned")));
        killDatabase();

        cluster.awaitReady();
        cluster.awaitMoved(H1, guests, RECOVERY_LIMIT);
        cluster.awaitCase(H1, "RECOVERED", RECOVERY_LIMIT);
    }

    @Test
    void losesNothingAcknowledgedWhenTheDatabaseIsKilledAtRest() {
        List<Guest> guests = cluster.automatic(H1, "web-1");
        Guest last = cluster.create("just-acknowledged", "small", H2, List.of("automatic-recovery"));
        killDatabase();

        LabCluster.eventually("the API answers again", Duration.ofSeconds(30), () -> {
            Api.Answer answer = cluster.api().send("GET", "/v2.1/servers/" + last.id(), null);
            assertThat(answer.status()).as(answer.text()).isIn(200, 503);
            assertThat(answer.status()).isEqualTo(200);
        });
        cluster.awaitReady();
        cluster.awaitBeating(H2, List.of(last));
        cluster.stillBeats(guests);
        assertThat(cluster.boots(guests.getFirst())).isEqualTo(1);
        assertThat(cluster.cases(H1)).isEmpty();
    }

    private void killDatabase() {
        Processes.Running postmaster = Processes.postmaster(cluster.deployment().controllerState())
                .orElseThrow(() -> new AssertionError("there is no database to kill"));
        postmaster.kill();
        LabCluster.eventually(
                "the database is dead",
                Duration.ofSeconds(5),
                () -> assertThat(postmaster.alive()).isFalse());
    }

    @Test
    void refusesASecondControllerOnTheSameStateDirectoryAndSaysWhoseItIs() throws Exception {
        LabCluster.Told told = cluster.holdfast(
                "controller",
                "--settings",
                cluster.deployment().controllerSettings().toString());
        assertThat(told.exitCode()).isNotZero();
        String owner = Files.readString(cluster.deployment().controllerState().resolve("pid"))
                .strip();
        assertThat(told.text())
                .contains(cluster.deployment().controllerState().toString())
                .contains(owner);
        cluster.awaitReady();
        cluster.awaitServing();
    }

    @Test
    void movesNothingWhenTheControllerIsKilledAtRest() {
        List<Guest> guests = cluster.automatic(H1, "web-1", "db-1");
        cluster.killController();
        cluster.stillBeats(guests);
        cluster.lab().startController();
        cluster.awaitReady();
        cluster.awaitServing();
        cluster.nothingStartedElsewhere(H1, guests);
        cluster.stillBeats(guests);
        assertThat(cluster.cases(H1)).isEmpty();
        cluster.intact(guests);
    }
}
