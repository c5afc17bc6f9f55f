package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.ApiSettings.Role;
import io.holdfast.api.ApiSettings.Token;
import io.holdfast.api.neutron.NetworkApi;
import io.holdfast.api.nova.ServerNetworks;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.ConfigDrives;
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
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.network.NetworkSettings;
import io.holdfast.network.store.StoredInstanceNetworks;
import io.holdfast.network.store.StoredNetworks;
import io.holdfast.network.store.StoredSecurityGroups;
import io.holdfast.notifications.NotificationService;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.notifications.sim.InMemoryLedger;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Compute and networks over a real database, behind the API; one host that serves and whose agent does not answer. */
abstract class NetworkFixture {

    static final String ADMIN = "admin-token-of-the-test";
    static final String BLUE = "blue-token-of-the-test";
    static final String RED = "red-token-of-the-test";
    static final String NETWORK = "/network/v2.0";

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Vertx vertx = Vertx.vertx();
    private final FakeCloud cloud = new FakeCloud();
    private final TestDatabase database = TestDatabase.fresh();
    private final HttpClient http = HttpClient.newHttpClient();
    private NotificationService notifications;
    private StoredCompute compute;
    private ApiServer server;
    String base;

    @BeforeEach
    void begin(@TempDir Path shared) throws Exception {
        NetworkSettings settings = new NetworkSettings(Map.of("default", "br-ext"), 100, 100, 5, 100, 1000);
        List<Class<?>> entities = new ArrayList<>(StoredCompute.ENTITIES);
        entities.addAll(StoredNetworks.ENTITIES);
        Store store = database.store(entities);
        compute = new StoredCompute(
                store,
                new SimulatedAgents(),
                (instance, wants, zone, only) -> new Placer.Choice.Home(HostId.of("h1")),
                () -> Optional.of(LeaderEpoch.of(1)),
                instance -> false,
                ComputeSettings.defaults().at(shared),
                Duration.ofMinutes(5),
                new Overcommit(4, 1),
                new StoredInstanceNetworks(settings, InstantSource.system()),
                ConfigDrives.NONE,
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
                                new Resources(64, 8192, 100)),
                        HostEpoch.ZERO,
                        LeaderEpoch.of(1));
        store.inTransactionDo(session -> session.createNativeMutationQuery("update host set state = 'SERVING'")
                .executeUpdate());
        StoredNetworks networks = new StoredNetworks(store, settings, InstantSource.system());
        StoredSecurityGroups groups = new StoredSecurityGroups(store, settings, InstantSource.system());
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
                        new ServerNetworks(networks::portsOf, networks::networks, groups::group),
                        cloud,
                        notifications,
                        NetworkApi.over(networks, groups, compute.instances(), settings)),
                "controller",
                io.holdfast.api.Lead.Here::new,
                new ApiSettings(
                        "127.0.0.1",
                        0,
                        null,
                        false,
                        List.of(
                                new Token("root", Role.ADMIN, "admin", ApiFixture.hash(ADMIN)),
                                new Token("ann", Role.MEMBER, "blue", ApiFixture.hash(BLUE)),
                                new Token("bob", Role.MEMBER, "red", ApiFixture.hash(RED))),
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

    @AfterEach
    void end() {
        server.close();
        notifications.close();
        compute.close();
        database.close();
        vertx.close().await();
    }

    Answer send(@Nullable String token, String method, String path, @Nullable String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(LIMIT)
                .header("OpenStack-API-Version", "compute 2.96")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')));
        if (token != null) {
            request.header("X-Auth-Token", token);
        }
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body());
    }

    /** What it must answer with, else the test fails with what it said. */
    JsonObject expect(int status, @Nullable String token, String method, String path, @Nullable String body)
            throws Exception {
        Answer answer = send(token, method, path, body);
        assertThat(answer.status).as(method + " " + path + ": " + answer.body).isEqualTo(status);
        return answer.body.isEmpty() ? new JsonObject() : new JsonObject(answer.body);
    }

    /** Makes the shared network on which most stories play, 192.0.2.0/24; returns its id. */
    String sharedNetwork() throws Exception {
        String id = expect(201, ADMIN, "POST", NETWORK + "/networks", "{'network': {'name': 'public', 'shared': true}}")
                .getJsonObject("network")
                .getString("id");
        expect(
                201,
                ADMIN,
                "POST",
                NETWORK + "/subnets",
                "{'subnet': {'network_id': '" + id
                        + "', 'cidr': '192.0.2.0/24', 'ip_version': 4, 'name': 'v4', 'enable_dhcp': true,"
                        + " 'allocation_pools': [{'start': '192.0.2.10', 'end': '192.0.2.13'}]}}");
        return id;
    }

    JsonObject boot(int status, String token, String networks) throws Exception {
        return expect(
                status,
                token,
                "POST",
                "/v2.1/servers",
                "{'server': {'name': 'vm', 'flavorRef': 'small', 'imageRef': '" + ApiFixture.IMAGE + "', 'networks': "
                        + networks + "}}");
    }

    record Answer(int status, String body) {}
}
