package io.holdfast.chaos.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.compute.InstanceGoal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is played, recorded and reported, and with which exit code; the player here is a tale that is told by the test. */
final class ScenariosTest {

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private List<String> differences = List.of();
    private List<Outcome.Violated> violations = List.of();
    private boolean storyDiffers;
    private boolean story;

    @BeforeEach
    void aScenario() throws IOException {
        Files.writeString(directory.resolve("README.md"), "why\n");
        Files.writeString(directory.resolve("start.yaml"), "hosts: {h1: {}}\ninstances: {a: {on: h1}}\n");
        Files.writeString(directory.resolve("events.txt"), "1m end\n");
        Files.writeString(directory.resolve("expected-end.yaml"), "instances: {a: {state: running, on: [h1]}}\n");
    }

    @Test
    void whatPassedIsOneLineAndExitZero() {
        assertThat(run(false, false)).isZero();
        assertThat(out.toString()).contains("passed  ").contains("1 of 1 scenarios passed");
    }

    @Test
    void aDifferenceIsShownAndIsExitTwo() {
        differences = List.of("a should be running on h1, is down");
        assertThat(run(false, false)).isEqualTo(2);
        assertThat(out.toString())
                .contains("FAILED  ")
                .contains("  a should be running on h1, is down")
                .contains("0 of 1 scenarios passed");
    }

    @Test
    void aViolationIsShownAndIsExitTwo() {
        violations = List.of(new Outcome.Violated("S1", Duration.ofMillis(33_500), "a runs on h1 and h2"));
        assertThat(run(false, false)).isEqualTo(2);
        assertThat(out.toString()).contains("S1 VIOLATED at 33.5 s: a runs on h1 and h2");
    }

    @Test
    void aFileThatIsWrongIsExitOneAndNothingIsPlayed() throws IOException {
        Files.writeString(directory.resolve("events.txt"), "1m ends\n");
        assertThat(run(false, false)).isEqualTo(1);
        assertThat(err.toString()).contains("events.txt:1: unknown event 'ends'; did you mean 'end'?");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aStoryThatDiffersIsWrittenWhenAsked() throws IOException {
        storyDiffers = true;
        differences = List.of("story: there is none yet");
        assertThat(run(false, false)).isEqualTo(2);
        assertThat(directory.resolve("expected-story.txt")).doesNotExist();
        assertThat(run(true, false)).isZero();
        assertThat(directory.resolve("expected-story.txt")).hasContent("30.000 once upon a time\n");
        assertThat(out.toString()).contains("(story recorded)");
    }

    @Test
    void aStoryIsNotWrittenWhenItsEndIsNotAsExpected() {
        storyDiffers = true;
        differences = List.of("story: there is none yet", "h1 should have no case, has one that is HELD");
        assertThat(run(true, false)).isEqualTo(2);
        assertThat(directory.resolve("expected-story.txt")).doesNotExist();
    }

    @Test
    void aStoryIsNotWrittenWhenAnInvariantWasViolated() {
        storyDiffers = true;
        differences = List.of("story: there is none yet");
        violations = List.of(new Outcome.Violated("S1", Duration.ZERO, "a runs on h1 and h2"));
        assertThat(run(true, false)).isEqualTo(2);
        assertThat(directory.resolve("expected-story.txt")).doesNotExist();
    }

    @Test
    void theStoryIsPrintedWhenAskedHoweverItEnded() throws IOException {
        story = true;
        differences = List.of("a should be running on h1, is down");
        assertThat(run(false, false)).isEqualTo(2);
        assertThat(out.toString()).contains("    30.000 once upon a time");
        out.getBuffer().setLength(0);
        assertThat(run(false, true)).isEqualTo(2);
        JsonNode one =
                new ObjectMapper().readTree(out.toString()).get("scenarios").get(0);
        assertThat(one.get("story").get(0).asText()).isEqualTo("30.000 once upon a time");
    }

    @Test
    void programsGetOneObject() throws IOException {
        violations = List.of(new Outcome.Violated("S1", Duration.ofMillis(33_500), "a runs on h1 and h2"));
        differences = List.of("a should be running on h1, is down");
        assertThat(run(false, true)).isEqualTo(2);
        JsonNode all = new ObjectMapper().readTree(out.toString());
        assertThat(all.get("passed").asBoolean()).isFalse();
        JsonNode one = all.get("scenarios").get(0);
        assertThat(one.get("name").asText()).isEqualTo(directory.getFileName().toString());
        assertThat(one.get("passed").asBoolean()).isFalse();
        assertThat(one.get("differences").get(0).asText()).isEqualTo("a should be running on h1, is down");
        assertThat(one.get("fenced").get(0).asText()).isEqualTo("h1");
        JsonNode a = one.get("instances").get("a");
        assertThat(a.get(0).toString()).isEqualTo("{\"time\":30.0,\"host\":\"h1\",\"state\":\"running\"}");
        assertThat(a.get(1).toString()).isEqualTo("{\"time\":31.0,\"host\":null,\"state\":\"down\"}");
        assertThat(one.get("violations").get(0).get("invariant").asText()).isEqualTo("S1");
        assertThat(one.get("violations").get(0).get("at").asDouble()).isEqualTo(33.5);
        assertThat(one.get("simulatedSeconds").asDouble()).isEqualTo(60);
    }

    private int run(boolean record, boolean json) {
        return new Scenarios(this::played)
                .run(
                        directory,
                        new Scenarios.Wanted(record, json, story),
                        new PrintWriter(out, true),
                        new PrintWriter(err, true));
    }

    private Outcome played(Scenario scenario) {
        Observed seen = new Observed();
        seen.begins("a", "h1", InstanceGoal.RUNNING, Duration.ofSeconds(30));
        seen.guestEnded("a", "h1", Duration.ofSeconds(31));
        seen.proven("h1");
        return new Outcome(
                scenario,
                List.of("30.000 once upon a time"),
                seen,
                differences,
                violations,
                storyDiffers,
                Duration.ofMinutes(1));
    }
}
