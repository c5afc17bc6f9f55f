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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The arguments as Nagios, Icinga and Zabbix pass them, and what a handler sees of the end. */
final class NotifyCommandTest {

    private static final String MOVES = "POST /ha/v1/moves";
    private static final String ID = "11111111-2222-3333-8000-000000000001";
    private static final String ALERTS = "POST /ha/v1/alerts";

    @TempDir
    Path home;

    private FakeController controller;
    private final StringWriter said = new StringWriter();

    @BeforeEach
    void start() throws IOException {
        controller = new FakeController();
        controller.on(ALERTS, 200, "{\"alerts\": [{\"host\": \"h1\", \"result\": \"acted\"}]}");
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

    @ParameterizedTest
    @CsvSource({
        "nagios h1 DOWN HARD, firing",
        "nagios h1 DOWN HARD 3, firing",
        "nagios h1 UP HARD, resolved",
        "icinga h1 Down 1, firing",
        "zabbix h1 1 unreachable, firing",
        "zabbix h1 0, resolved",
        "down h1, firing",
        "up h1 --monitor ping, resolved"
    })
    void whatAHandlerPassesIsAWordOrTakesItBack(String arguments, String status) {
        assertThat(run(("notify " + arguments).split(" "))).as(said.toString()).isZero();
        assertThat(controller.requests()).singleElement().satisfies(request -> {
            assertThat(request.line()).isEqualTo(ALERTS);
            assertThat(request.token()).isEqualTo("token");
            assertThat(request.body())
                    .contains("\"version\":\"4\"", "\"status\":\"" + status + "\"", "\"holdfast_host\":\"h1\"");
        });
        assertThat(said.toString()).isEqualTo("h1: acted\n");
    }

    @ParameterizedTest
    @CsvSource({"nagios h1 DOWN SOFT", "nagios h1 UP SOFT", "nagios h1 UNREACHABLE HARD", "icinga h1 DOWN 0"})
    void aStateThatIsNotCertainYetIsNoWord(String arguments) {
        assertThat(run(("notify " + arguments).split(" "))).isZero();
        assertThat(controller.requests()).isEmpty();
        assertThat(said.toString()).isEqualTo("nothing is said of h1 yet\n");
    }

    @ParameterizedTest
    @CsvSource({"nagios h1 BURNING HARD", "nagios h1 DOWN FIRM", "nagios h1", "zabbix h1 2", "zabbix", "down"})
    void whatMakesNoSenseIsWrongUsage(String arguments) {
        assertThat(run(("notify " + arguments).split(" "))).isEqualTo(ExitCode.USAGE.code());
        assertThat(controller.requests()).isEmpty();
    }

    @Test
    void aHostThatIsNotKnownAndAMonitorThatIsNotAllowedAreTold() {
        controller.on(ALERTS, 200, "{\"alerts\": [{\"result\": \"ignored\", \"reason\": \"no label\"}]}");
        assertThat(run("notify", "down", "h9")).isEqualTo(ExitCode.NOT_FOUND.code());
        assertThat(said.toString()).contains("host h9 is not known");
        controller.on(ALERTS, 403, "{\"forbidden\": {\"code\": 403, \"message\": \"only monitors\"}}");
        assertThat(run("notify", "down", "h1")).isEqualTo(ExitCode.NOT_PERMITTED.code());
    }

    @ParameterizedTest
    @ValueSource(strings = {"following", "recovering", "at-home"})
    void aMoveThatTheBooksFollowIsSaid(String result) {
        controller.on(
                MOVES,
                200,
                "{\"moves\": [{\"instance\": \"" + ID + "\", \"to\": \"h2\", \"result\": \"" + result + "\"}]}");
        assertThat(run("notify", "moved", "holdfast-" + ID, "--to", "h2", "--from", "h1"))
                .as(said.toString())
                .isZero();
        assertThat(controller.requests()).singleElement().satisfies(request -> {
            assertThat(request.line()).isEqualTo(MOVES);
            assertThat(request.body())
                    .isEqualTo("{\"moves\":[{\"instance\":\"" + ID + "\",\"to\":\"h2\",\"from\":\"h1\"}]}");
        });
        assertThat(said.toString()).isEqualTo(ID + " at h2: " + result + "\n");
    }

    @Test
    void aMoveThatIsNotFollowedSaysWhy() {
        controller.on(
                MOVES,
                200,
                "{\"moves\": [{\"instance\": \"" + ID
                        + "\", \"to\": \"h2\", \"result\": \"refused\", \"reason\": \"its home h1 runs it\"}]}");
        assertThat(run("notify", "moved", ID, "--to", "h2")).isEqualTo(ExitCode.CONFLICT.code());
        assertThat(said.toString()).contains("its home h1 runs it");
        controller.on(
                MOVES,
                200,
                "{\"moves\": [{\"instance\": \"" + ID
                        + "\", \"to\": \"h2\", \"result\": \"unknown\", \"reason\": \"there is no such\"}]}");
        assertThat(run("notify", "moved", ID, "--to", "h2")).isEqualTo(ExitCode.NOT_FOUND.code());
        assertThat(run("notify", "moved", ID)).isEqualTo(ExitCode.USAGE.code());
    }

    @Test
    void whyNothingFollowedIsSaid() {
        controller.on(
                ALERTS,
                200,
                "{\"alerts\": [{\"host\": \"h1\", \"result\": \"ignored\", \"reason\": \"lease (present)\"}]}");
        assertThat(run("notify", "down", "h1")).isZero();
        assertThat(said.toString()).isEqualTo("h1: ignored (lease (present))\n");
    }
}
