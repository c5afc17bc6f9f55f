package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.http.Resources;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** docs/placement.md says what the server does. */
class PlacementPageTest extends PlacementFixture {

    private static final String NOT_THERE = "could not be found in version";

    @Test
    void everyRouteIsAnsweredFromItsVersionOn() throws Exception {
        Set<String> said = new TreeSet<>();
        for (List<String> line : table("Routes")) {
            String method = line.getFirst();
            String path = line.get(1).replace("`", "");
            said.add(method + " " + path);
            int least = Integer.parseInt(line.get(2).split(" – ", -1)[0].substring("1.".length()));
            assertThat(line.get(2)).endsWith("1.39");
            assertThat(line.get(3)).isIn("yes", "partly");
            assertThat(line.get(3).equals("partly") && line.get(4).isBlank())
                    .as("%s", line)
                    .isFalse();
            HttpResponse<String> from = ask(method, path, least);
            assertThat(from.statusCode()).as("%s: %s", line, from.body()).isNotIn(405, 500, 501, 503);
            assertThat(from.body()).doesNotContain(NOT_THERE);
            if (least > 0) {
                HttpResponse<String> before = ask(method, path, least - 1);
                assertThat(before.statusCode())
                        .as("%s: %s", line, before.body())
                        .isIn(line.get(4).contains("405") ? List.of(405) : List.of(400, 404));
            }
        }
        Set<String> there = new TreeSet<>();
        JsonObject paths =
                Contract.parsed(Resources.text("/openapi/placement.yaml")).getJsonObject("paths");
        for (String path : paths.fieldNames()) {
            paths.getJsonObject(path).fieldNames().stream()
                    .filter(method -> !method.equals("parameters"))
                    .forEach(method ->
                            there.add(method.toUpperCase(Locale.ROOT) + " " + path.substring(PLACEMENT.length())));
        }
        assertThat(said).isEqualTo(there);
    }

    @Test
    void everyMicroversionHasALineAndIsNegotiated() throws Exception {
        List<List<String>> lines = table("Microversions");
        assertThat(lines.stream().map(List::getFirst))
                .containsExactlyElementsOf(IntStream.rangeClosed(0, 39)
                        .mapToObj(minor -> "1." + minor)
                        .toList());
        for (List<String> line : lines) {
            assertThat(line.get(2)).isEqualTo("yes");
            assertThat(send(null, "GET", PLACEMENT + "/", line.getFirst(), null)
                            .headers()
                            .firstValue("OpenStack-API-Version"))
                    .hasValue("placement " + line.getFirst());
        }
    }

    private HttpResponse<String> ask(String method, String path, int minor) throws Exception {
        String at = PLACEMENT + path.replaceAll("\\{[^}]*}", UUID.randomUUID().toString());
        return send(ADMIN, method, at, "1." + minor, method.equals("POST") || method.equals("PUT") ? "{}" : null);
    }

    private static List<List<String>> table(String heading) throws IOException {
        List<List<String>> rows = new ArrayList<>();
        boolean inside = false;
        for (String line : Files.readAllLines(Path.of("..", "docs", "placement.md"))) {
            if (line.startsWith("## ")) {
                inside = line.equals("## " + heading);
            } else if (inside && line.startsWith("| ")) {
                rows.add(Arrays.stream(line.substring(1, line.length() - 1).split("\\|", -1))
                        .map(String::strip)
                        .toList());
            }
        }
        assertThat(rows).as(heading).hasSizeGreaterThan(1);
        return rows.subList(1, rows.size());
    }
}
