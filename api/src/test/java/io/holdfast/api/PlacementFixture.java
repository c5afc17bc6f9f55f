package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.api.ApiSettings.Role;
import io.holdfast.api.ApiSettings.Token;
import io.holdfast.api.placement.PlacementApi;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.Image;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.Placer;
import io.holdfast.compute.sim.SimulatedAgents;
import io.holdfast.compute.store.StoredCompute;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.notifications.NotificationService;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.notifications.sim.InMemoryLedger;
import io.holdfast.placement.store.StoredAllocations;
import io.holdfast.placement.store.StoredProviders;
import io.holdfast.placement.store.StoredWords;
import io.holdfast.secrets.SecretReader;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Placement's and Nova's APIs over one store with the serving host h1; one server for all tests of a class. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PlacementFixture {

    static final String ADMIN = "admin-token-of-the-test";
    static final String BLUE = "blue-token-of-the-test";
    static final String PLACEMENT = "/placement";
    static final String PROVIDERS = PLACEMENT + "/resource_providers";

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private TestDatabase database;
    private NotificationService notifications;
    private StoredCompute compute;
    private ApiServer server;
    private String base;
    String h1;

    @BeforeAll
    void begin(@TempDir Path shared) throws Exception {
        database = TestDatabase.fresh();
        Store store = database.store(StoredCompute.ENTITIES);
        compute = new StoredCompute(
                store,
                new SimulatedAgents(),
                (instance, wants, zone, only) -> new Placer.Choice.Home(HostId.of("h1")),
                () -> Optional.of(LeaderEpoch.of(1)),
                instance -> false,
                ComputeSettings.defaults().at(shared),
                Duration.ofMinutes(5),
                new Overcommit(4, 1),
                InstantSource.system());
        Files.createDirectories(shared.resolve("images"));
        Files.writeString(shared.resolve("images/small.img"), "a disk");
        compute.catalog().addFlavor(new Flavor(FlavorId.of("small"), "small", new Resources(1, 64, 1), true, Map.of()));
        compute.catalog()
                .addImage(new Image(
                        ImageId.parse(ApiFixture.IMAGE),
                        "image",
                        "small.img",
                        "raw",
                        0,
                        null,
                        null,
                        null,
                        0,
                        0,
                        Map.of(),
                        Instant.EPOCH));
        compute.hosts()
                .introduce(
                        new HostIntroduction(
                                HostId.of("h1"),
                                SegmentId.of("default"),
                                "nova",
                                "boot",
                                "127.0.0.1",
                                4000,
                                new Resources(8, 8192, 100)),
                        HostEpoch.ZERO,
                        LeaderEpoch.of(1));
        store.inTransactionDo(session -> session.createNativeMutationQuery("update host set state = 'SERVING'")
                .executeUpdate());
        h1 = compute.hosts().find(HostId.of("h1")).orElseThrow().uuid().toString();
        StoredProviders providers = new StoredProviders(store, new Overcommit(4, 1), 0, InstantSource.system());
        notifications = new NotificationService(
                vertx,
                new InMemoryLedger(),
                NotificationSettings.defaults(),
                Set::of,
                Clock.systemUTC(),
                RandomGenerator.getDefault());
        server = new ApiServer(
                vertx,
                Parts.of(
                        compute,
                        io.holdfast.api.nova.ServerNetworks.NONE,
                        new FakeCloud(),
                        notifications,
                        PlacementApi.of(
                                providers,
                                new StoredAllocations(store, providers, InstantSource.system()),
                                new StoredWords(store, InstantSource.system()),
                                InstantSource.system())),
                "controller",
                io.holdfast.api.Lead.Here::new,
                new ApiSettings(
                        "127.0.0.1",
                        0,
                        null,
                        false,
                        List.of(
                                new Token("root", Role.ADMIN, "admin", ApiFixture.hash(ADMIN)),
                                new Token("ann", Role.MEMBER, "blue", ApiFixture.hash(BLUE))),
                        LIMIT,
                        16,
                        64 * 1024,
                        2,
                        100,
                        30,
                        MonitorSettings.defaults(),
                        AuditSettings.defaults()),
                SecretReader.ofCommand(Map.of()));
        base = "http://127.0.0.1:" + server.start();
    }

    @AfterAll
    void end() {
        server.close();
        notifications.close();
        compute.close();
        database.close();
        vertx.close().await();
    }

    /** @param version of Placement's API, as {@code 1.28}; null for none */
    HttpResponse<String> send(
            @Nullable String token, String method, String path, @Nullable String version, @Nullable String body)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(LIMIT)
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')));
        if (token != null) {
            request.header("X-Auth-Token", token);
        }
        if (version != null) {
            request.header("OpenStack-API-Version", "placement " + version);
        }
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** What an administrator is answered, with this status, else the test fails with what was said. */
    JsonObject expect(int status, String method, String path, String version, @Nullable String body) throws Exception {
        HttpResponse<String> answer = send(ADMIN, method, path, version, body);
        assertThat(answer.statusCode())
                .as(method + " " + path + " in " + version + ": " + answer.body())
                .isEqualTo(status);
        return answer.body().isEmpty() ? new JsonObject() : new JsonObject(answer.body());
    }

    JsonObject show(String path, String version) throws Exception {
        return expect(200, "GET", path, version, null);
    }

    JsonObject error(int status, String method, String path, String version, @Nullable String body) throws Exception {
        return expect(status, method, path, version, body)
                .getJsonArray("errors")
                .getJsonObject(0);
    }

    /** A provider with 8 VCPU and 1024 MEMORY_MB, of a name that no other has. */
    String pool() throws Exception {
        String id = UUID.randomUUID().toString();
        expect(201, "POST", PROVIDERS, "1.0", "{'name': 'pool-" + id + "', 'uuid': '" + id + "'}");
        expect(
                200,
                "PUT",
                PROVIDERS + "/" + id + "/inventories",
                "1.0",
                "{'resource_provider_generation': 0, 'inventories': {'VCPU': {'total': 8}, 'MEMORY_MB': {'total': 1024}}}");
        return id;
    }

    String boot() throws Exception {
        HttpResponse<String> answer = send(
                BLUE,
                "POST",
                "/v2.1/servers",
                null,
                "{'server': {'name': 'vm', 'flavorRef': 'small', 'imageRef': '" + ApiFixture.IMAGE + "'}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        String id = new JsonObject(answer.body()).getJsonObject("server").getString("id");
        // The answer comes before it is placed.
        await().until(() -> compute.instances()
                .find(InstanceId.parse(id))
                .filter(one -> one.task() == null || !one.task().equals("scheduling"))
                .isPresent());
        return id;
    }
}
