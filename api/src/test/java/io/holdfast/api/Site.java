package io.holdfast.api;

import io.holdfast.api.ApiSettings.Role;
import io.holdfast.api.ApiSettings.Token;
import io.holdfast.api.glance.ExternalGlance;
import io.holdfast.api.glance.Glance;
import io.holdfast.api.http.ApiService;
import io.holdfast.api.nova.Books;
import io.holdfast.api.nova.ServerImages;
import io.holdfast.api.nova.ServerNetworks;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.Flavor;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.ImageSettings;
import io.holdfast.compute.Overcommit;
import io.holdfast.compute.Placer;
import io.holdfast.compute.image.ImageFiles;
import io.holdfast.compute.sim.SimulatedAgents;
import io.holdfast.compute.store.StoredCompute;
import io.holdfast.compute.store.StoredCopies;
import io.holdfast.compute.store.StoredImages;
import io.holdfast.model.FlavorId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.notifications.NotificationService;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.notifications.sim.InMemoryLedger;
import io.holdfast.secrets.SecretReader;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A deployment with the serving host h1 and images, its own or another site's, over a store and a shared directory of its own. */
final class Site implements AutoCloseable {

    static final String ADMIN = "admin-token-of-the-test";
    static final String BLUE = "blue-token-of-the-test";
    static final String RED = "red-token-of-the-test";

    private static final Duration LIMIT = Duration.ofSeconds(60);

    final Path shared;
    final StoredCompute compute;
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private final TestDatabase database = TestDatabase.fresh();
    private final NotificationService notifications;
    private final StoredImages images;
    private final @Nullable ExternalGlance external;
    private final ApiServer server;
    final String base;

    /**
     * @param settings with {@code external} for a site without images of its own
     * @param tokens for the other site
     */
    Site(Path shared, ImageSettings settings, ExternalGlance.Tokens tokens) throws Exception {
        this.shared = shared;
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
        compute.catalog().addFlavor(new Flavor(FlavorId.of("small"), "small", new Resources(1, 64, 1), true, Map.of()));
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
        ImageFiles files = new ImageFiles(shared, 0);
        images = new StoredImages(store, compute.catalog(), files, settings, InstantSource.system());
        external = settings.external() == null
                ? null
                : new ExternalGlance(
                        settings,
                        settings.external(),
                        null,
                        images,
                        new StoredCopies(store, files, settings, InstantSource.system()),
                        tokens);
        notifications = new NotificationService(
                vertx,
                new InMemoryLedger(),
                NotificationSettings.defaults(),
                Set::of,
                Clock.systemUTC(),
                RandomGenerator.getDefault());
        ApiService[] beside = external == null ? new ApiService[] {Glance.of(images, settings)} : new ApiService[0];
        server = new ApiServer(
                vertx,
                with(
                        Parts.of(compute, ServerNetworks.NONE, new FakeCloud(), notifications, beside),
                        external == null ? ServerImages.HERE : external),
                "controller",
                Lead.Here::new,
                new ApiSettings(
                        "127.0.0.1",
                        0,
                        null,
                        false,
                        List.of(
                                new Token("root", Role.ADMIN, "admin", ApiFixture.hash(ADMIN)),
                                new Token("ann", Role.MEMBER, "blue", ApiFixture.hash(BLUE)),
                                new Token("rob", Role.MEMBER, "red", ApiFixture.hash(RED))),
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

    private static ApiParts with(ApiParts parts, ServerImages images) {
        Books books = parts.books();
        return new ApiParts(
                parts.instances(),
                parts.catalog(),
                parts.hosts(),
                parts.groups(),
                new Books(
                        books.keyPairs(),
                        books.aggregates(),
                        books.quotas(),
                        books.consoles(),
                        books.figures(),
                        images),
                parts.networks(),
                parts.recovery(),
                parts.capacity(),
                parts.explainer(),
                parts.advised(),
                parts.words(),
                parts.webhooks(),
                parts.feed(),
                parts.rehearsal(),
                parts.power(),
                parts.membership(),
                parts.health(),
                parts.identity(),
                parts.audit(),
                parts.beside());
    }

    HttpResponse<String> send(String token, String method, String path, @Nullable String body, String type)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(base + path))
                        .timeout(LIMIT)
                        .header("X-Auth-Token", token)
                        .header("Content-Type", type)
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> boot(String token, String image) throws IOException, InterruptedException {
        return send(
                token,
                "POST",
                "/v2.1/servers",
                new JsonObject()
                        .put(
                                "server",
                                new JsonObject()
                                        .put("name", "vm")
                                        .put("flavorRef", "small")
                                        .put("imageRef", image))
                        .encode(),
                "application/json");
    }

    /** What uploads and copies have left on the shared storage, whole or in part. */
    List<Path> files() throws IOException {
        Path directory = shared.resolve("images/uploads");
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(directory)) {
            return all.toList();
        }
    }

    /** Nobody answers here any more. */
    void hush() {
        server.close();
    }

    @Override
    public void close() {
        server.close();
        if (external != null) {
            external.close();
        }
        images.close();
        notifications.close();
        compute.close();
        database.close();
        vertx.close().await();
    }
}
