package io.holdfast.chaos.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.server.cli.BenchCommand;
import io.holdfast.server.cli.CommandProvider;
import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.Section;
import io.holdfast.server.cli.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands as the command line finds them. */
class BenchCommandsTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        Terminal terminal = new Terminal(
                new PrintWriter(out), new PrintWriter(err), Map.of(), Path.of("/"), 100, false, InstantSource.system());
        List<Object> benches = new ArrayList<>();
        ServiceLoader.load(CommandProvider.class).forEach(provider -> benches.addAll(provider.benches(terminal)));
        List<String> all = new ArrayList<>(List.of("bench"));
        all.addAll(List.of(arguments));
        return HoldfastCommandLine.assemble(terminal, List.of(new Section("Tools", List.of(new BenchCommand(benches)))))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void falseAlarmsSayThemselvesThatATargetWasMissed() throws IOException {
        // A SWIM detector that pings every ten seconds is slower, so the comparison is fair; and it has hardly a chance
        // to be
        // wrong, so nobody has fifty times fewer.
        assertThat(run("false-alarms", "--hours", "5", "--minutes", "5", "--swim-period", "10s", "--json"))
                .isEqualTo(1);
        JsonNode lines = new ObjectMapper().readTree(out.toString());
        assertThat(lines.findValuesAsText("name"))
                .contains("fences", "speed", "swim-well", "swim-lossy", "swim", "verdicts");
        for (JsonNode line : lines) {
            assertThat(line.path("what").asText()).isNotEmpty();
            assertThat(line.path("measured").asText()).isNotEmpty();
            if (line.path("name").asText().equals("swim")) {
                assertThat(line.path("kept").asBoolean(true)).isFalse();
            }
        }
    }

    @Test
    void membershipIsMeasuredWithRealSessions() throws IOException {
        int code = run(
                "membership",
                "--agents",
                "9",
                "--members",
                "20",
                "--crashes",
                "2",
                "--arrival",
                "1s",
                "--window",
                "1s",
                "--whole",
                "0",
                "--json");
        // On a machine that is busy enough a target is missed, and that is said; but it is measured.
        assertThat(code).as(err.toString()).isBetween(0, 1);
        JsonNode lines = new ObjectMapper().readTree(out.toString());
        assertThat(lines.findValuesAsText("name"))
                .containsExactly("bootstrap", "views", "cost", "bytes", "calm", "crash");
        JsonNode bootstrap = lines.get(0);
        assertThat(bootstrap.path("alive").asInt()).isEqualTo(20);
        assertThat(bootstrap.path("leaseViews").asInt()).isBetween(1, 20);
        JsonNode cost = lines.get(2);
        assertThat(cost.path("receivedBytesPerAgentAndSecond").asDouble()).isPositive();
        assertThat(cost.path("controllerResidentMib").asInt()).isPositive();
        JsonNode crash = lines.get(5);
        assertThat(crash.path("crashes").asInt()).isEqualTo(2);
        assertThat(crash.path("leaseViews").asInt()).isPositive();
        assertThat(err.toString()).contains("20 members come");
    }

    @Test
    void noticesAreMeasuredAndNoneIsLostWhenTheirProcessIsKilled() throws IOException {
        int code = run(
                "notices", "--instances", "3", "--failures", "1", "--events", "1000", "--deliveries", "100", "--json");
        // On a machine that is busy enough a time is missed, and that is said; but it is measured.
        assertThat(code).as(err.toString()).isBetween(0, 1);
        JsonNode lines = new ObjectMapper().readTree(out.toString());
        assertThat(lines.findValuesAsText("name")).containsExactly("told-3", "verdict-3", "drained", "killed");
        assertThat(lines.get(0).at("/notices").asInt()).isGreaterThanOrEqualTo(3);
        assertThat(lines.get(2).at("/outOfOrder").asInt()).isZero();
        JsonNode killed = lines.get(3);
        assertThat(killed.path("kept").asBoolean()).as(killed.toString()).isTrue();
    }

    @Test
    void capacityIsMeasuredForEachShareOfMemoryThatIsAskedFor() throws IOException {
        int code = run(
                "scheduler",
                "capacity",
                "--hosts",
                "9",
                "--instances",
                "60",
                "--used",
                "40,99",
                "--changes",
                "5",
                "--json");
        assertThat(code).as(err.toString()).isBetween(0, 1);
        JsonNode lines = new ObjectMapper().readTree(out.toString());
        assertThat(lines.findValuesAsText("name")).containsExactly("capacity-40", "capacity-99");
        assertThat(lines.get(0).at("/pairsSurvivable").asInt()).isEqualTo(36);
        assertThat(lines.get(1).at("/pairsSurvivable").asInt()).isLessThan(36);
        assertThat(lines.get(1).at("/p99").asLong()).isPositive();
        assertThat(lines.get(1).at("/machine").asText()).contains("JDK");
    }

    @Test
    void aDecisionIsMeasuredForEachNumberOfHosts() throws IOException {
        assertThat(run("scheduler", "decision", "--hosts", "20,200", "--decisions", "50", "--json"))
                .as(err.toString())
                .isZero();
        JsonNode lines = new ObjectMapper().readTree(out.toString());
        assertThat(lines.findValuesAsText("name")).containsExactly("decision-20", "decision-200");
        for (JsonNode line : lines) {
            assertThat(line.path("unit").asText()).isEqualTo("us");
            assertThat(line.path("p50").asDouble())
                    .isPositive()
                    .isLessThanOrEqualTo(line.path("p99").asDouble());
            assertThat(line.path("p99").asDouble())
                    .isLessThanOrEqualTo(line.path("max").asDouble());
            assertThat(line.path("perSecond").asDouble()).isPositive();
        }
        assertThat(lines.get(1).path("placed").asInt()).isEqualTo(50);
    }

    @Test
    void placementsAndClaimsAreMeasuredInADatabaseAndAllOfThemAreMade() throws IOException {
        int durable = run(
                "scheduler",
                "durable",
                "--hosts",
                "40",
                "--used",
                "50",
                "--instances",
                "200",
                "--rounds",
                "1",
                "--json");
        assertThat(durable).as(err.toString()).isBetween(0, 1);
        JsonNode placed = new ObjectMapper().readTree(out.toString()).get(0);
        assertThat(placed.path("name").asText()).isEqualTo("durable");
        assertThat(placed.path("homeless").asInt(-1)).isZero();
        assertThat(placed.path("perSecond").asDouble()).isPositive();

        out.getBuffer().setLength(0);
        int loss = run("scheduler", "loss", "--lost", "80", "--json");
        assertThat(loss).as(err.toString()).isBetween(0, 1);
        JsonNode lines = new ObjectMapper().readTree(out.toString());
        assertThat(lines.findValuesAsText("name")).containsExactly("loss-80", "loss-80-claimed");
        assertThat(lines.get(1).path("granted").asInt()).isEqualTo(4000);

        out.getBuffer().setLength(0);
        int one = run("scheduler", "loss", "--lost", "1", "--json");
        assertThat(one).as(err.toString()).isBetween(0, 1);
        lines = new ObjectMapper().readTree(out.toString());
        assertThat(lines.findValuesAsText("name")).containsExactly("loss-1", "loss-1-kept", "loss-1-claimed");
        assertThat(lines.get(1).path("taken").asBoolean()).isTrue();
        assertThat(lines.get(2).path("granted").asInt()).isEqualTo(50);
    }

    @Test
    void memoryIsToldForEachHostAndInstance() throws IOException {
        assertThat(run("scheduler", "memory", "--hosts", "2000", "--instances", "20000", "--json"))
                .as(out.toString())
                .isZero();
        JsonNode lines = new ObjectMapper().readTree(out.toString());
        assertThat(lines.findValuesAsText("name")).containsExactly("memory-hosts", "memory-instances", "memory");
        assertThat(lines.get(1).path("each").asLong()).isBetween(20L, 2000L);
    }

    @Test
    void packingComesNearToBestFitAndSpreadingDoesNotPack() throws IOException {
        assertThat(run("scheduler", "replay", "--hosts", "40", "--host-memory", "128", "--copies", "1", "--json"))
                .as(out.toString())
                .isZero();
        JsonNode lines = new ObjectMapper().readTree(out.toString());
        assertThat(lines.findValuesAsText("name")).containsExactly("best-fit", "packing", "spreading");
        for (JsonNode line : lines) {
            assertThat(line.path("refused").asBoolean()).isTrue();
            assertThat(line.path("memoryShareAtFirstRefusal").asDouble()).isBetween(0.3, 1.0);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "false-alarms --hours 0, --hours must be",
        "false-alarms --threads 0, --threads",
        "false-alarms --swim-period 1ms, --swim-period",
        "membership --agents 1, --agents must be between 2 and 20000",
        "membership --agents 9 --crashes 4, --crashes must be between 1 and 3",
        "membership --whole 500, --whole must be between 2 and 128",
        "membership --window 0s, --window",
        "notices --instances 0, --instances must be between 1 and 2000",
        "notices --instances 2000 --failures 3, --failures times all of --instances must be at most 4500",
        "notices --failures 7, --failures must be between 1 and 6",
        "notices --events 1, --events must be",
        "scheduler capacity --hosts 1, --hosts must be between 2 and 1000",
        "scheduler capacity --used 0, --used must be between 1 and 100",
        "scheduler capacity --changes 0, --changes must be between 1 and 100000",
        "scheduler decision --hosts 0, --hosts must be between 1 and 100000",
        "scheduler decision --used 101, --used must be between 0 and 100",
        "scheduler decision --decisions 0, --decisions must be between 1 and 1000000",
        "scheduler memory --hosts 0, --hosts must be between 1 and 100000",
        "scheduler memory --instances 0, --instances must be between 1 and 2000000",
        "scheduler durable --hosts 0, --hosts must be between 1 and 100000",
        "scheduler durable --used 101, --used must be between 0 and 100",
        "scheduler durable --instances 3, --instances must be between 4 and 100000",
        "scheduler durable --instances 6, --instances must be a multiple of 4",
        "scheduler durable --rounds 0, --rounds must be between 1 and 100",
        "scheduler loss --used 101, --used must be between 0 and 100",
        "scheduler loss --lost 81, --lost must be of",
        "scheduler replay --copies 0, --copies must be between 1 and 100",
        "scheduler replay --trace /nowhere, cannot be read",
        "notices --deliveries 20000, --deliveries must be between 100 and 10000",
    })
    void wrongUsageIsSaidAndNothingIsMeasured(String arguments, String said) {
        assertThat(run(arguments.split(" ", -1))).isEqualTo(2);
        assertThat(err.toString()).contains(said);
        assertThat(out.toString()).isEmpty();
    }
}
