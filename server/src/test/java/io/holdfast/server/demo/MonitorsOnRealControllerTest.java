package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.api.ApiSettings;
import io.holdfast.api.MonitorSettings;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.ImageSettings;
import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.identity.IdentitySettings;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.network.NetworkSettings;
import io.holdfast.notifications.NotificationSettings;
import io.holdfast.recovery.AdmissionSettings;
import io.holdfast.recovery.GuardSettings;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.SecretSettings;
import io.holdfast.secrets.Subprocess;
import io.holdfast.server.KnownFailures;
import io.holdfast.server.cli.ApiClient;
import io.holdfast.server.cli.ClientCommands;
import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.NewToken;
import io.holdfast.server.cli.Terminal;
import io.holdfast.server.controller.Controller;
import io.holdfast.server.controller.ControllerSettings;
import io.holdfast.store.StoreSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The stock commands {@code openstack segment} and {@code openstack notification} against a whole controller: a monitor's word
 * about one host ends with its instance on the reserved host of its segment.
 */
@Timeout(180)
final class MonitorsOnRealControllerTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path OPENSTACK = Path.of("/usr/bin/openstack");
    private static final Path PLUGIN = Path.of("/usr/lib/python3/dist-packages/masakariclient");
    private static final String STOPPED =
            "{\"event\": \"STOPPED\", \"host_status\": \"NORMAL\", \"cluster_status\": \"OFFLINE\"}";

    @TempDir
    Path home;

    private final NewToken admin = NewToken.random();
    private final NewToken pacemaker = NewToken.random();
    private final NewToken doubter = NewToken.random();

    private ControllerSettings settings() throws Exception {
        Path shared = Files.createDirectories(home.resolve("shared"));
        Files.write(Files.createDirectories(shared.resolve("images")).resolve("tiny.raw"), new byte[512]);
        ApiSettings a = ApiSettings.defaults()
                .listening(
                        "127.0.0.1",
                        0,
                        List.of(
                                new ApiSettings.Token("admin", ApiSettings.Role.ADMIN, "admin", admin.hash()),
                                new ApiSettings.Token(
                                        "pacemaker", ApiSettings.Role.MEMBER, "monitors", pacemaker.hash()),
                                new ApiSettings.Token("doubter", ApiSettings.Role.MEMBER, "monitors", doubter.hash())));
        ApiSettings api = new ApiSettings(
                a.address(),
                a.port(),
                a.tls(),
                a.allowPlaintext(),
                a.tokens(),
                a.requestDeadline(),
                a.requestsMax(),
                a.bodyBytesMax(),
                a.streamsMax(),
                a.connectionsMax(),
                a.failuresPerMinute(),
                new MonitorSettings(
                        List.of(
                                new MonitorSettings.Monitor("pacemaker", MonitorSettings.Trust.CONDEMNS, 60),
                                new MonitorSettings.Monitor("doubter", MonitorSettings.Trust.SUSPECTS, 60)),
                        Duration.ofMinutes(3),
                        List.of("instance"),
                        Map.of()),
                a.audit());
        return new ControllerSettings(
                home.resolve("controller"),
                "simulated",
                "default",
                null,
                SecretSettings.defaults(),
                StoreSettings.defaults(),
                MembershipSettings.defaults().withGrace(Duration.ofSeconds(2)),
                FencingSettings.defaults(),
                SchedulerSettings.defaults(),
                AdmissionSettings.defaults(),
                ComputeSettings.defaults().at(shared),
                NetworkSettings.defaults(),
                RecoverySettings.defaults().with(GuardSettings.defaults().forRepeatedFailures()),
                NotificationSettings.defaults(),
                api,
                IdentitySettings.defaults(),
                ImageSettings.defaults());
    }

    /** All of them in one process, because starting the client costs seconds. It takes no quotes this way. */
    private List<JsonNode> openstack(int port, NewToken as, List<String> commands) throws Exception {
        return openstack(port, as, List.of(OPENSTACK.toString()), commands);
    }

    private JsonNode openstack(int port, NewToken as, String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of(OPENSTACK.toString()));
        line.addAll(List.of(arguments));
        return openstack(port, as, line, List.of("")).getFirst();
    }

    private List<JsonNode> openstack(int port, NewToken as, List<String> line, List<String> commands) throws Exception {
        ProcessBuilder builder = Subprocess.of(line).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("OS_"));
        builder.environment()
                .putAll(Map.of(
                        "OS_AUTH_TYPE",
                        "admin_token",
                        "OS_ENDPOINT",
                        "http://127.0.0.1:" + port + "/instance-ha/v1",
                        "OS_TOKEN",
                        as.token()));
        Process client = builder.start();
        try (PrintWriter in = new PrintWriter(client.outputWriter(StandardCharsets.UTF_8))) {
            commands.forEach(in::println);
        }
        String said = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(client.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).as(said).isTrue();
        List<JsonNode> answers = new ArrayList<>();
        // Prompts stand between the answers, where the client has them.
        String bare = said.replaceAll("\\(openstack\\) ?", "");
        try (JsonParser parser = JSON.createParser(bare)) {
            while (parser.nextToken() != null) {
                answers.add(JSON.readTree(parser));
            }
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + e.getMessage() + " in " + said, e);
        }
        assertThat(answers).as(said).hasSize(commands.size());
        return answers;
    }

    private String holdfast(Controller controller, NewToken as, String... arguments) throws Exception {
        Path token = Files.writeString(home.resolve("token"), as.token());
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        StringWriter out = new StringWriter();
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(out, true),
                Map.of(
                        "HOLDFAST_URL",
                        "http://127.0.0.1:" + controller.apiPort(),
                        "HOLDFAST_TOKEN_FILE",
                        token.toString()),
                home,
                160,
                false,
                InstantSource.system());
        int code = HoldfastCommandLine.assemble(terminal, ClientCommands.sections(terminal), KnownFailures::translated)
                .execute(arguments);
        return code + " " + out;
    }

    private static List<String> texts(JsonNode rows, String field) {
        return StreamSupport.stream(rows.spliterator(), false)
                .map(row -> row.path(field).asText())
                .toList();
    }

    private static String instance(ApiClient api) {
        api.post(
                "/v2.1/flavors",
                JSON.valueToTree(
                        Map.of("flavor", Map.of("name", "tiny", "id", "tiny", "vcpus", 1, "ram", 8, "disk", 0))));
        String image = api.post(
                        "/ha/v1/images", JSON.valueToTree(Map.of("name", "tiny", "file", "tiny.raw", "format", "raw")))
                .at("/image/id")
                .asText();
        Map<String, Object> server = Map.of(
                "name",
                "db",
                "flavorRef",
                "tiny",
                "imageRef",
                image,
                "tags",
                List.of("automatic-recovery"),
                "networks",
                "none",
                "availability_zone",
                "nova:h1");
        return api.post("/v2.1/servers", JSON.valueToTree(Map.of("server", server)))
                .at("/server/id")
                .asText();
    }

    private static String homeOf(ApiClient api, String server) {
        JsonNode shown = api.get("/v2.1/servers/" + server).path("server");
        return shown.path("status").asText() + " on "
                + shown.path("OS-EXT-SRV-ATTR:host").asText();
    }

    @Test
    void aMonitorsWordEndsWithTheInstanceOnTheReservedHost() throws Exception {
        assumeTrue(
                Files.isExecutable(OPENSTACK) && Files.isDirectory(PLUGIN),
                "python3-openstackclient and python3-masakariclient are not installed");
        ControllerSettings settings = settings();
        try (SimulatedStorage storage = new SimulatedStorage(Duration.ofMillis(100));
                SimulatedRack rack = SimulatedRack.of(4, home.resolve("hosts"), storage, settings);
                Controller controller = Controller.start(settings, SecretReader.ofCommand(Map.of()), () -> rack);
                ApiClient api =
                        ApiClient.to(URI.create("http://127.0.0.1:" + controller.apiPort()), admin.token(), null)) {
            rack.powerOnAll();
            await().atMost(SOON)
                    .until(() -> texts(api.get("/ha/v1/hosts").path("hosts"), "health").stream()
                                    .filter("ALIVE"::equals)
                                    .count()
                            == 4);
            int port = controller.apiPort();
            List<JsonNode> made = openstack(
                    port,
                    admin,
                    List.of(
                            "segment list -f json",
                            "segment create racks reserved_host COMPUTE -f json",
                            "segment host create h1 COMPUTE SSH racks -f json",
                            "segment host create h4 COMPUTE SSH racks --reserved True -f json",
                            "segment host list racks -f json",
                            "segment host update racks h1 --control_attributes IPMI -f json",
                            "segment update racks --description row-4 --is_enabled True -f json"));
            assertThat(texts(made.get(0), "name")).containsExactly("default");
            assertThat(made.get(1).path("recovery_method").asText()).isEqualTo("reserved_host");
            assertThat(made.get(1).path("is_enabled").asBoolean()).isTrue();
            assertThat(texts(made.get(4), "name")).containsExactlyInAnyOrder("h1", "h4");
            assertThat(made.get(3).path("reserved").asBoolean()).isTrue();
            assertThat(made.get(5).path("control_attributes").asText()).isEqualTo("IPMI");
            assertThat(made.get(6).path("description").asText()).isEqualTo("row-4");

            String server = instance(api);
            await().atMost(SOON).until(() -> homeOf(api, server).equals("ACTIVE on h1"));
            String notification = openstack(
                            port,
                            pacemaker,
                            "notification",
                            "create",
                            "COMPUTE_HOST",
                            "h1",
                            "2026-01-01T01:00:00.000",
                            STOPPED,
                            "-f",
                            "json")
                    .path("notification_uuid")
                    .asText();
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(homeOf(api, server)).isEqualTo("ACTIVE on h4"));
            await().atMost(SOON)
                    .until(() -> api.get("/instance-ha/v1/notifications/" + notification)
                            .at("/notification/status")
                            .asText()
                            .equals("finished"));

            List<JsonNode> after = openstack(
                    port,
                    admin,
                    List.of(
                            "notification list --filters status=finished --limit 5 -f json",
                            "notification show " + notification + " -f json",
                            "segment host list racks --sort name:asc -f json",
                            "segment host update racks h1 --on_maintenance False -f json"));
            assertThat(texts(after.get(0), "notification_uuid")).containsExactly(notification);
            assertThat(after.get(1).path("recovery_workflow_details").toString())
                    .contains("pacemaker", "POWER_READ_OFF", "EvacuateInstances", "SUCCESS");
            assertThat(texts(after.get(2), "reserved"))
                    .as("h4 has left the reserve")
                    .containsExactly("false", "false");
            assertThat(texts(after.get(2), "on_maintenance")).containsExactly("true", "false");
            assertThat(after.get(3).path("on_maintenance").asBoolean()).isFalse();
            assertThat(holdfast(controller, admin, "case", "explain", "h1"))
                    .contains("by pacemaker (api): notification COMPUTE_HOST STOPPED");

            assertThat(holdfast(controller, doubter, "notify", "nagios", "h2", "DOWN", "HARD"))
                    .as("the host answers, so nothing follows")
                    .startsWith("0 h2: ignored (these signals say that host h2 lives");
            assertThat(holdfast(controller, pacemaker, "notify", "zabbix", "h3", "1", "unavailable"))
                    .startsWith("0 h3: acted");
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(holdfast(controller, admin, "case", "list"))
                            .containsPattern("h3.*RECOVERED")
                            .doesNotContain("h2"));
            assertThat(holdfast(controller, pacemaker, "notify", "zabbix", "h3", "0"))
                    .startsWith("0 h3: cleared");
            assertThat(storage.splitBrains()).isEmpty();
        }
    }
}
