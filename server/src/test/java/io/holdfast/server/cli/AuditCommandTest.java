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

final class AuditCommandTest {

    private static final String STOPPED = """
            {"number": 7, "at": "2026-01-31T12:00:00Z", "requestId": "req-7", "kind": "user", "user": "u1",
             "userName": "ann", "project": "blue", "address": "192.0.2.1", "onBehalfOf": null, "controller": "c1",
             "service": "compute", "operation": "serverAction/os-stop", "target": "/v2.1/servers/77/action",
             "status": 202, "fault": null, "made": null, "refused": false, "count": 1,
             "until": "2026-01-31T12:00:00Z"}""";
    private static final String GUESSED = """
            {"number": 6, "at": "2026-01-31T11:00:00Z", "requestId": "req-6", "kind": "nobody", "user": "nobody",
             "userName": "nobody", "project": "none", "address": "192.0.2.2", "onBehalfOf": "192.0.2.9",
             "controller": "c1", "service": "identity", "operation": "POST", "target": "", "status": 401,
             "fault": "no", "made": null, "refused": true, "count": 5, "until": "2026-01-31T11:00:30Z"}""";

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
                200,
                false,
                InstantSource.system());
        return HoldfastCommandLine.assemble(terminal, ClientCommands.sections(terminal), KnownFailures::translated)
                .execute(arguments);
    }

    @Test
    void pagesAreReadUntilThereAreNoMoreAndEachLineIsARow() {
        controller
                .on("GET /ha/v1/audit?limit=100", 200, "{\"audit\": [" + STOPPED + "], \"next\": 7}")
                .on("GET /ha/v1/audit?limit=99&marker=7", 200, "{\"audit\": [" + GUESSED + "]}");
        assertThat(run("audit")).as(said.toString()).isZero();
        assertThat(said.toString())
                .contains("serverAction/os-stop", "/v2.1/servers/77/action", "202", "192.0.2.9 by 192.0.2.2", "401 x5");
        said.getBuffer().setLength(0);
        assertThat(run("audit", "--json")).isZero();
        assertThat(said.toString()).contains("\"requestId\":\"req-7\"", "\"requestId\":\"req-6\"");
    }

    @Test
    void filtersAreAskedForAndTimesAreToldInUtc() {
        controller.on(
                "GET /ha/v1/audit?limit=5&user=ann&kind=user&project=blue&service=compute&operation=os-stop"
                        + "&target=77&address=192.0.2.1&request_id=req-7&status=2xx"
                        + "&since=2026-01-31T11%3A00%3A00Z&before=2026-02-01T00%3A00%3A00Z",
                200, "{\"audit\": []}");
        int code = run(("audit --limit 5 --user ann --kind user --project blue --service compute --operation os-stop"
                        + " --target 77 --from 192.0.2.1 --request req-7 --status 2xx"
                        + " --since 2026-01-31T12:00:00+01:00 --before 2026-02-01T00:00:00Z")
                .split(" "));
        assertThat(code).as(said.toString()).isZero();
        assertThat(said.toString()).isEqualTo("nothing was changed\n");
    }

    @Test
    void whatMakesNoSenseIsSaidBeforeAnybodyIsAsked() {
        assertThat(run("audit", "--limit", "0")).isEqualTo(ExitCode.USAGE.code());
        assertThat(run("audit", "--since", "yesterday")).isEqualTo(ExitCode.USAGE.code());
        assertThat(said.toString()).contains("--since must be a time with a zone, is 'yesterday'");
        assertThat(controller.requests()).isEmpty();
    }
}
