package io.holdfast.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.server.KnownFailures;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a consumer types, what is sent for it, and what it is shown. */
final class SayCommandTest {

    private static final String ID = "11111111-2222-4333-8444-555555555555";
    private static final String SAY = "/ha/v1/instances/" + ID + "/say";
    private static final String GROUP = "/ha/v1/server-groups/" + ID + "/say";

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
                () -> Instant.parse("2026-01-01T00:00:20Z"));
        return HoldfastCommandLine.assemble(terminal, ClientCommands.sections(terminal), KnownFailures::translated)
                .execute(arguments);
    }

    @Test
    void theQuestionsFitTheScreen() {
        controller.on(
                "GET /ha/v1/says",
                200,
                "{\"says\": [{\"case\": \"c\", \"failedHost\": \"compute-rack7-04\","
                        + " \"instance\": \"" + ID + "\", \"name\": \"packet-gateway-standby\","
                        + " \"deadline\": \"2026-01-01T00:01:00Z\", \"default\": \"recover\"}]}");
        assertThat(run("say", "list")).isZero();
        assertThat(said.toString())
                .contains(ID, "40 s", "recover")
                .satisfies(text -> assertThat(text.lines()).allMatch(line -> line.length() <= 80));
        assertThat(run("say", "list", "--json")).isZero();
        assertThat(said.toString()).contains("\"failedHost\"");
    }

    @Test
    void nobodyIsAsked() {
        controller.on("GET /ha/v1/says", 200, "{\"says\": []}");
        assertThat(run("say", "list")).isZero();
        assertThat(said.toString()).contains("nobody is asked now");
    }

    @Test
    void anAnswerIsSentAsItIsMeant() {
        controller.on("POST " + SAY, 202, "{\"say\": {\"answer\": \"recover\"}}");
        assertThat(run("say", "answer", ID, "recover", "--host", "h3", "--case", "c7"))
                .isZero();
        assertThat(controller.last().body()).isEqualTo("{\"answer\":\"recover\",\"host\":\"h3\",\"case\":\"c7\"}");
        assertThat(run("say", "answer", ID, "leave")).isZero();
        assertThat(controller.last().body()).isEqualTo("{\"answer\":\"leave\"}");
    }

    @Test
    void anAnswerAgainstOneThatIsActedOnIsAConflict() {
        controller.on("POST " + SAY, 409, "{\"conflictingRequest\":{\"code\":409,\"message\":\"acted on\"}}");
        assertThat(run("say", "answer", ID, "stopped")).isEqualTo(ExitCode.CONFLICT.code());
        assertThat(said.toString()).contains("acted on");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "say answer " + ID + " perhaps",
                "say answer " + ID + " leave --host h3",
                "say set " + ID + " --seconds 60 --default perhaps",
                "say set --seconds 60",
                "say set " + ID + " --group " + ID + " --seconds 60",
                "say unset"
            })
    void nonsenseIsRefusedBeforeAnythingIsSent(String line) {
        assertThat(run(line.split(" "))).isEqualTo(ExitCode.USAGE.code());
        assertThat(controller.requests()).isEmpty();
    }

    @Test
    void anInstanceOrAGroupIsToldWhetherItAsks() {
        controller
                .on("PUT " + SAY, 200, "{\"say\": {\"asks\": true, \"seconds\": 60, \"default\": \"leave\"}}")
                .on("GET " + SAY, 200, "{\"say\": {\"asks\": true, \"seconds\": 60, \"default\": \"leave\"}}")
                .on("DELETE " + SAY, 204, "")
                .on("PUT " + GROUP, 200, "{\"say\": {\"asks\": true, \"seconds\": 9, \"default\": \"recover\"}}")
                .on("DELETE " + GROUP, 204, "");
        assertThat(run("say", "set", ID, "--seconds", "60", "--default", "leave"))
                .isZero();
        assertThat(controller.last().body()).isEqualTo("{\"seconds\":60,\"default\":\"leave\"}");
        assertThat(run("say", "show", ID)).isZero();
        assertThat(run("say", "unset", ID)).isZero();
        assertThat(run("say", "set", "--group", ID, "--seconds", "9")).isZero();
        assertThat(controller.last().body()).isEqualTo("{\"seconds\":9,\"default\":\"recover\"}");
        assertThat(run("say", "unset", "--group", ID)).isZero();
        assertThat(said.toString()).contains("leave");
    }

    @Test
    void anOwnerHasAnInstanceRecoveredByEitherNameOfTheCommand() {
        String path = "POST /ha/v1/instances/" + ID + "/recover";
        controller.on(path, 202, "{\"case\": \"c7\"}");
        assertThat(run("server", "recover", ID)).isZero();
        assertThat(controller.last().body()).isEqualTo("{}");
        assertThat(run("instance", "recover", ID, "--host", "h3")).isZero();
        assertThat(controller.last().body()).isEqualTo("{\"host\":\"h3\"}");
        assertThat(said.toString()).contains("is being recovered");
    }
}
