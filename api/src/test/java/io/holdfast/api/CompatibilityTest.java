package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.http.ApiService;
import io.holdfast.compute.ActualState;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Whether docs/compatibility.md says what the server does, line by line. */
class CompatibilityTest extends ApiFixture {

    private static final String NOT_THERE = "The resource could not be found";
    private static final int NEWEST = 96;

    private record Line(String first, String second, int least, int most, String here, String how) {

        static Line of(List<String> cells) {
            String[] span = cells.get(2).split(" – ", -1);
            return new Line(
                    cells.get(0),
                    cells.get(1).replace("`", ""),
                    minor(span[0]),
                    minor(span[1]),
                    cells.get(3),
                    cells.get(4));
        }

        private static int minor(String version) {
            return Integer.parseInt(version.substring("2.".length()));
        }

        boolean done() {
            return here.equals("yes") || here.equals("partly");
        }
    }

    @Test
    void everyRouteIsAnsweredAsItsLineSays() throws Exception {
        for (Line line : lines("Routes")) {
            String path = "/v2.1" + (line.second.equals("/") ? "" : line.second.replaceAll("\\{[^}]*}", "nowhere"));
            HttpResponse<String> inside = ask(line.first, path, line.least);
            switch (line.here) {
                case "yes" -> assertThere(line, inside);
                case "partly" -> {
                    assertThat(line.how).as("what differs in %s", line).isNotBlank();
                    assertThere(line, inside);
                }
                case "not yet" -> assertFault(inside, 501, "notImplemented");
                case "gone" -> assertFault(inside, 410, "computeFault");
                default -> assertThat(line.here).isIn("yes", "partly", "not yet", "gone");
            }
            if (line.least > 1) {
                assertAbsent(line, ask(line.first, path, line.least - 1));
            }
            if (line.most < NEWEST) {
                assertAbsent(line, ask(line.first, path, line.most + 1));
            }
        }
    }

    @Test
    void everyRouteOfTheContractHasALineAndNoOther() throws IOException {
        Set<String> inContract = new TreeSet<>();
        for (ApiService service : server.services()) {
            JsonObject paths = Contract.of(service).getJsonObject("paths");
            for (String path : paths.fieldNames()) {
                if (path.startsWith("/v2.1") && !path.startsWith("/v2.1/{project_id}")) {
                    paths.getJsonObject(path).fieldNames().stream()
                            .filter(method -> !method.equals("parameters"))
                            .forEach(method -> inContract.add(
                                    plain(method.toUpperCase(java.util.Locale.ROOT), path.substring(5))));
                }
            }
        }
        Set<String> said = new TreeSet<>();
        for (Line line : lines("Routes")) {
            if (line.done()) {
                said.add(plain(line.first, line.second));
            }
        }
        assertThat(said).isEqualTo(inContract);
    }

    @Test
    void everyActionIsAnsweredAsItsLineSays() throws Exception {
        String server = cloud.add("vm", "admin", ActualState.RUNNING).id().toString();
        for (Line line : lines("Actions")) {
            String id = line.first.equals("servers") ? server : "nowhere";
            HttpResponse<String> inside = act(line, id, line.least);
            if (line.done()) {
                assertThere(line, inside);
                assertThat(inside.body()).as("%s", line).doesNotContain("no such action");
            } else {
                assertThat(line.here).isEqualTo("not yet");
                assertFault(inside, 501, "notImplemented");
            }
            if (line.least > 1) {
                assertAbsent(line, act(line, id, line.least - 1));
            }
            if (line.most < NEWEST) {
                assertAbsent(line, act(line, id, line.most + 1));
            }
        }
        HttpResponse<String> unknown =
                send("POST", "/v2.1/servers/" + server + "/action", ADMIN, null, "{\"fly\": {}}");
        assertFault(unknown, 400, "badRequest");
        assertThat(unknown.body()).contains("There is no such action: fly");
    }

    @Test
    void everyMicroversionHasALineAndIsNegotiated() throws Exception {
        List<List<String>> table = table("Microversions");
        assertThat(table.stream().map(List::getFirst))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, NEWEST)
                        .mapToObj(minor -> "2." + minor)
                        .toList());
        for (List<String> line : table) {
            assertThat(line.get(2)).isIn("yes", "partly", "not yet", "gone");
            if (line.get(2).equals("partly")) {
                assertThat(line.get(3)).as("what differs in %s", line).isNotBlank();
            }
            HttpResponse<String> answer = send("GET", "/v2.1", null, line.getFirst(), null);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("OpenStack-API-Version")).hasValue("compute " + line.getFirst());
            assertThat(answer.headers().firstValue("X-OpenStack-Nova-API-Version"))
                    .hasValue(line.getFirst());
        }
        HttpResponse<String> later = send("GET", "/v2.1", null, "2." + (NEWEST + 1), null);
        assertFault(later, 406, "computeFault");
        assertThat(later.body())
                .contains("Version 2.97 is not supported by the API. Minimum is 2.1 and maximum is 2.96.");
    }

    @Test
    void thePathsWithAProjectAreTheSame() throws Exception {
        assertFault(get("/v2.1/blue/os-cells", BLUE), 410, "computeFault");
        assertFault(get("/v2.1/blue/servers/x/topology", BLUE), 404, "itemNotFound");
        assertFault(send("GET", "/v2.1/blue/servers/x/topology", BLUE, "2.78", null), 501, "notImplemented");
        assertFault(get("/v2.1/blue/nonsense", BLUE), 404, "itemNotFound");
        assertFault(get("/v2.1/os-cells", null), 401, "error");
    }

    private HttpResponse<String> ask(String method, String path, int minor) throws Exception {
        String body = method.equals("POST") || method.equals("PUT") ? "{}" : null;
        return send(method, path, ADMIN, "2." + minor, body);
    }

    private HttpResponse<String> act(Line line, String id, int minor) throws Exception {
        return send(
                "POST",
                "/v2.1/" + line.first + "/" + id + "/action",
                ADMIN,
                "2." + minor,
                new JsonObject().put(line.second, new JsonObject()).encode());
    }

    private static void assertThere(Line line, HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as("%s: %s", line, answer.body()).isNotIn(405, 410, 500, 501, 503);
        assertThat(answer.body()).as("%s", line).doesNotContain(NOT_THERE);
    }

    private static void assertAbsent(Line line, HttpResponse<String> answer) {
        // A body that is wrong may be found first; what counts is that nothing is done.
        assertThat(answer.statusCode())
                .as("%s: %s", line, answer.body())
                .isIn(400, 404, line.here.equals("gone") ? 410 : 404);
    }

    private static String plain(String method, String path) {
        return method + " " + (path.isEmpty() ? "/" : path.replaceAll("\\{[^}]*}", "{}"));
    }

    private static List<Line> lines(String heading) throws IOException {
        return table(heading).stream().map(Line::of).toList();
    }

    private static List<List<String>> table(String heading) throws IOException {
        List<List<String>> rows = new ArrayList<>();
        boolean inside = false;
        for (String line : Files.readAllLines(Path.of("..", "docs", "compatibility.md"))) {
            if (line.startsWith("## ")) {
                inside = line.equals("## " + heading);
            } else if (inside && line.startsWith("| ")) {
                String[] cells = line.substring(1, line.length() - 1).split("\\|", -1);
                rows.add(java.util.Arrays.stream(cells).map(String::strip).toList());
            }
        }
        assertThat(rows).as(heading).hasSizeGreaterThan(1);
        return rows.subList(1, rows.size());
    }
}
