package io.holdfast.chaos.sim.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.server.cli.CommandProvider;
import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.Section;
import io.holdfast.server.cli.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command as the command line finds it: as a service. */
class SimulateCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        Terminal terminal = new Terminal(
                new PrintWriter(out), new PrintWriter(err), Map.of(), Path.of("/"), 100, false, InstantSource.system());
        List<Section> sections = new ArrayList<>();
        ServiceLoader.load(CommandProvider.class).forEach(provider -> sections.add(provider.section(terminal)));
        List<String> all = new ArrayList<>(List.of("simulate"));
        all.addAll(List.of(arguments));
        return HoldfastCommandLine.assemble(terminal, sections).execute(all.toArray(String[]::new));
    }

    @Test
    void tellsItsFiguresAsOneJsonObject() throws IOException {
        assertThat(run("--seeds", "1..3", "--json")).isZero();
        JsonNode answer = new ObjectMapper().readTree(out.toString());
        assertThat(answer.path("seeds").asInt()).isEqualTo(3);
        assertThat(answer.path("violations")).isEmpty();
        assertThat(answer.path("simulatedSeconds").asDouble()).isGreaterThan(1800);
        assertThat(answer.path("wallSeconds").asDouble()).isPositive();
        assertThat(answer.path("cpuSeconds").asDouble()).isPositive();
        assertThat(answer.path("hostHours").asDouble()).isPositive();
        assertThat(answer.path("wrongfulFences").asInt()).isZero();
        for (String field : List.of("fences", "suspicions", "falseSuspicions", "recoveries")) {
            assertThat(answer.path(field).isInt()).as(field).isTrue();
        }
        for (String field : List.of("p50", "p99", "max")) {
            assertThat(answer.path("outageSeconds").path(field).isNumber())
                    .as(field)
                    .isTrue();
        }
    }

    @Test
    void aViolationEndsWithTwoAndTheStorysEnd() throws IOException {
        assertThat(run("--mutant", "skip-read-back", "--seeds", "1..200", "--json"))
                .isEqualTo(2);
        JsonNode violation =
                new ObjectMapper().readTree(out.toString()).path("violations").path(0);
        assertThat(violation.path("seed").asLong()).isPositive();
        assertThat(violation.path("invariant").asText()).isEqualTo("S2");
        assertThat(violation.path("at").asDouble()).isPositive();
        assertThat(violation.path("story").toString()).contains("CHECKER");
    }

    @Test
    void tellsTheStoryOfASeedToPeople() {
        assertThat(run("--seed", "1", "--faults", "host-power", "--story")).isZero();
        assertThat(out.toString()).contains("loses power", "is condemned", "has proven that", "1 seeds, 0 violations");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "--faults;earthquake;unknown fault 'earthquake'; known are all",
                "--seeds;5;--seeds must be A..B;",
                "--seeds;9..1;A not greater than B;",
                "--seeds;a..b;whole numbers;",
                "--hosts;0;--hosts must be between 1 and 1000;",
                "--instances;-1;--instances must be between 0 and 10000;",
                "--threads;0;--threads must be between 1 and 256;",
                "--controllers;10;--controllers must be between 1 and 9;",
                "--minutes;-1;--minutes must be between 0;",
                "--mutant;nobody;unknown mutant 'nobody'; skip-read-back"
            })
    void wrongUsageIsToldWithWhatWouldBeRight(String option, String value, String message, String further) {
        assertThat(run(option + "=" + value)).isEqualTo(2);
        assertThat(err.toString()).contains(message).contains(further == null ? "" : further.strip());
    }

    @Test
    void howManySeedsArePlayedAtTheSameTimeChangesNoFigure() throws IOException {
        assertThat(run("--seeds", "1..4", "--threads", "1", "--json")).isZero();
        JsonNode one = new ObjectMapper().readTree(out.toString());
        out.getBuffer().setLength(0);
        assertThat(run("--seeds", "1..4", "--threads", "3", "--json")).isZero();
        JsonNode three = new ObjectMapper().readTree(out.toString());
        for (String field : List.of("simulatedSeconds", "hostHours", "fences", "recoveries", "outageSeconds")) {
            assertThat(three.path(field)).as(field).isEqualTo(one.path(field));
        }
    }

    @Test
    void aSeedAndSeedsExcludeEachOther() {
        assertThat(run("--seed", "1", "--seeds", "1..2")).isEqualTo(2);
        assertThat(err.toString()).contains("exclude each other");
    }

    @Test
    void letsHostsFailAsInAList(@TempDir Path folder) throws IOException {
        Path list = Files.writeString(folder.resolve("failures.csv"), """
                System,nodes,nodenum,Prob Started,Down Time,Network,Software
                1,2,0,6/21/2005 10:54,30,,
                1,2,1,6/21/2005 10:55,30,,Kernel
                1,2,1,6/22/2005 10:55,30,Switch,
                """);
        assertThat(run("--seed", "3", "--faults", "none", "--failures", list.toString(), "--story"))
                .isZero();
        assertThat(out.toString()).contains("(a recorded failure)");
        out.getBuffer().setLength(0);
        assertThat(run("--seed", "3", "--faults", "none", "--failures", list.toString(), "--failures-pace", "0.001"))
                .isZero();
        assertThat(out.toString()).doesNotContain("(a recorded failure)");
        assertThat(run("--failures", folder.resolve("missing").toString(), "--seed", "1"))
                .isEqualTo(1);
        assertThat(run("--failures-pace", "2")).isEqualTo(2);
        assertThat(run("--failures", list.toString(), "--failures-pace", "0")).isEqualTo(2);
        assertThat(err.toString()).contains("no such file", "is for --failures", "must be above 0");
    }

    @Test
    void takesSizesFromATrace(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("flav_map.txt"), "1,2 a\n2,4 b\n");
        Files.writeString(folder.resolve("v1.dev.txt"), "0 a,|,b,b\n300 |\n");
        assertThat(run("--seed", "1", "--faults", "none", "--trace", folder.toString()))
                .isZero();
        assertThat(run("--seed", "1", "--trace", folder.resolve("missing").toString()))
                .isEqualTo(1);
    }

    @Test
    void playsArrivalsAndLifetimesOfATrace(@TempDir Path folder) throws IOException {
        for (String file : List.of("flav_map.txt", "v1.dev.txt", "v1.dev.c3000.txt", "v1.interval_map.txt")) {
            try (InputStream made = SimulateCommandTest.class.getResourceAsStream("/trace/" + file)) {
                Files.copy(Objects.requireNonNull(made, file), folder.resolve(file));
            }
        }
        String trace = folder.toString();
        JsonNode usual = played("--instances", "6", "--trace", trace);
        assertThat(usual.path("arrived").asInt()).isGreaterThan(20);
        assertThat(usual.path("left").asInt())
                .isGreaterThan(10)
                .isBetween(
                        usual.path("arrived").asInt() - 6, usual.path("arrived").asInt());
        assertThat(out.toString()).contains("create vm-1 is acknowledged", "delete vm-1 is acknowledged");
        assertThat(played("--instances", "6", "--trace", trace).path("arrived")).isEqualTo(usual.path("arrived"));

        // Ten virtual minutes of it in real time are two lines at most.
        assertThat(played("--instances", "6", "--trace", trace, "--trace-pace", "1")
                        .path("arrived")
                        .asInt())
                .isLessThan(7);
        assertThat(played("--instances", "0", "--trace", trace).path("arrived").asInt())
                .isZero();
        assertThat(played("--instances", "6").path("arrived").asInt()).isZero();
    }

    private JsonNode played(String... further) throws IOException {
        out.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(List.of("--seed", "1", "--faults", "none", "--json", "--story"));
        all.addAll(List.of(further));
        assertThat(run(all.toArray(String[]::new))).isZero();
        return new ObjectMapper().readTree(out.toString());
    }

    @Test
    void aTraceThatIsNotOneIsRefused(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("flav_map.txt"), "1,2 a\n");
        Files.writeString(folder.resolve("v1.dev.txt"), "0 a\n");
        Files.writeString(folder.resolve("v1.interval_map.txt"), "0 0\n300 1\n");
        Files.writeString(folder.resolve("v1.dev.c9.txt"), "0 U7\n");
        assertThat(run("--seed", "1", "--trace", folder.toString())).isEqualTo(1);
        Files.writeString(folder.resolve("v1.dev.txt"), "later a\n");
        assertThat(run("--seed", "1", "--trace", folder.toString())).isEqualTo(1);
        assertThat(run("--trace", folder.toString(), "--trace-pace", "0")).isEqualTo(2);
        assertThat(run("--trace-pace", "2")).isEqualTo(2);
        assertThat(err.toString())
                .contains("not a lifetime: 'U7'", "begins with seconds", "must be above 0", "is for --trace");
    }
}
