package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.HostId;
import io.holdfast.server.cli.ApiClient;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What bound an instance to some hosts when it was created binds it after a failure too, through a whole controller: aggregates, traits and cards that
 * its flavor asks for, hosts kept for a project, and the host of another instance that it must not share.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PlacementRulesOnRealControllerTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final HostId H1 = HostId.of("h1");

    private Stage stage;
    private ApiClient api;
    private String image;

    @BeforeEach
    void open() throws Exception {
        stage = SimulatedStage.open(5);
        api = ApiClient.to(stage.api(), stage.adminToken(), stage.trusted());
        await().atMost(LIMIT)
                .until(() -> stream(api.get("/ha/v1/hosts").path("hosts"))
                                .filter(host -> host.path("state").asText().equals("SERVING")
                                        && host.path("health").asText().equals("ALIVE"))
                                .count()
                        == 5);
        image = post("/ha/v1/images", stage.image()).at("/image/id").asText();
        flavor("plain");
        flavor("flash");
        post(
                "/v2.1/flavors/flash/os-extra_specs",
                Map.of("extra_specs", Map.of("aggregate_instance_extra_specs:disk", "flash")));
        flavor("gpu");
        post(
                "/v2.1/flavors/gpu/os-extra_specs",
                Map.of("extra_specs", Map.of("trait:CUSTOM_GPU", "required", "resources:CUSTOM_CARD", "1")));
        send("PUT", "/placement/traits/CUSTOM_GPU", "");
        send("PUT", "/placement/resource_classes/CUSTOM_CARD", "");
        for (String host : List.of("h1", "h4", "h5")) {
            hasGpu(host);
            hasCards(host, host.equals("h1") ? 4 : 1);
        }
        aggregate("flash", Map.of("disk", "flash"), "h1", "h3");
        aggregate("theirs", Map.of("filter_tenant_id", "another"), "h2");
    }

    @AfterEach
    void close() {
        api.close();
        stage.close();
    }

    @Test
    void bindsWhatIsRecoveredAsItBoundWhatWasCreated() {
        String neighbour = create("neighbour", "plain", "h4", Map.of());
        String flash = create("flash", "flash", "h1", Map.of());
        List<String> gpus = Stream.of("gpu-1", "gpu-2", "gpu-3")
                .map(name -> create(name, "gpu", "h1", Map.of()))
                .toList();
        assertThat(api.get("/placement/resource_providers/"
                                + provider("h1").path("uuid").asText() + "/usages")
                        .at("/usages/CUSTOM_CARD")
                        .asInt())
                .isEqualTo(3);
        String apart = create("apart", "plain", "h1", Map.of("different_host", List.of(neighbour)));
        List<String> plain = Stream.of("one", "two", "three", "four")
                .map(name -> create(name, "plain", "h1", Map.of()))
                .toList();

        stage.fail(H1, Failure.POWER);

        awaitHome(flash, "h3");
        // Two hosts are left that have such cards, one each; the third waits for another.
        await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(homes(gpus)).containsExactlyInAnyOrder("h1", "h4", "h5");
            assertThat(gpus.stream().map(this::move).map(JsonNode::toString))
                    .anySatisfy(move -> assertThat(move).contains("needs 1 CUSTOM_CARD, 0 free"));
        });
        awaitHome(apart, "h3", "h5");
        plain.forEach(each -> awaitHome(each, "h3", "h4", "h5"));
        assertThat(stage.guestsOn(HostId.of("h2")))
                .as("kept for another project")
                .isEmpty();
    }

    @Test
    void leavesWhatNoHostMayHaveAndSaysWhichRule() {
        String flash = create("flash", "flash", "h1", Map.of());
        post("/v2.1/os-aggregates/" + idOf("flash") + "/action", Map.of("remove_host", Map.of("host", "h3")));

        assertThat(api.get("/ha/v1/what-if?host=h1").toString())
                .contains("the flavor wants an aggregate with disk flash");
        stage.fail(H1, Failure.POWER);

        await().atMost(LIMIT).untilAsserted(() -> {
            JsonNode move = move(flash);
            assertThat(move.path("state").asText()).isEqualTo("WAITING");
            assertThat(move.toString()).contains("the flavor wants an aggregate with disk flash");
        });
        post("/v2.1/os-aggregates/" + idOf("flash") + "/action", Map.of("add_host", Map.of("host", "h3")));
        awaitHome(flash, "h3");
    }

    @Test
    void anAdvisoryKeepsNewServersAwayAndNobodyDown() {
        String vm = create("vm", "plain", "h1", Map.of());
        for (String host : List.of("h3", "h4", "h5")) {
            api.put("/ha/v1/hosts/" + host + "/advisories/pdu-failing", JSON.valueToTree(Map.of("ttl", 600)));
        }
        assertThat(api.get("/ha/v1/schedule/explain?flavor=plain&zone=nova").toString())
                .contains("takes nothing new because of an advisory: pdu-failing");

        stage.fail(H1, Failure.POWER);

        awaitHome(vm, "h3", "h4", "h5");
        assertThat(api.get("/ha/v1/hosts/h3").at("/host/advisories/0/effect").asText())
                .isEqualTo("stop");
    }

    @Test
    void aPlanFromBeforeTheFailureIsTakenWithAllThatBinds() throws Exception {
        String neighbour = create("neighbour", "plain", "h4", Map.of());
        Map<String, String> servers = new HashMap<>();
        servers.put("flash", create("flash", "flash", "h1", Map.of()));
        servers.put("gpu", create("gpu", "gpu", "h1", Map.of()));
        servers.put("apart", create("apart", "plain", "h1", Map.of("different_host", List.of(neighbour))));
        servers.put("plain", create("plain", "plain", "h1", Map.of()));
        long created = System.nanoTime();
        await().atMost(LIMIT).until(() -> {
            JsonNode ago = api.get("/ha/v1/what-if?host=h1").at("/hosts/0/plannedAgoMillis");
            return ago.isNumber() && ago.asLong() < (System.nanoTime() - created) / 1_000_000;
        });
        assertThat(taken()).isEqualTo("holdfast_kept_plans_taken_total 0");
        Map<String, String> would = new HashMap<>();
        stream(api.get("/ha/v1/what-if?host=h1").at("/hosts/0/instances"))
                .forEach(each -> would.put(
                        each.path("name").asText(), each.path("destination").asText()));

        stage.fail(H1, Failure.POWER);

        servers.forEach((name, server) -> awaitHome(server, would.getOrDefault(name, "")));
        assertThat(taken()).isEqualTo("holdfast_kept_plans_taken_total 1");
    }

    private String taken() throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(stage.api().resolve("/metrics"))
                                    .header("Authorization", "Bearer " + stage.adminToken())
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> line.startsWith("holdfast_kept_plans_taken_total"))
                    .findFirst()
                    .orElse("");
        }
    }

    private void hasGpu(String host) throws Exception {
        describe("PUT", host, "/traits", Map.of("traits", List.of("CUSTOM_GPU")));
    }

    private void hasCards(String host, int cards) throws Exception {
        describe("POST", host, "/inventories", Map.of("resource_class", "CUSTOM_CARD", "total", cards));
    }

    private JsonNode provider(String host) {
        return api.get("/placement/resource_providers?name=" + host).at("/resource_providers/0");
    }

    private void describe(String verb, String host, String what, Map<String, Object> as) throws Exception {
        JsonNode provider = provider(host);
        Map<String, Object> body = new HashMap<>(as);
        body.put("resource_provider_generation", provider.path("generation").asInt());
        send(
                verb,
                "/placement/resource_providers/" + provider.path("uuid").asText() + what,
                JSON.writeValueAsString(body));
    }

    private List<String> homes(List<String> servers) {
        return servers.stream()
                .map(server -> api.get("/v2.1/servers/" + server)
                        .at("/server/OS-EXT-SRV-ATTR:host")
                        .asText())
                .toList();
    }

    /** In the form of a release of Placement that knows traits, and makes a class of its name alone. */
    private void send(String verb, String path, String body) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(stage.api().resolve(path))
                            .header("X-Auth-Token", stage.adminToken())
                            .header("OpenStack-API-Version", "placement 1.7")
                            .header("Content-Type", "application/json")
                            .method(verb, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 204);
        }
    }

    private JsonNode move(String server) {
        JsonNode cases = api.get("/ha/v1/cases").path("cases");
        assertThat(cases).isNotEmpty();
        JsonNode newest = cases.get(0);
        return stream(api.get("/ha/v1/cases/" + newest.path("id").asText()).at("/case/instances"))
                .filter(move -> move.path("instance").asText().equals(server))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no move of " + server + " in " + newest));
    }

    private void awaitHome(String server, String... allowed) {
        await().atMost(LIMIT).untilAsserted(() -> {
            JsonNode shown = api.get("/v2.1/servers/" + server).path("server");
            assertThat(shown.path("status").asText()).isEqualTo("ACTIVE");
            assertThat(shown.path("OS-EXT-SRV-ATTR:host").asText())
                    .as(shown.path("name").asText())
                    .isIn((Object[]) allowed);
        });
    }

    private void flavor(String name) {
        post(
                "/v2.1/flavors",
                Map.of(
                        "flavor",
                        Map.of("name", name, "id", name, "vcpus", 1, "ram", stage.guestMemoryMib(), "disk", 0)));
    }

    private void aggregate(String name, Map<String, String> metadata, String... hosts) {
        String path = "/v2.1/os-aggregates/"
                + post("/v2.1/os-aggregates", Map.of("aggregate", Map.of("name", name)))
                        .at("/aggregate/id")
                        .asText();
        post(path + "/action", Map.of("set_metadata", Map.of("metadata", metadata)));
        for (String host : hosts) {
            post(path + "/action", Map.of("add_host", Map.of("host", host)));
        }
    }

    private String idOf(String name) {
        return stream(api.get("/v2.1/os-aggregates").path("aggregates"))
                .filter(each -> each.path("name").asText().equals(name))
                .map(each -> each.path("id").asText())
                .findFirst()
                .orElseThrow();
    }

    private String create(String name, String flavor, String host, Map<String, Object> hints) {
        Map<String, Object> server = new HashMap<>(Map.of(
                "name",
                name,
                "flavorRef",
                flavor,
                "imageRef",
                image,
                "tags",
                List.of("automatic-recovery"),
                "networks",
                "none",
                "availability_zone",
                "nova:" + host));
        Map<String, Object> body = new HashMap<>(Map.of("server", server));
        if (!hints.isEmpty()) {
            body.put("os:scheduler_hints", hints);
        }
        String id = post("/v2.1/servers", body).at("/server/id").asText();
        awaitHome(id, host);
        return id;
    }

    private JsonNode post(String path, Map<String, ?> body) {
        return api.post(path, JSON.valueToTree(body));
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
