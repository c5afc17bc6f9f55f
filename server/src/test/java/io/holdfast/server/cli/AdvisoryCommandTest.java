package io.holdfast.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.server.KnownFailures;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of hosts, as it is typed and as it is read at 80 columns. */
final class AdvisoryCommandTest {

    private static final String HOT = "/ha/v1/hosts/h1/advisories/hot";
    private static final String ONE = """
            {"host": "h1", "kind": "hot", "effect": "lower", "source": "icinga", "detail": "CPU 1 at 96 C, fan 3 stands",
             "since": "2026-11-30T12:00:00Z", "until": "2026-11-30T12:10:00Z"}""";

    @TempDir
    Path home;

    private FakeController controller;
    private final StringWriter said = new StringWriter();

    @BeforeEach
    void start() throws IOException {
        controller = new FakeController();
    }

    @AfterEach
    void stop() {
        controller.close();
    }

    private int run(String... arguments) {
        Terminal terminal = new Terminal(
                new PrintWriter(said, true),
                new PrintWriter(said, true),
                Map.of("HOLDFAST_URL", controller.url(), "HOLDFAST_TOKEN", "token"),
                home,
                80,
                false,
                InstantSource.system());
        return HoldfastCommandLine.assemble(terminal, ClientCommands.sections(terminal), KnownFailures::translated)
                .execute(arguments);
    }

    @Test
    void aTimeIsTypedAsPeopleTypeIt() {
        controller.on("PUT " + HOT, 200, "{\"advisory\": " + ONE + "}");
        assertThat(run("advisory", "post", "h1", "hot", "--for", "1h30m", "--detail", "96 C"))
                .as(said.toString())
                .isZero();
        assertThat(said.toString()).contains("hot is said of h1 for 1h30m");
        assertThat(controller.requests())
                .singleElement()
                .satisfies(request -> assertThat(request.toString()).contains("5400", "96 C"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10", "soon", "500ms", "999999999999999d"})
    void aTimeThatIsNoneIsAskedForAgain(String time) {
        assertThat(run("advisory", "post", "h1", "hot", "--for", time)).isEqualTo(ExitCode.USAGE.code());
        assertThat(said.toString()).contains("--for 10m");
        assertThat(controller.requests()).isEmpty();
    }

    @Test
    void listsWhatIsSaidWithin80Columns() {
        controller.on("GET /ha/v1/advisories?host=h1&kind=hot", 200, "{\"advisories\": [" + ONE + "]}");
        assertThat(run("advisory", "list", "--host", "h1", "--kind", "hot"))
                .as(said.toString())
                .isZero();
        assertThat(said.toString()).contains("hot", "lower", "icinga");
        assertThat(said.toString().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void saysThatNothingIsSaid() {
        controller.on("GET /ha/v1/advisories", 200, "{\"advisories\": []}");
        assertThat(run("advisory", "list")).isZero();
        assertThat(said.toString()).contains("nothing is said of any host now");
    }

    @Test
    void takesBackItsOwnAndWhatAnotherHasSaid() {
        controller.on("DELETE " + HOT, 204, "");
        controller.on("DELETE " + HOT + "?source=icinga", 204, "");
        assertThat(run("advisory", "withdraw", "h1", "hot")).as(said.toString()).isZero();
        assertThat(run("advisory", "withdraw", "h1", "hot", "--source", "icinga"))
                .as(said.toString())
                .isZero();
        assertThat(said.toString()).contains("hot is no longer said of h1 by icinga");
    }

    @Test
    void aHostsWeightIsANumber() {
        controller.on("PUT /ha/v1/hosts/h1/weight", 204, "");
        assertThat(run("host", "weight", "h1", "-2.5")).as(said.toString()).isZero();
        assertThat(run("host", "weight", "h1", "heavy")).isEqualTo(ExitCode.USAGE.code());
    }
}
