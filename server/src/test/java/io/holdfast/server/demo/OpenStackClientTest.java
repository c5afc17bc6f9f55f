package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.Subprocess;
import io.holdfast.server.Closing;
import io.holdfast.server.controller.Controller;
import io.holdfast.server.controller.ControllerSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Debian's {@code openstack} command logs in at a whole controller and works with users, projects, roles and servers. */
@Tag("lab")
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class OpenStackClientTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path home;

    private static final Closing closing = new Closing();
    private static int port;
    private static String password;

    private record Said(int code, String out, String err) {}

    @BeforeAll
    static void startController() throws Exception {
        ControllerSettings settings = new ControllerConsole(home).settings(FencingSettings.defaults());
        SimulatedStorage storage = closing.add(new SimulatedStorage(Duration.ofMillis(100)));
        SimulatedRack rack = closing.add(SimulatedRack.of(1, home.resolve("hosts"), storage, settings));
        port = closing.add(Controller.start(settings, SecretReader.ofCommand(Map.of()), () -> rack))
                .apiPort();
        rack.powerOnAll();
        Path first = home.resolve("controller").resolve("admin-password");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(first)))
                .isEqualTo("rw-------");
        password = Files.readString(first).strip();
    }

    @AfterAll
    static void stop() {
        closing.close();
    }

    private static Said openstack(Map<String, String> as, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openstack"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = Subprocess.of(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("OS_") || name.endsWith("_proxy"));
        builder.environment().put("OS_AUTH_URL", "http://127.0.0.1:" + port + "/identity/v3");
        builder.environment().put("OS_IDENTITY_API_VERSION", "3");
        builder.environment().put("PYTHONWARNINGS", "ignore");
        builder.environment().putAll(as);
        Path out = Files.createTempFile(home, "out", "");
        Path err = Files.createTempFile(home, "err", "");
        Process process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        if (!process.waitFor(180, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("openstack " + List.of(arguments) + " did not end: " + Files.readString(err));
        }
        return new Said(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    private static Map<String, String> as(String user, String password, String project) {
        Map<String, String> as = new HashMap<>();
        as.put("OS_USERNAME", user);
        as.put("OS_USER_DOMAIN_NAME", "Default");
        as.put("OS_PASSWORD", password);
        as.put("OS_PROJECT_NAME", project);
        as.put("OS_PROJECT_DOMAIN_NAME", "Default");
        return as;
    }

    private static JsonNode admin(String... arguments) throws Exception {
        return read(as("admin", password, "admin"), arguments);
    }

    private static JsonNode read(Map<String, String> as, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-f", "json"));
        Said said = openstack(as, all.toArray(String[]::new));
        assertThat(said.code).as(said.err).isZero();
        return JSON.readTree(said.out);
    }

    private static void done(String... arguments) throws Exception {
        Said said = openstack(as("admin", password, "admin"), arguments);
        assertThat(said.code).as(said.err).isZero();
    }

    @Test
    void logsInAndFindsEveryService() throws Exception {
        JsonNode token = admin("token", "issue");
        assertThat(token.path("id").asText()).hasSizeBetween(100, 255);
        assertThat(token.path("project_id").asText()).hasSize(32);
        List<String> types = new ArrayList<>();
        admin("catalog", "list").forEach(one -> types.add(one.path("Type").asText()));
        assertThat(types)
                .containsExactlyInAnyOrder("identity", "compute", "image", "network", "placement", "instance-ha");
        assertThat(admin("compute", "service", "list").isArray()).isTrue();

        Said wrong = openstack(as("admin", "guess", "admin"), "token", "issue");
        assertThat(wrong.code).isEqualTo(1);
        assertThat(wrong.err).contains("The request you have made requires authentication. (HTTP 401)");
        done("token", "revoke", token.path("id").asText());
    }

    @Test
    void makesProjectsUsersAndRolesAndTheUserWorksInItsProjectAlone() throws Exception {
        JsonNode project = admin("project", "create", "--description", "shop", "blue");
        assertThat(project.path("domain_id").asText()).isEqualTo("default");
        JsonNode user = admin("user", "create", "--project", "blue", "--password", "of ann", "ann");
        assertThat(user.path("default_project_id").asText())
                .isEqualTo(project.path("id").asText());
        done("role", "add", "--project", "blue", "--user", "ann", "member");
        JsonNode assigned = admin("role", "assignment", "list", "--user", "ann", "--names");
        assertThat(assigned.get(0).path("Role").asText()).isEqualTo("member");
        assertThat(assigned.get(0).path("Project").asText()).isEqualTo("blue@Default");

        Map<String, String> ann = as("ann", "of ann", "blue");
        assertThat(read(ann, "server", "list", "--no-name-lookup").size()).isZero();
        Said refused = openstack(ann, "project", "create", "red");
        assertThat(refused.code).isEqualTo(1);
        assertThat(refused.err).contains("HTTP 403");
        JsonNode credential = read(ann, "application", "credential", "create", "ci", "--role", "reader");
        Map<String, String> program = Map.of(
                "OS_AUTH_TYPE", "v3applicationcredential",
                "OS_APPLICATION_CREDENTIAL_ID", credential.path("id").asText(),
                "OS_APPLICATION_CREDENTIAL_SECRET", credential.path("secret").asText());
        assertThat(read(program, "token", "issue").path("project_id").asText())
                .isEqualTo(project.path("id").asText());
        assertThat(openstack(ann, "user", "password", "set", "--original-password", "of ann", "--password", "new").code)
                .isZero();
        assertThat(openstack(ann, "token", "issue").code).isEqualTo(1);

        JsonNode role = admin("role", "create", "auditor");
        assertThat(admin("role", "show", "auditor").path("id")).isEqualTo(role.path("id"));
        done("role", "delete", "auditor");
        done("role", "remove", "--project", "blue", "--user", "ann", "member");
        done("user", "delete", "ann");
        done("project", "delete", "blue");
        Said gone = openstack(as("admin", password, "admin"), "project", "show", "blue");
        assertThat(gone.code).isEqualTo(1);
        assertThat(gone.err).contains("No project with a name or ID of 'blue' exists.");
    }

    /** In 1.29 unless said otherwise: by itself the plugin asks for the oldest. */
    private static JsonNode placement(String... arguments) throws Exception {
        return admin(inPlacement(arguments));
    }

    private static String[] inPlacement(String... arguments) {
        List<String> all = new ArrayList<>(List.of("--os-placement-api-version", "1.29"));
        all.addAll(List.of(arguments));
        return all.toArray(String[]::new);
    }

    @Test
    void seesHostsAsProvidersAndTakesTheirRoom() throws Exception {
        // The host is switched on with the controller, and joins when it can.
        await().atMost(Duration.ofSeconds(120))
                .until(() -> !placement("allocation", "candidate", "list", "--resource", "VCPU=1")
                        .isEmpty());
        JsonNode host = admin("hypervisor", "list").get(0);
        JsonNode provider = placement("resource", "provider", "list").get(0);
        assertThat(provider.path("name").asText())
                .isEqualTo(host.path("Hypervisor Hostname").asText());
        String uuid = provider.path("uuid").asText();
        JsonNode inventory = placement("resource", "provider", "inventory", "show", uuid, "MEMORY_MB");
        int memory = inventory.path("total").asInt();
        assertThat(memory).isPositive();
        assertThat(placement(
                                "allocation",
                                "candidate",
                                "list",
                                "--resource",
                                "VCPU=1",
                                "--resource",
                                "MEMORY_MB=" + memory)
                        .size())
                .isEqualTo(1);

        String consumer = java.util.UUID.randomUUID().toString();
        String[] take = inPlacement(
                "resource",
                "provider",
                "allocation",
                "set",
                consumer,
                "--project-id",
                "p",
                "--user-id",
                "u",
                "--allocation",
                "rp=" + uuid + ",MEMORY_MB=" + memory);
        done(take);
        assertThat(placement("resource", "provider", "usage", "show", uuid).toString())
                .contains("" + memory);
        assertThat(placement("allocation", "candidate", "list", "--resource", "MEMORY_MB=1")
                        .size())
                .isZero();
        assertThat(placement("resource", "provider", "show", "--allocations", uuid)
                        .toString())
                .contains(consumer);
        take[6] = java.util.UUID.randomUUID().toString();
        Said refused = openstack(as("admin", password, "admin"), take);
        assertThat(refused.code).isEqualTo(1);
        assertThat(refused.err).contains("would exceed the capacity");
        done(inPlacement("resource", "provider", "allocation", "delete", consumer));

        done(inPlacement("resource", "class", "create", "CUSTOM_GOLD"));
        done(inPlacement("trait", "create", "CUSTOM_FAST"));
        done(inPlacement("resource", "provider", "trait", "set", "--trait", "CUSTOM_FAST", uuid));
        JsonNode made = placement("resource", "provider", "create", "pool");
        String pool = made.path("uuid").asText();
        done(inPlacement("resource", "provider", "inventory", "set", pool, "--resource", "CUSTOM_GOLD=4"));
        done(inPlacement(
                "resource", "provider", "aggregate", "set", "--generation", "1", "--aggregate", consumer, pool));
        assertThat(placement("resource", "provider", "list", "--resource", "CUSTOM_GOLD=4", "--member-of", consumer)
                        .get(0)
                        .path("uuid")
                        .asText())
                .isEqualTo(pool);
        done(inPlacement("resource", "provider", "inventory", "delete", pool));
        done(inPlacement("resource", "provider", "delete", pool));
    }
}
