package io.holdfast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.model.HostId;
import io.holdfast.secrets.SecretSettings;
import io.holdfast.server.cli.ClientCommands;
import io.holdfast.server.cli.FenceCommand;
import io.holdfast.server.cli.HoldfastCommandLine;
import io.holdfast.server.cli.Section;
import io.holdfast.server.cli.Terminal;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every client command against a real controller: its database, its API and its recovery are the product's; only hosts,
 * power and storage are simulated.
 *
 * <p>The tests share one controller, because starting one takes seconds, and are ordered, because the last ones pull a
 * plug. What every command wrote is left in {@code target/commands.txt}, so that a person can look at it.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class CommandsOnRealControllerTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NOBODY = "00000000-0000-4000-8000-000000000000";
    private static final Path TRANSCRIPT = Path.of("target", "commands.txt");

    private record Result(int code, String out, String err) {}

    @TempDir
    static Path home;

    private static Stage stage;

    @BeforeAll
    static void startController() throws Exception {
        Files.deleteIfExists(TRANSCRIPT);
        stage = SimulatedStage.open(3);
        writePrivate("admin", stage.adminToken());
        writePrivate("member", stage.memberToken(Cluster.SHOP));
        writePrivate("secret", "a secret of 32 letters and more\n");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> ok("host", "list")
                                .lines()
                                .filter(line -> line.contains("SERVING"))
                                .count()
                        == 3);
    }

    private static void writePrivate(String name, String text) throws IOException {
        Path file = Files.writeString(home.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    @AfterAll
    static void stopController() {
        stage.close();
    }

    private static Result run(String... arguments) {
        return as("admin", arguments);
    }

    private static Result as(String owner, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Map<String, String> environment = Map.of(
                "HOLDFAST_URL",
                stage.api().toString(),
                "HOLDFAST_TOKEN_FILE",
                home.resolve(owner).toString());
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                environment,
                home,
                80,
                false,
                InstantSource.system());
        List<Section> sections = new ArrayList<>(ClientCommands.sections(terminal));
        sections.add(new Section(
                "Tools",
                List.of(new FenceCommand(
                        terminal,
                        _ -> new FenceCommand.Settings(FencingSettings.defaults(), SecretSettings.defaults())))));
        int code = HoldfastCommandLine.assemble(terminal, sections).execute(arguments);
        record(String.join(" ", arguments), code, out + "" + err);
        return new Result(code, out.toString(), err.toString());
    }

    private static void record(String command, int code, String output) {
        try {
            Files.createDirectories(TRANSCRIPT.getParent());
            Files.writeString(
                    TRANSCRIPT,
                    "$ holdfast " + command + (code == 0 ? "" : "   # exit " + code) + "\n" + output + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** What a command that has to succeed wrote, on lines that fit a terminal. */
    private static String ok(String... arguments) {
        Result result = run(arguments);
        assertThat(result.err).as("%s", List.of(arguments)).isEmpty();
        assertThat(result.code).isZero();
        assertThat(result.out.lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        return result.out;
    }

    private static JsonNode json(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.add("--json");
        Result result = run(all.toArray(String[]::new));
        assertThat(result.err).as("%s", all).isEmpty();
        assertThat(result.code).isZero();
        return JSON.readTree(result.out);
    }

    private static void refused(int code, String told, String... arguments) throws IOException {
        Result result = run(arguments);
        assertThat(result.code).as("%s: %s", List.of(arguments), result.err).isEqualTo(code);
        assertThat(result.out).isEmpty();
        assertThat(result.err).contains(told);

        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.add("--json");
        assertThat(JSON.readTree(run(all.toArray(String[]::new)).err)
                        .at("/error/exitCode")
                        .asInt())
                .isEqualTo(code);
    }

    // --- nothing there yet ---

    @Test
    @Order(1)
    void saysThatNothingIsThereYet() {
        assertThat(ok("case", "list")).contains("there are no cases");
        assertThat(ok("case", "list", "--open")).contains("no case is open");
        assertThat(ok("server", "list")).contains("there are no instances");
        assertThat(ok("image", "list")).contains("there are no images");
        assertThat(ok("flavor", "list")).contains("there are no flavors");
        assertThat(ok("webhook", "list")).contains("there are no webhooks");
    }

    // --- hosts ---

    @Test
    @Order(2)
    void showsHostsWithTheirHealthAndTheSignalsBehindIt() throws IOException {
        assertThat(ok("host", "list").lines().toList().get(1)).startsWith("h1").contains("SERVING", "ALIVE", "0/2048");
        assertThat(json("host", "list").path("hosts")).hasSize(3);
        assertThat(ok("host", "show", "h2")).contains("SIGNAL", "ALIVE", "vcpus=8", "nova");
        assertThat(json("host", "show", "h2").at("/host/name").asText()).isEqualTo("h2");
        refused(5, "Host h9 could not be found", "host", "show", "h9");
    }

    @Test
    @Order(3)
    void takesAHostOutOfServiceAndBack() throws IOException {
        assertThat(ok("host", "disable", "h3", "--reason", "new memory")).contains("h3 is disabled");
        assertThat(ok("host", "list")).contains("disabled: new memory");
        assertThat(ok("service", "list")).contains("disabled", "new memory");
        assertThat(json("host", "show", "h3").at("/host/enabled").asBoolean()).isFalse();
        assertThat(json("host", "enable", "h3").at("/service/status").asText()).isEqualTo("enabled");
        assertThat(ok("host", "list")).doesNotContain("disabled");
        refused(5, "there is no host h9", "host", "disable", "h9");
        refused(5, "there is no host h9", "host", "enable", "h9");
    }

    @Test
    @Order(3)
    void saysWhetherEachHostCouldBeFenced() throws IOException {
        assertThat(ok("fence", "check"))
                .containsPattern("h1 +yes +1 +simulated power of h1 +yes")
                .containsPattern("h3 +yes +1 +simulated power of h3 +yes");
        JsonNode check = json("fence", "check", "h2").at("/hosts/0/fenceCheck");
        assertThat(check.path("state").asText()).isEqualTo("READY");
        assertThat(json("host", "show", "h2").at("/host/fenceCheck").path("checkedAt"))
                .isEqualTo(check.path("checkedAt"));
        assertThat(json("host", "what-if", "h2").at("/hosts/0/fenceCheck").path("state"))
                .isEqualTo(check.path("state"));
        assertThat(ok("host", "show", "h1")).contains("Could it be fenced? yes", "simulated power of h1: works");
        assertThat(ok("host", "list")).doesNotContain("FENCE");
        assertThat(json("segment", "show", "default").at("/segment/hostsWithoutFence"))
                .isEmpty();
        refused(5, "could not be found", "fence", "check", "h9");
    }

    @Test
    @Order(4)
    void showsSegmentsServicesAndHypervisors() throws IOException {
        assertThat(ok("segment", "list")).contains("default", "ALIVE=3", "h1, h2, h3");
        assertThat(ok("segment", "show", "default")).contains("h1, h2, h3");
        assertThat(json("segment", "list").at("/segments/0/id").asText()).isEqualTo("default");
        assertThat(json("segment", "show", "default").at("/segment/hosts")).hasSize(3);
        refused(5, "Segment nowhere could not be found", "segment", "show", "nowhere");

        assertThat(ok("service", "list")).contains("nova-compute", "h1", "enabled", "up");
        assertThat(json("service", "list").path("services")).hasSize(3);
        assertThat(ok("hypervisor", "list")).contains("h1", "up", "0/8", "0/2048");
        assertThat(json("hypervisor", "list").at("/hypervisors/0/memory_mb").asInt())
                .isEqualTo(2048);
    }

    // --- what instances are made of ---

    @Test
    @Order(5)
    void makesFlavorsAndImages() throws IOException {
        assertThat(ok(
                        "flavor",
                        "create",
                        "small",
                        "--vcpus",
                        "1",
                        "--ram",
                        "8",
                        "--id",
                        "f1",
                        "--property",
                        "holdfast:recovery=none"))
                .contains("small", "holdfast:recovery=none");
        assertThat(json("flavor", "create", "large", "--vcpus", "2", "--ram", "16")
                        .at("/flavor/ram")
                        .asInt())
                .isEqualTo(16);
        assertThat(ok("flavor", "list")).contains("f1", "small", "large", "8");
        assertThat(ok("flavor", "show", "small")).contains("f1", "vcpus");
        assertThat(json("flavor", "show", "f1").at("/flavor/name").asText()).isEqualTo("small");
        assertThat(ok("flavor", "delete", "large")).contains("deleted");
        refused(5, "no flavor", "flavor", "show", "large");
        refused(6, "f1", "flavor", "create", "other", "--vcpus", "1", "--ram", "8", "--id", "f1");

        assertThat(ok("image", "create", "boot", "--file", "simulated.img", "--property", "os=none"))
                .contains("boot", "simulated.img", "sizeBytes", "512", "os=none");
        assertThat(json("image", "create", "spare", "--file", "simulated.img")
                        .at("/image/format")
                        .asText())
                .isEqualTo("raw");
        assertThat(ok("image", "list")).contains("boot", "spare", "simulated.img", "512");
        assertThat(json("image", "list").path("images")).hasSize(2);
        assertThat(ok("image", "show", "boot")).contains("simulated.img");
        assertThat(json("image", "show", "boot").path("name").asText()).isEqualTo("boot");
        assertThat(ok("image", "delete", "spare")).contains("deleted");
        refused(5, "no image", "image", "delete", "spare");
        refused(1, "no-such-file", "image", "create", "wrong", "--file", "no-such-file");
        refused(1, "", "image", "create", "wrong", "--file", "../outside");
    }

    // --- instances ---

    @Test
    @Order(6)
    void makesStopsStartsTagsAndDeletesAnInstance() throws IOException {
        String created = ok(
                "server",
                "create",
                "vm1",
                "--flavor",
                "small",
                "--image",
                "boot",
                "--tag",
                "notify",
                "--meta",
                "owner=ops",
                "--wait");
        assertThat(created).contains("ACTIVE", "notify", "owner=ops");
        assertThat(ok("server", "list")).contains("vm1", "ACTIVE", "notify");
        assertThat(ok("server", "show", "vm1")).contains("vm1", "ACTIVE", "OS-EXT-SRV-ATTR:host");
        assertThat(json("server", "show", "vm1").at("/server/status").asText()).isEqualTo("ACTIVE");
        assertThat(json("server", "list", "--all-projects").path("servers")).hasSize(1);

        assertThat(ok("server", "tag", "add", "vm1", "gold")).contains("gold");
        assertThat(ok("server", "show", "vm1")).contains("gold");
        assertThat(ok("server", "tag", "remove", "vm1", "gold")).contains("no longer");
        refused(5, "no tag", "server", "tag", "remove", "vm1", "gold");

        assertThat(ok("server", "stop", "vm1")).contains("is being stopped");
        awaitStatus("vm1", "SHUTOFF");
        refused(6, "", "server", "stop", "vm1");
        assertThat(ok("server", "start", "vm1")).contains("is being started");
        awaitStatus("vm1", "ACTIVE");
        refused(7, "still in use", "server", "evacuate", "vm1");

        assertThat(ok("server", "delete", "vm1")).contains("is being deleted");
        await().atMost(Duration.ofSeconds(20)).until(() -> run("server", "show", "vm1").code == 5);
        refused(5, NOBODY, "server", "show", NOBODY);
        refused(5, NOBODY, "server", "stop", NOBODY);
        refused(5, NOBODY, "server", "evacuate", NOBODY);
        refused(5, "no flavor", "server", "create", "x", "--flavor", "none", "--image", "boot");
    }

    private static void awaitStatus(String server, String status) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(json("server", "show", server)
                                .at("/server/status")
                                .asText())
                        .isEqualTo(status));
    }

    @Test
    @Order(7)
    void anOwnerSeesWhatIsTheirsAndNoHosts() throws IOException {
        assertThat(as("member", "image", "list").out).contains("boot");
        assertThat(as("member", "image", "show", "boot").code).isZero();
        Result made =
                as("member", "server", "create", "mine", "--flavor", "small", "--image", "boot", "--wait", "--json");
        assertThat(made.code).as(made.err).isZero();
        assertThat(as("member", "server", "show", "mine").out)
                .contains("ACTIVE")
                .doesNotContain("OS-EXT-SRV-ATTR:host ");
        assertThat(ok("server", "list")).doesNotContain("mine");
        assertThat(ok("server", "list", "--all-projects")).contains("mine");
        Result forbidden = as("member", "host", "list");
        assertThat(forbidden.code).isEqualTo(4);
        assertThat(forbidden.err).contains("another role");
        assertThat(ok("server", "delete", "mine")).contains("deleted");
    }

    // --- webhooks and events ---

    @Test
    @Order(8)
    void subscribesAndEndsASubscription() throws IOException {
        String secret = home.resolve("secret").toString();
        String made = ok(
                "webhook",
                "create",
                "http://127.0.0.1:9/hook",
                "--secret-file",
                secret,
                "--project",
                Cluster.SHOP,
                "--type",
                "instance.");
        assertThat(made)
                .contains("http://127.0.0.1:9/hook", Cluster.SHOP, "instance.")
                .doesNotContain("a secret of");
        String id = json("webhook", "list").at("/webhooks/0/id").asText();
        assertThat(ok("webhook", "list")).contains(id, "DEAD");
        assertThat(ok("webhook", "show", id)).contains("instance.");
        assertThat(ok("webhook", "pause", id)).contains("paused");
        assertThat(ok("webhook", "list")).contains("paused");
        refused(6, "resume it first", "webhook", "retry", id);
        assertThat(ok("webhook", "resume", id)).contains("resumed");
        assertThat(ok("webhook", "retry", id)).contains("tried again: 0");
        assertThat(ok("webhook", "dead", id)).contains("there are no dead letters");
        assertThat(run("webhook", "test", id).code).as("nobody listens there").isEqualTo(1);
        assertThat(ok("webhook", "log", id)).contains("webhook.test", "dead");
        assertThat(ok("webhook", "delete", id)).contains("deleted");
        refused(5, "could not be found", "webhook", "delete", id);
        refused(5, "could not be found", "webhook", "show", NOBODY);
        writePrivate("short", "short");
        refused(
                1,
                "secret",
                "webhook",
                "create",
                "http://127.0.0.1:9/",
                "--secret-file",
                home.resolve("short").toString());
    }

    // --- a host dies ---

    @Test
    @Order(9)
    void tellsTheWholeStoryOfALostHost() throws Exception {
        ok("host", "disable", "h2");
        ok("host", "disable", "h3");
        ok("server", "create", "web", "--flavor", "small", "--image", "boot", "--tag", "automatic-recovery", "--wait");
        ok("server", "create", "vnf", "--flavor", "small", "--image", "boot", "--tag", "notify", "--wait");
        ok("server", "create", "scratch", "--flavor", "small", "--image", "boot", "--wait");
        ok("host", "enable", "h2");
        ok("host", "enable", "h3");

        JsonNode before = json("event", "list", "--limit", "1000").path("events");
        String last = before.isEmpty()
                ? "0"
                : before.get(before.size() - 1).path("number").asText();
        CompletableFuture<Result> follower = CompletableFuture.supplyAsync(
                () -> run("event", "follow", "--after", last, "--count", "3", "--json"),
                command -> Thread.ofVirtual().start(command));
        stage.fail(HostId.of("h1"), Failure.POWER);
        await().atMost(Duration.ofSeconds(30)).until(() -> ok("case", "list").contains("RECOVERED"));

        String story = ok("case", "explain", "h1");
        assertThat(story)
                .contains("Failed  host h1 of segment default, condemned at epoch 1")
                .contains("proof that it is off: ")
                .containsPattern("web {2}RUNNING on h[23] \\(policy automatic\\)")
                .containsPattern("vnf {2}NOTIFIED \\(policy notify\\)")
                .containsPattern("scratch {2}LEFT \\(policy none\\)")
                .containsPattern("\\+0 {2}")
                .contains("Next    ");
        String id = json("case", "list").at("/cases/0/id").asText();
        assertThat(ok("case", "explain", id)).isEqualTo(story);
        assertThat(ok("case", "show", id)).contains("web", "RUNNING", "NOTIFIED", "LEFT");
        assertThat(ok("case", "show", "h1")).contains(id);
        assertThat(json("case", "show", id).at("/case/state").asText()).isEqualTo("RECOVERED");
        assertThat(json("case", "explain", id).at("/case/timeline")).isNotEmpty();
        assertThat(ok("case", "list", "--host", "h1")).contains(id);
        assertThat(json("case", "list", "--open").path("cases")).isEmpty();
        refused(5, "could not be found", "case", "show", NOBODY);
        refused(5, "no case with the id", "case", "explain", "h2");
        refused(6, "closed", "case", "retry", id);

        Result followed = follower.get(30, TimeUnit.SECONDS);
        assertThat(followed.code).isZero();
        assertThat(followed.out.lines())
                .hasSize(3)
                .allSatisfy(line ->
                        assertThat(JSON.readTree(line).path("type").asText()).isNotEmpty());
        // A fact is in the feed when it is dispatched, which may be a moment after the case is closed.
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(ok("event", "list")).contains("host.condemned", "host/h1"));
        assertThat(ok("event", "list", "--after", "1", "--limit", "2").lines()).isNotEmpty();
        assertThat(json("event", "list", "--limit", "1").path("events")).hasSize(1);
        assertThat(run("event", "follow", "--after", "0", "--count", "4").out).contains("host/h1");
        assertThat(ok("host", "list")).contains("h1");
        assertThat(ok("host", "show", "h1")).contains("FENCED");
    }

    @Test
    @Order(10)
    void takesAForceDownAndItsTakingBack() throws IOException {
        assertThat(ok("fence", "on", "h1", "--reason", "repaired"))
                .contains("level 1, simulated power of h1: ON, ordered on: ACCEPTED (done); reads ON");
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        json("host", "show", "h1").at("/host/state").asText().equals("SERVING"));

        assertThat(ok("host", "force-down", "h3", "--reason", "smoke")).contains("holdfast case list --host h3");
        assertThat(ok("host", "list")).contains("forced down");
        assertThat(json("host", "force-down", "h3").at("/host/forcedDown").asBoolean())
                .isTrue();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> ok("case", "list", "--host", "h3").contains("RECOVERED"));
        assertThat(ok("case", "explain", "h3")).contains("smoke");
        assertThat(ok("host", "clear-force-down", "h3")).contains("no longer forced down");
        assertThat(json("host", "show", "h3").at("/host/forcedDown").asBoolean())
                .isFalse();
        refused(5, "could not be found", "host", "force-down", "h9");
        refused(5, "could not be found", "host", "clear-force-down", "h9");
    }

    // --- operators' orders ---

    @Test
    @Order(11)
    void takesOperatorsOrdersAboutHostsAndSegments() throws IOException {
        assertThat(ok("host", "what-if", "h2"))
                .contains(
                        "Assumed: they fall silent together", "Host    h2", "Decided ", "Fenced  ", "guard fence-rate");
        assertThat(json("host", "what-if", "h1", "h2", "--power-off").path("hosts"))
                .hasSize(2);
        assertThat(ok("capacity")).contains("Segment default: ", "any host", "any two hosts");
        assertThat(json("capacity", "--segment", "default").at("/segments/0/failures"))
                .isNotEmpty();
        refused(5, "could not be found", "capacity", "--segment", "nowhere");
        JsonNode explained = json("schedule", "explain", "--flavor", "small");
        assertThat(explained.at("/explanation/hosts")).isNotEmpty();
        assertThat(ok("schedule", "explain", "--flavor", "small")).contains("HOST", "free-memory");

        assertThat(ok("host", "maintenance", "h2", "on", "--reason", "new memory"))
                .contains("h2 is in maintenance");
        assertThat(json("host", "show", "h2").at("/host/maintenance").asText()).contains("new memory");
        assertThat(json("host", "show", "h2").at("/host/takesClaims").asBoolean())
                .isFalse();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> ok("host", "show", "h2").contains("maintenance begins, by"));
        assertThat(ok("host", "maintenance", "h2", "off")).contains("no longer in maintenance");
        assertThat(json("host", "show", "h2").at("/host/takesClaims").asBoolean())
                .isTrue();

        assertThat(ok("segment", "disarm", "default", "--mode", "ignore", "--reason", "power tests"))
                .contains("default is disarmed (ignore)");
        assertThat(ok("segment", "show", "default")).contains("IGNORE", "power tests");
        Result ignored = run("host", "force-down", "h2", "--reason", "really");
        assertThat(ignored.code).isNotZero();
        assertThat(ignored.err).contains("disarmed (ignore)");
        assertThat(ok("segment", "rearm", "default")).contains("default is armed");
        assertThat(ok("segment", "maintenance", "default", "on", "--reason", "switch"))
                .contains("in maintenance");
        assertThat(ok("segment", "list")).contains("maintenance");
        assertThat(ok("segment", "maintenance", "default", "off")).contains("no longer in maintenance");

        Result living = run("host", "confirm-dead", "h2", "--reason", "looks dead");
        assertThat(living.code).isNotZero();
        assertThat(living.err).contains("lease", "power");
        assertThat(json("host", "show", "h2").at("/host/state").asText()).isEqualTo("SERVING");
        assertThat(run("host", "release", "h2").err).contains("not in quarantine");
        assertThat(run("case", "abandon", "h1", "--reason", "x").err).contains("closed already");
    }

    @Test
    @Order(12)
    void holdsACaseWhileTheSegmentIsDisarmedAndGoesOnWhenItIsArmed() throws Exception {
        assertThat(ok("segment", "disarm", "default", "--mode", "freeze", "--reason", "power tests"))
                .contains("default is disarmed (freeze)");
        stage.fail(HostId.of("h2"), Failure.POWER);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> ok("case", "list", "--open", "--host", "h2").contains("h2"));
        assertThat(ok("case", "explain", "h2")).contains("disarmed", "power tests");
        String id = json("case", "show", "h2").at("/case/id").asText();
        refused(2, "--reason", "case", "abandon", "h2");
        refused(6, "nothing was done to the host yet", "case", "abandon", id, "--reason", "it is to be replaced");

        assertThat(ok("segment", "rearm", "default")).contains("default is armed");
        awaitCaseOf("h2", "RECOVERED");
        refused(6, "closed", "case", "retry", id);
        refused(6, "closed", "case", "abandon", id, "--reason", "it is to be replaced");
        everyHostServes();
    }

    @Test
    @Order(13)
    void abandonsAndRetriesOneInstanceOfACase() throws Exception {
        ok("host", "disable", "h1");
        ok("host", "disable", "h3");
        for (String name : List.of("w1", "w2")) {
            ok(
                    "server",
                    "create",
                    name,
                    "--flavor",
                    "small",
                    "--image",
                    "boot",
                    "--tag",
                    "automatic-recovery",
                    "--wait");
        }
        stage.fail(HostId.of("h2"), Failure.POWER);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> ok("case", "explain", "h2").contains("no valid host"));
        String id = json("case", "show", "h2").at("/case/id").asText();

        refused(5, "nobody", "case", "abandon", id, "--instance", "nobody", "--reason", "x");
        ok("case", "abandon", id, "--instance", "w1", "--reason", "its owner builds it anew");
        await().atMost(Duration.ofSeconds(30)).until(() -> stateInCase(id, "w1").equals("ABANDONED"));
        assertThat(ok("case", "explain", id)).contains("its owner builds it anew");
        ok("case", "retry", id, "--instance", "w1");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !stateInCase(id, "w1").equals("ABANDONED"));

        ok("host", "enable", "h1");
        awaitCaseOf("h2", "RECOVERED");
        assertThat(stateInCase(id, "w1")).isEqualTo("RUNNING");
        assertThat(stateInCase(id, "w2")).isEqualTo("RUNNING");
        ok("host", "enable", "h3");
        ok("server", "delete", "w1");
        ok("server", "delete", "w2");
        everyHostServes();
    }

    private static String stateInCase(String id, String name) throws IOException {
        for (JsonNode each : json("case", "show", id).at("/case/instances")) {
            if (each.path("name").asText().equals(name)) {
                return each.path("state").asText();
            }
        }
        throw new AssertionError("case " + id + " is not about " + name);
    }

    private static void awaitCaseOf(String host, String state) {
        await().atMost(Duration.ofSeconds(60))
                .until(() ->
                        json("case", "show", host).at("/case/state").asText().equals(state));
    }

    private static void everyHostServes() {
        for (String host : List.of("h1", "h2", "h3")) {
            stage.mend(HostId.of(host), Failure.POWER);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> json("host", "show", host)
                            .at("/host/state")
                            .asText()
                            .equals("SERVING"));
        }
    }

    @Test
    @Order(14)
    void keepsTheRuleOfAServerGroup() throws IOException {
        everyHostServes();
        assertThat(ok("server-group", "create", "apart", "--policy", "anti-affinity"))
                .contains("apart", "anti-affinity");
        refused(1, "nonsense", "server-group", "create", "other", "--policy", "nonsense");
        for (String name : List.of("g1", "g2", "g3")) {
            ok("server", "create", name, "--flavor", "small", "--image", "boot", "--group", "apart", "--wait");
        }
        assertThat(ok("server-group", "show", "apart")).contains("g1", "g2", "g3", "h1", "h2", "h3");
        assertThat(json("server-group", "list").at("/server_groups/0/members")).hasSize(3);
        Result fourth =
                run("server", "create", "g4", "--flavor", "small", "--image", "boot", "--group", "apart", "--wait");
        assertThat(fourth.code).isNotZero();
        assertThat(fourth.err + fourth.out).contains("anti-affinity");
        for (String name : List.of("g1", "g2", "g3", "g4")) {
            ok("server", "delete", name);
        }
        assertThat(ok("server-group", "delete", "apart")).contains("deleted");
        refused(5, "apart", "server-group", "show", "apart");
    }

    // --- wrong callers ---

    @Test
    @Order(15)
    void saysWhyItIsRefusedOrUnreachable() throws IOException {
        writePrivate("wrong", "not-a-token");
        Result wrong = as("wrong", "host", "list");
        assertThat(wrong.code).isEqualTo(4);
        assertThat(wrong.err).contains("the token is not known there");

        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        refused(3, "cannot reach the controller", "host", "list", "--url", "http://127.0.0.1:" + free);
    }
}
