package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The story again and again on simulated hosts, with a real controller; and what becomes of the stage when a run goes wrong. */
@Timeout(value = 400, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RepeatedStoryTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void eachRunBeginsOnAStageThatIsAsItWasWhateverBecameOfTheOneBefore() throws Exception {
        StringWriter screen = new StringWriter();
        Narrator narrator = Narrator.ofMany(new PrintWriter(screen));
        Tally tally = new Tally(Failure.POWER, true, 5);
        try (UnluckyStage stage = new UnluckyStage(SimulatedStage.open(3));
                Cluster cluster = new Cluster(stage);
                OwnerInbox inbox = ReceiverInbox.on(stage.receiverAddress())) {
            cluster.awaitReady(LIMIT);
            // The second run breaks off right after h2 has lost its power, and the first two attempts to mend it fail:
            // what
            // tidies up after the run, and what prepares the next one.
            stage.failing.addAll(List.of("", "the plug fell on somebody's foot"));
            stage.mending.addAll(List.of("", "the plug is hot"));
            new Runs(new Story(stage, Failure.POWER, cluster, inbox, narrator), tally, narrator).all(stage.hosts());
            assertThat(cluster.servers()).isEmpty();
            assertThat(Readiness.problems(stage.hosts(), cluster.hosts())).isEmpty();
        }
        Report report = tally.report();
        assertThat(report.ended()).as(screen.toString()).isNull();
        assertThat(report.runs())
                .extracting(RunResult::ok)
                .as(screen.toString())
                .containsExactly(true, false, true, true, true);
        assertThat(report.runs().get(1).problems())
                .containsExactly("the story goes on: the plug fell on somebody's foot");
        // Which host fails the second time in five runs: no guard counts how often.
        assertThat(report.runs().get(3).host()).isEqualTo("h1");
        assertThat(report.runs())
                .filteredOn(RunResult::ok)
                .allSatisfy(run -> assertThat(run.legs())
                        .containsKeys("told", "verdict", "fenced", "firstHeartbeat", "allHeartbeats"));
        assertThat(screen.toString()).contains("the plug is hot").doesNotContain("== Run 1:");
    }

    /** As a demo leaves them that was killed, or as whoever plays in the lab has them. */
    @Test
    void instancesThatAreNotOfTheStoryBreakNoPromise() throws Exception {
        StringWriter screen = new StringWriter();
        Narrator narrator = Narrator.ofMany(new PrintWriter(screen));
        Tally tally = new Tally(Failure.POWER, true, 1);
        try (SimulatedStage stage = SimulatedStage.open(3);
                Cluster cluster = new Cluster(stage);
                OwnerInbox inbox = ReceiverInbox.on(stage.receiverAddress())) {
            cluster.awaitReady(LIMIT);
            HostId victim = stage.hosts().getFirst();
            await().atMost(LIMIT)
                    .until(() -> cluster.hosts().stream()
                                    .filter(host -> host.path("state").asText().equals("SERVING"))
                                    .count()
                            == 3);
            stage.hosts().stream()
                    .filter(host -> !host.equals(victim))
                    .forEach(host -> cluster.setEnabled(host, false));
            InstanceId other = cluster.createServer(Cluster.NFV, "other", cluster.prepareCatalog(), List.of("notify"));
            await().atMost(LIMIT).until(() -> stage.guestsOn(victim).contains(other));
            cluster.enableWhatWeDisabled();

            new Runs(new Story(stage, Failure.POWER, cluster, inbox, narrator), tally, narrator).all(stage.hosts());
            assertThat(cluster.servers())
                    .singleElement()
                    .satisfies(left -> assertThat(left.path("id").asText()).isEqualTo(other.toString()));
        }
        assertThat(tally.report().runs())
                .extracting(RunResult::ok)
                .as(screen.toString())
                .containsExactly(true);
    }

    @Test
    void aStageThatCannotBeMendedEndsTheRuns() throws Exception {
        Narrator narrator = Narrator.ofMany(new PrintWriter(new StringWriter()));
        Tally tally = new Tally(Failure.POWER, true, 3);
        try (UnluckyStage stage = new UnluckyStage(SimulatedStage.open(3));
                Cluster cluster = new Cluster(stage);
                OwnerInbox inbox = ReceiverInbox.on(stage.receiverAddress())) {
            cluster.awaitReady(LIMIT);
            stage.failing.add("the plug fell on somebody's foot");
            stage.mending.addAll(List.of("the plug is hot", "the plug is hot still"));
            new Runs(new Story(stage, Failure.POWER, cluster, inbox, narrator), tally, narrator).all(stage.hosts());
        }
        Report report = tally.report();
        assertThat(report.runs()).hasSize(1);
        assertThat(report.ended())
                .isEqualTo("run 2 was not begun, because the stage was not ready: the plug is hot still");
        assertThat(report.exitCode(false)).isEqualTo(1);
    }
}
