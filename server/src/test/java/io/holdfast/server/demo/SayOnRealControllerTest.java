package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.HostId;
import io.holdfast.server.cli.ClientCommands;
import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An active and a standby instance, and whoever runs them: from the command line over the API to the controller's database and back.
 * Only hosts, power and storage are simulated.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SayOnRealControllerTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path home;

    private Stage stage;

    @BeforeEach
    void open() throws Exception {
        stage = SimulatedStage.open(3);
        token("admin", stage.adminToken());
        token("member", stage.memberToken(Cluster.SHOP));
        await().atMost(LIMIT)
                .until(() -> ok("admin", "host", "list")
                                .lines()
                                .filter(line -> line.contains("SERVING"))
                                .count()
                        == 3);
        ok("admin", "flavor", "create", "tiny", "--vcpus", "1", "--ram", "8");
        ok("admin", "image", "create", "boot", "--file", "simulated.img");
    }

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void whoeverRunsThePairIsAskedAnswersAndHasTheLeftOneRecoveredLater() throws Exception {
        ok("admin", "host", "disable", "h2");
        ok("admin", "host", "disable", "h3");
        for (String name : List.of("active", "standby", "plain")) {
            ok(
                    "member",
                    "server",
                    "create",
                    name,
                    "--flavor",
                    "tiny",
                    "--image",
                    "boot",
                    "--tag",
                    "automatic-recovery",
                    "--wait");
        }
        ok("member", "server", "create", "told", "--flavor", "tiny", "--image", "boot", "--tag", "notify", "--wait");
        ok("admin", "host", "enable", "h2");
        ok("admin", "host", "enable", "h3");
        ok("member", "say", "set", "active", "--seconds", "600", "--default", "leave");
        ok("member", "say", "set", "standby", "--seconds", "600");
        assertThat(ok("member", "say", "show", "active")).contains("600", "leave");
        assertThat(ok("member", "say", "list")).contains("nobody is asked now");

        stage.fail(HostId.of("h1"), Failure.POWER);
        await().atMost(LIMIT)
                .until(() -> json("member", "say", "list").path("says").size() == 2);
        await().atMost(LIMIT)
                .until(() ->
                        status("plain").equals("ACTIVE") && !hostOf("plain").equals("h1"));
        assertThat(hostOf("active")).isEqualTo("h1");
        assertThat(ok("member", "say", "list")).contains("active", "leave", "standby", "recover");
        await().atMost(LIMIT)
                .until(() -> StreamSupport.stream(
                                json("member", "event", "list", "--limit", "1000")
                                        .path("events")
                                        .spliterator(),
                                false)
                        .anyMatch(event -> event.path("type").asText().equals("instance.say-asked")
                                && event.toString().contains("answerAt")));

        ok("admin", "say", "answer", "standby", "recover", "--host", "h3");
        await().atMost(LIMIT)
                .until(() ->
                        status("standby").equals("ACTIVE") && hostOf("standby").equals("h3"));
        String of = json("member", "say", "list").at("/says/0/case").asText();
        ok("member", "say", "answer", "active", "leave", "--case", of);
        ok("member", "say", "answer", "active", "leave", "--case", of);
        assertThat(run("member", "say", "answer", "active", "recover", "--case", of)
                        .code())
                .isEqualTo(6);
        await().atMost(LIMIT)
                .until(() -> ok("admin", "case", "show", "h1").contains("LEFT")
                        && ok("admin", "case", "list").contains("RECOVERED"));

        ok("member", "instance", "recover", "active");
        ok("member", "server", "recover", "told");
        await().atMost(LIMIT)
                .until(() -> status("active").equals("ACTIVE")
                        && !hostOf("active").equals("h1")
                        && status("told").equals("ACTIVE")
                        && !hostOf("told").equals("h1"));
        assertThat(ok("admin", "audit", "--json")).contains("answerSay", "recoverInstance");
    }

    private String status(String server) throws IOException {
        return json("admin", "server", "show", server).at("/server/status").asText();
    }

    private String hostOf(String server) throws IOException {
        return json("admin", "server", "show", server)
                .at("/server/OS-EXT-SRV-ATTR:host")
                .asText();
    }

    private void token(String name, String text) throws IOException {
        Path file = Files.writeString(home.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private record Result(int code, String out, String err) {}

    private Result run(String who, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Map.of(
                        "HOLDFAST_URL",
                        stage.api().toString(),
                        "HOLDFAST_TOKEN_FILE",
                        home.resolve(who).toString()),
                home,
                80,
                false,
                InstantSource.system());
        int code = HoldfastCommandLine.assemble(terminal, ClientCommands.sections(terminal))
                .execute(arguments);
        return new Result(code, out.toString(), err.toString());
    }

    private String ok(String who, String... arguments) {
        Result result = run(who, arguments);
        assertThat(result.err).as("%s", List.of(arguments)).isEmpty();
        assertThat(result.code).isZero();
        return result.out;
    }

    private JsonNode json(String who, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.add("--json");
        return JSON.readTree(ok(who, all.toArray(String[]::new)));
    }
}
