package io.holdfast.server.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.server.cli.ApiClient;
import io.holdfast.server.cli.CommandFailure;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.StreamSupport;

/** The cluster as its users see it: over the API, with an operator's token and two owners'. */
final class Cluster implements AutoCloseable {

    static final String SHOP = "shop";
    static final String NFV = "nfv";
    private static final String FLAVOR = "holdfast-demo";
    private static final String FILLS_ANOTHER = "the demo fills another host";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Stage stage;
    private final ApiClient operator;
    private final Map<String, ApiClient> owners;

    Cluster(Stage stage) {
        this.stage = stage;
        this.operator = ApiClient.to(stage.api(), stage.adminToken(), stage.trusted());
        this.owners = Map.of(
                SHOP, ApiClient.to(stage.api(), stage.memberToken(SHOP), stage.trusted()),
                NFV, ApiClient.to(stage.api(), stage.memberToken(NFV), stage.trusted()));
    }

    /** Waits for the controller: it answers when everything behind its API is there. */
    void awaitReady(Duration limit) {
        AtomicReference<String> last = new AtomicReference<>("no answer");
        Await.until(
                "the controller to be ready",
                limit,
                Duration.ofMillis(100),
                () -> {
                    try {
                        JsonNode health = operator.get("/ha/v1/health");
                        last.set(health.toString());
                        return health.path("ready").asBoolean();
                    } catch (CommandFailure e) {
                        last.set(String.valueOf(e.getMessage()));
                        return false;
                    }
                },
                last::get);
    }

    /** Makes the flavor and registers the image; both may be there from an earlier run. */
    String prepareCatalog() {
        boolean known = stream(operator.get("/v2.1/flavors").path("flavors"))
                .anyMatch(flavor -> flavor.path("id").asText().equals(FLAVOR));
        if (!known) {
            Map<String, Object> flavor =
                    Map.of("name", FLAVOR, "id", FLAVOR, "vcpus", 1, "ram", stage.guestMemoryMib(), "disk", 0);
            operator.post("/v2.1/flavors", JSON.valueToTree(Map.of("flavor", flavor)));
        }
        String name = String.valueOf(stage.image().get("name"));
        Optional<String> image = stream(operator.get("/ha/v1/images").path("images"))
                .filter(candidate -> candidate.path("name").asText().equals(name))
                .map(candidate -> candidate.path("id").asText())
                .findFirst();
        return image.orElseGet(() -> operator.post("/ha/v1/images", JSON.valueToTree(stage.image()))
                .at("/image/id")
                .asText());
    }

    InstanceId createServer(String project, String name, String image, List<String> tags) {
        Map<String, Object> server =
                Map.of("name", name, "flavorRef", FLAVOR, "imageRef", image, "tags", tags, "networks", "none");
        JsonNode answer = owner(project).post("/v2.1/servers", JSON.valueToTree(Map.of("server", server)));
        return InstanceId.parse(answer.at("/server/id").asText());
    }

    void deleteServer(String project, InstanceId id) {
        owner(project).delete("/v2.1/servers/" + id);
    }

    /** Every server there is, whoever owns it. */
    List<JsonNode> servers() {
        return stream(operator.get("/v2.1/servers/detail?all_tenants=1").path("servers"))
                .toList();
    }

    Optional<String> homeOf(InstanceId id) {
        return servers().stream()
                .filter(server -> server.path("id").asText().equals(id.toString()))
                .map(server -> server.path("OS-EXT-SRV-ATTR:host").asText(""))
                .filter(host -> !host.isEmpty() && !"null".equals(host))
                .findFirst();
    }

    /** Takes hosts out of the scheduler's choice, so that the story's guests all live where the plug will be pulled. */
    void setEnabled(HostId host, boolean enabled) {
        JsonNode services = operator.get("/v2.1/os-services?host=" + host).path("services");
        String id = services.path(0).path("id").asText();
        operator.put(
                "/v2.1/os-services/" + UUID.fromString(id),
                JSON.valueToTree(
                        enabled
                                ? Map.of("status", "enabled")
                                : Map.of("status", "disabled", "disabled_reason", FILLS_ANOTHER)));
    }

    /** Puts back into the scheduler's choice what the story has taken out of it. */
    void enableWhatWeDisabled() {
        hosts().stream()
                .filter(host -> host.path("disabledReason").asText().equals(FILLS_ANOTHER))
                .forEach(host -> setEnabled(HostId.of(host.path("name").asText()), true));
    }

    JsonNode host(HostId host) {
        return operator.get("/ha/v1/hosts/" + host).path("host");
    }

    List<JsonNode> hosts() {
        return stream(operator.get("/ha/v1/hosts").path("hosts")).toList();
    }

    /** Why a guard would hold the host if it failed now; empty when none would. */
    Optional<String> heldIfItFailed(HostId host, boolean powerOff) {
        JsonNode plan = operator.get("/ha/v1/what-if?host=" + host + (powerOff ? "&power_off=true" : ""))
                .path("hosts")
                .path(0);
        return plan.path("decision").asText().equals("condemned")
                ? Optional.empty()
                : Optional.of(plan.path("reason").asText());
    }

    /** The newest case of a host that was opened after {@code ids} were known. */
    Optional<JsonNode> newCase(HostId host, List<String> knownIds) {
        return stream(operator.get("/ha/v1/cases?host=" + host).path("cases"))
                .filter(candidate -> !knownIds.contains(candidate.path("id").asText()))
                .findFirst()
                .map(candidate -> operator.get(
                                "/ha/v1/cases/" + candidate.path("id").asText())
                        .path("case"));
    }

    List<String> caseIds(HostId host) {
        return stream(operator.get("/ha/v1/cases?host=" + host).path("cases"))
                .map(candidate -> candidate.path("id").asText())
                .toList();
    }

    String subscribe(String project, URI url, String secret) {
        Map<String, Object> hook = Map.of("url", url.toString(), "secret", secret, "types", List.of("instance."));
        return owner(project)
                .post("/ha/v1/webhooks", JSON.valueToTree(hook))
                .at("/webhook/id")
                .asText();
    }

    void unsubscribe(String project, String id) {
        owner(project).delete("/ha/v1/webhooks/" + id);
    }

    private ApiClient owner(String project) {
        ApiClient client = owners.get(project);
        if (client == null) {
            throw new IllegalArgumentException("the story knows no project " + project);
        }
        return client;
    }

    private static java.util.stream.Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    @Override
    public void close() {
        operator.close();
        owners.values().forEach(ApiClient::close);
    }
}
