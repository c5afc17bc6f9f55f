package io.holdfast.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class CommandLineTest {

    private static final String ID = "11111111-2222-3333-4444-555555555555";

    private record Result(int code, String out, String err) {
        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(out);
        }
    }

    @TempDir
    Path home;

    private FakeController controller;
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void start() throws IOException {
        controller = new FakeController();
        environment.put("HOLDFAST_URL", controller.url());
    }

    @AfterEach
    void stop() {
        controller.close();
    }

    private Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                environment,
                home,
                Terminal.width(environment),
                false,
                InstantSource.system());
        List<Section> sections = new ArrayList<>(ClientCommands.sections(terminal));
        sections.add(new Section("Tools", ToolCommands.commands(terminal, Map.of("client", ClientSettings.class))));
        int code = HoldfastCommandLine.assemble(terminal, sections).execute(arguments);
        return new Result(code, out.toString(), err.toString());
    }

    // --- tables and JSON ---

    @Test
    void listsHostsAsATableThatFitsEightyColumns() {
        controller.on("GET /ha/v1/hosts", 200, """
                {"hosts":[
                 {"name":"h1","state":"SERVING","health":"ALIVE","epoch":0,"instances":3,"enabled":true},
                 {"name":"a-host-with-a-very-long-name.of.some.domain.example","state":"CONDEMNED",
                  "health":"LOST","epoch":12,"caseId":"c1","healthReason":"its lease is gone and its power reads off"},
                 {"unknownField":true}]}
                """);
        Result result = run("host", "list");
        assertThat(result.code).isZero();
        assertThat(result.err).isEmpty();
        assertThat(result.out.lines())
                .hasSize(4)
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(result.out)
                .contains("HOST")
                .contains("h1")
                .contains("case open")
                .contains("…");
    }

    @Test
    void idsSurviveNarrowTablesWhole() {
        controller.on(
                "GET /v2.1/servers/detail",
                200,
                "{\"servers\":[{\"id\":\"" + ID + "\",\"name\":\"" + "n".repeat(90)
                        + "\",\"status\":\"ACTIVE\",\"OS-EXT-SRV-ATTR:host\":\"h2\",\"tags\":[\"automatic-recovery\"]}]}");
        Result result = run("server", "list");
        assertThat(result.out).contains(ID).contains("h2").contains("ACTIVE");
        assertThat(result.out.lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    }

    @Test
    void anInstanceIsShownWithHowItsGuestIs() {
        controller
                .on("GET /v2.1/servers/" + ID, 200, "{\"server\":{\"id\":\"" + ID + "\",\"status\":\"ACTIVE\"}}")
                .on("GET /ha/v1/instances/" + ID + "/guest", 200, """
                        {"guest":{"health":"silent","lastFailure":{"failure":"PANICKED","response":"RESTARTED","restarts":2,
                          "detail":"its guest ended: crashed","at":"2026-01-01T00:00:00Z","over":true}}}
                        """);
        assertThat(run("server", "show", ID).out.replaceAll("\\s+", " "))
                .contains("guest health silent")
                .contains("2026-01-01T00:00:00Z PANICKED, RESTARTED: its guest ended: crashed (over)");
        assertThat(run("server", "show", ID, "--json").out).contains("\"guest\":{\"health\":\"silent\"");
    }

    @Test
    void anInstanceIsShownThoughTheControllerKnowsNothingOfItsGuest() {
        controller
                .on("GET /v2.1/servers/" + ID, 200, "{\"server\":{\"id\":\"" + ID + "\",\"status\":\"ACTIVE\"}}")
                .on("GET /ha/v1/instances/" + ID + "/guest", 404, "{\"itemNotFound\":{\"message\":\"no such thing\"}}");
        Result result = run("server", "show", ID);
        assertThat(result.code).isZero();
        assertThat(result.out).contains("ACTIVE").doesNotContain("guest");
    }

    @Test
    void hostileNamesCannotActOnTheTerminal() {
        controller.on(
                "GET /v2.1/servers/detail",
                200,
                "{\"servers\":[{\"id\":\"" + ID + "\",\"name\":\"a\\u001b[2Jb\\nc\\u202e\"}]}");
        assertThat(run("server", "list").out.lines()).hasSize(2).noneMatch(line -> line.contains("\u001b"));
    }

    @Test
    void wideCharactersAreCountedAsTheTerminalDoes() {
        assertThat(Text.width("日本")).isEqualTo(4);
        assertThat(Text.fitted("日本語", 5)).isEqualTo("日本…");
        assertThat(Text.fitted("e\u0301a", 2)).isEqualTo("e\u0301a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host list",
                "segment list",
                "case list",
                "event list",
                "service list",
                "hypervisor list",
                "webhook list",
                "server list",
                "flavor list",
                "image list"
            })
    void everyListIsOneJsonDocumentOnRequestAndSaysWhenItIsEmpty(String command) throws IOException {
        for (String path : List.of(
                "/ha/v1/hosts",
                "/ha/v1/segments",
                "/ha/v1/cases",
                "/ha/v1/events?limit=100",
                "/ha/v1/webhooks",
                "/v2.1/os-services",
                "/v2.1/os-hypervisors/detail",
                "/v2.1/servers/detail",
                "/v2.1/flavors/detail",
                "/ha/v1/images")) {
            controller.on("GET " + path, 200, "{\"some\":[],\"ü\":1}");
        }
        List<String> json = new ArrayList<>(List.of(command.split(" ", -1)));
        json.add("--json");
        assertThat(run(json.toArray(String[]::new)).json().path("ü").asInt()).isEqualTo(1);
        assertThat(run(command.split(" ", -1)).out).matches("(?s)(no|there).*\\R");
    }

    @Test
    void explainsACaseWithEvidenceTimelineAndReasons() {
        controller.on("GET /ha/v1/cases?limit=1&host=h1", 200, "{\"cases\":[{\"id\":\"" + ID + "\"}]}");
        controller.on("GET /ha/v1/cases/" + ID, 200, """
                {"case":{"id":"c1","state":"NEEDS_OPERATOR","segment":"s1","host":"h1","epoch":3,
                 "reason":"the BMC says ON after off","nextStep":"pull the plug, then: holdfast host force-down h1 --fenced",
                 "openedAt":"2026-11-20T20:00:00.5Z","closedAt":null,"proof":null,
                 "evidence":["lease expired 1.2 s ago","power reads ON"],
                 "timeline":[{"offsetMillis":0,"kind":"suspected","subject":"host/h1","text":"lease lost"},
                             {"offsetMillis":1834,"kind":"fence-failed","subject":"instance/%s","text":"%s"}],
                 "instances":[{"instance":"%s","name":"web","policy":"AUTOMATIC","state":"WAITING","attempts":2,
                               "reason":"fence is not proven"}]}}
                """.formatted(
                        ID, "long ".repeat(40).strip(), ID));
        Result result = run("case", "explain", "h1");
        assertThat(result.out)
                .contains("Failed  host h1 of segment s1, condemned at epoch 3")
                .contains("State   NEEDS_OPERATOR")
                .contains("Opened  2026-11-20 20:00:00.500Z")
                .contains("the BMC says ON after off")
                .contains("- lease expired 1.2 s ago")
                .contains("power reads ON")
                .contains("no proof yet that the host is off")
                .contains("+1834  fence-failed web: long")
                .contains("web  WAITING (policy automatic, attempt 2): fence is not proven");
        assertThat(result.out.lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    }

    @Test
    void subscribesWithFiltersAndShowsHowThingsAre() throws IOException {
        Path secret = Files.writeString(home.resolve("hook-secret"), "0123456789abcdef");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        controller.on("POST /ha/v1/webhooks", 201, """
                {"webhook":{"id":"w1","url":"http://192.0.2.1/","state":"active"},
                 "present":{"place":7,"instances":[{"id":"%s","name":"web","state":"RUNNING","hostHealth":"SUSPECTED"}],
                            "next":null,"cases":[{"id":"c1","state":"FENCING"}]}}
                """.formatted(ID));
        Result made = run(
                "webhook",
                "create",
                "http://192.0.2.1/",
                "--secret-file",
                secret.toString(),
                "--severity",
                "critical",
                "--instance",
                ID,
                "--tag",
                "a",
                "--tag",
                "b",
                "--aggregate",
                "rack-1",
                "--form",
                "cloudevents");
        assertThat(made.err).isEmpty();
        assertThat(made.out).contains("w1", ID, "RUNNING", "SUSPECTED", "open case c1: FENCING");
        assertThat(controller.last().body())
                .contains(
                        "\"severity\":\"critical\"",
                        "\"instances\":[\"" + ID + "\"]",
                        "\"tags\":[\"a\",\"b\"]",
                        "\"aggregates\":[\"rack-1\"]",
                        "\"form\":\"cloudevents\"");
    }

    @Test
    void showsAttemptsAndDeadLettersAndWhatCameOfATest() throws IOException {
        controller.on("GET /ha/v1/webhooks/w1/attempts", 200, """
                {"attempts":[{"at":"2026-11-20T20:00:00Z","type":"host.held","attempt":3,"result":"again","status":503,
                              "tookMillis":12,"error":"answered 503"}]}""");
        assertThat(run("webhook", "log", "w1").out).contains("host.held", "again", "503", "12", "answered 503");
        controller.on("GET /ha/v1/webhooks/w1/dead-letters?limit=100", 200, "{\"deadLetters\":[]}");
        assertThat(run("webhook", "dead", "w1").out).contains("there are no dead letters");
        assertThat(run("webhook", "dead", "w1", "--json")
                        .json()
                        .path("deadLetters")
                        .isArray())
                .isTrue();
        controller.on("POST /ha/v1/webhooks/w1/test", 200, "{\"attempt\":{\"result\":\"delivered\",\"status\":204}}");
        assertThat(run("webhook", "test", "w1").out).contains("delivered", "204");
        controller.on(
                "POST /ha/v1/webhooks/w1/test", 200, "{\"attempt\":{\"result\":\"dead\",\"error\":\"no answer\"}}");
        Result failed = run("webhook", "test", "w1");
        assertThat(failed.out).contains("no answer");
        assertThat(failed.code).isEqualTo(1);
        controller.on("POST /ha/v1/webhooks/w1/retry", 202, "{\"retried\":2}");
        assertThat(run("webhook", "retry", "w1").out).contains("tried again: 2");
    }

    @Test
    void tellsWhatWouldBeDoneIfAHostFailed() {
        controller.on("GET /ha/v1/what-if?host=h1%2Ch2&power_off=true", 200, """
                {"assumed":"their power reads off","hosts":[
                 {"host":"h1","decision":"condemned","reason":"its power reads off","fencing":["ipmi 192.0.2.9:623"],"plannedAgoMillis":4300,
                  "guards":[{"guard":"segment-share","mode":"fails closed","decision":"ACT","reason":"0 of at most 1"}],
                  "instances":[{"name":"db-1","policy":"automatic","policySource":"tag","state":"PLACED",
                                "destination":"h3","reason":"being claimed on h3"}]},
                 {"host":"h2","decision":"held","reason":"failure-domain: 2 of 2 hosts of rack r4","fencing":[],
                  "guards":[],"instances":[{"name":"web","policy":"automatic","policySource":"tag",
                   "state":"WAITING","reason":"h3: needs 2048 MiB, 512 MiB free"}]}]}
                """);
        Result result = run("host", "what-if", "h1", "h2", "--power-off");
        assertThat(result.err).isEmpty();
        assertThat(result.code).isZero();
        assertThat(result.out)
                .contains("Assumed: their power reads off. Nothing is touched.")
                .contains("Decided condemned: its power reads off")
                .contains("Fenced  ipmi 192.0.2.9:623")
                .contains("Planned beforehand, looked at 4 s ago;", "Planned when it fails: no plan is kept")
                .contains("db-1", "h3")
                .contains("Decided held: failure-domain")
                .contains("by nothing: it has no fence device")
                .contains("guard segment-share (fails closed): 0 of at most 1");
        assertThat(result.out.lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
    }

    @Test
    void tellsWhichFailuresWouldBeSurvivedAndWhatWouldHelp() {
        controller.on("GET /ha/v1/capacity?segment=s1", 200, """
                {"at":"2026-11-20T20:00:00Z","ageMillis":900,"tookMillis":12,"segments":[
                 {"segment":"s1","tolerated":1,"admission":{"mode":"enforce","tolerate":2},"hosts":3,"protected":7,"waiting":1,"anyHost":"survivable",
                  "anyTwoHosts":{"verdict":"not-survivable","eachLookedAt":true,"pairs":3,"survivable":2,
                   "notSurvivable":1,"notProven":0,"worst":[{"failure":"h1+h2","verdict":"not-survivable","moving":5,
                   "left":1,"reason":"together they want more than there is",
                   "instances":[{"name":"web-3","priority":100,"home":"h2","nearest":"h3","reason":"needs 2048 MiB, 512 MiB free"}],
                   "remedies":[{"remedy":"free","text":"free 1536 MiB on h3"},{"remedy":"add-host","text":"add a host with 2048 MiB"}]}]},
                  "failures":[{"failure":"h1","verdict":"survivable","moving":2,"left":0,"reason":"x"}],
                  "domains":[{"failure":"rack=r1","verdict":"not-proven","moving":3,"left":1,
                   "reason":"there is room for all, but most important first does not come to it"}]}]}
                """);
        Result result = run("capacity", "--segment", "s1");
        assertThat(result.err).isEmpty();
        assertThat(result.code).isZero();
        assertThat(result.out)
                .contains("Segment s1: 3 hosts, 7 protected instances, 1 of which wait for a home already")
                .contains("Admission: enforce. Hosts that may fail together: 2 promised, 1 now")
                .contains("any host", "any two hosts", "2 of 3 pairs are survivable")
                .contains("rack=r1", "not-proven")
                .contains("h1+h2 would leave:")
                .contains("web-3  priority 100; nearest is h3: needs 2048 MiB, 512 MiB free")
                .contains("would help: free 1536 MiB on h3")
                .contains("or: add a host with 2048 MiB");
        assertThat(result.out.lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(run("capacity", "--segment", "s1", "--require", "host").code).isZero();
        assertThat(run("capacity", "--segment", "s1", "--require", "host,two").code)
                .isEqualTo(8);
        assertThat(run("capacity", "--segment", "s1", "--require", "domain", "--json").code)
                .isEqualTo(8);
        assertThat(run("capacity", "--require", "rack").code).isEqualTo(2);
    }

    @Test
    void explainsWhereAnInstanceWouldBePlaced() {
        controller.on("GET /v2.1/flavors/detail", 200, "{\"flavors\":[{\"id\":\"f1\",\"name\":\"small\"}]}");
        controller.on("GET /ha/v1/schedule/explain?flavor=f1&zone=z1&host=h2", 200, """
                {"explanation":{"instance":null,"wants":{"vcpus":1,"memoryMib":2048,"diskGib":1},"zone":"z1","chosen":"h2","policy":"packing",
                 "hosts":[
                  {"host":"h1","eligible":false,"total":1.5,"points":{"free-memory":1.0,"spread":0.5},
                   "filters":[{"filter":"alive","objection":null},{"filter":"only","objection":"the request names h2"}]},
                  {"host":"h2","eligible":true,"total":0.75,"points":{"free-memory":0.25,"spread":0.5},
                   "filters":[{"filter":"alive","objection":null},{"filter":"only","objection":null}]}]}}
                """);
        Result result = run("schedule", "explain", "--flavor", "small", "--zone", "z1", "--host", "h2");
        assertThat(result.err).isEmpty();
        assertThat(result.code).isZero();
        assertThat(result.out.lines().toList())
                .satisfies(lines -> assertThat(lines.getFirst())
                        .isEqualTo("2048 MiB and 1 vCPU: placed on h2, weighed by its flavor's policy packing"))
                .satisfies(lines -> assertThat(lines.get(2)).startsWith("h2 *  0.75"))
                .satisfies(lines -> assertThat(lines.get(3)).startsWith("h1").contains("1.50"))
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(run("schedule", "explain", "--server", ID, "--zone", "z1").code)
                .isEqualTo(2);
        assertThat(run("schedule", "explain", "--flavor", "small", "--server", ID).code)
                .isEqualTo(2);
        assertThat(run("schedule", "explain", "--server", ID, "--hint", "spread=rack").err)
                .contains("a server has an image, a zone, a group and hints of its own");
        assertThat(run("schedule", "explain", "--flavor", "small", "--hint", "spread").err)
                .contains("not a hint");
        controller.on("GET /ha/v1/schedule/explain?flavor=f1&different_host=" + ID + "&spread=rack%2Cpdu", 200, """
                {"explanation":{"wants":{"vcpus":1,"memoryMib":2048},"chosen":"h1","hosts":[]}}
                """);
        assertThat(run(
                                "schedule",
                                "explain",
                                "--flavor",
                                "small",
                                "--hint",
                                "different_host=" + ID,
                                "--hint",
                                "spread=rack",
                                "--hint",
                                "spread=pdu")
                        .out)
                .contains("placed on h1");
        assertThat(run("schedule", "explain").code).isEqualTo(2);
        controller.on("GET /ha/v1/schedule/explain?instance=" + ID, 200, """
                {"explanation":{"wants":{"vcpus":1,"memoryMib":2048},"chosen":null,"hosts":[]}}
                """);
        assertThat(run("schedule", "explain", "--server", ID).out).contains("no host will do");
    }

    @Test
    void listsWhatMayBeAskedAboutWhereAServerRuns() {
        controller.on("GET /ha/v1/schedule/hints", 200, """
                {"hints":[{"hint":"spread","type":"kind of failure domain","description":"No two share it",
                 "schema":{"type":"string"},"example":"spread=rack"}]}
                """);
        Result list = run("schedule", "hints");
        assertThat(list.err).isEmpty();
        assertThat(list.out.lines())
                .containsExactly(
                        "spread",
                        "  takes    kind of failure domain",
                        "  means    No two share it",
                        "  example  --hint spread=rack");
        assertThat(run("schedule", "hints", "--json").out).contains("\"schema\"");
    }

    @Test
    void showsAHostsDomainsOrdersAndWhatWasDecidedWithoutACase() {
        controller.on("GET /ha/v1/hosts", 200, """
                {"hosts":[{"name":"h1","state":"SERVING","health":"ALIVE","enabled":true,
                  "failureDomains":{"rack":"r4","pdu":"a"},"maintenance":"ann: memory","quarantine":"flapping"}]}
                """);
        assertThat(run("host", "list").out).contains("rack=r4").contains("maintenance");
        controller.on("GET /ha/v1/hosts/h1", 200, """
                {"host":{"name":"h1","failureDomains":{"rack":"r4"},
                  "health":"DEGRADED","healthRow":"network-lost","healthRowWhen":"lease held, networks some",
                  "reactions":["tell","stop-placing"],
                  "evidence":[{"signal":"LEASE","source":"zookeeper","reading":"present","since":"2026-11-20T20:00:00Z","ageMillis":12345},
                              {"signal":"GROUP","source":"storage","reading":"absent for 4000 ms","since":"2026-11-20T20:00:08Z","ageMillis":4000},
                              {"signal":"HEALTH","source":"agent a1","reading":"disk good","since":"2026-11-20T20:00:08Z","ageMillis":420000},
                              {"signal":"SLOT","source":"storage slot","reading":"gone","since":"2026-11-20T20:00:08Z","ageMillis":null}],
                  "fencing":["level 1 of 2: bmc","level 2 of 2: pdu-a and pdu-b","a human: operators are told"],
                  "powerReturn":{"state":"QUARANTINED","reason":"flapping: it failed 3 times","deadline":"2026-11-20T20:01:00Z"},
                  "notes":[{"at":"2026-11-20T20:00:00Z","kind":"held","text":"observer: cut off"}]}}
                """);
        assertThat(run("host", "show", "h1").out)
                .contains("Row:       network-lost (lease held, networks some)", "Reactions: tell, stop-placing")
                .containsPattern("LEASE +zookeeper +12\\.3 s +2026-11-20 20:00:00\\.000Z +present")
                .containsPattern("GROUP +storage +4\\.0 s .* absent for 4000 ms")
                .containsPattern("HEALTH +agent a1 +7 min .* disk good")
                .containsPattern("SLOT +storage slot +never +2026-11-20 20:00:08\\.000Z +gone")
                .contains("How it would be isolated:", "level 1 of 2: bmc", "level 2 of 2: pdu-a and pdu-b", "a human:")
                .contains("Decided without a case, the newest first:")
                .contains("held: observer: cut off")
                .contains("Power back: QUARANTINED until", "flapping: it failed 3");
    }

    // --- what is sent ---

    @Test
    void createsAServerByNamesAndWaitsUntilItRuns() {
        controller
                .on("GET /v2.1/flavors/detail", 200, "{\"flavors\":[{\"id\":\"7\",\"name\":\"tiny\"}]}")
                .on("GET /ha/v1/images", 200, "{\"images\":[{\"id\":\"i9\",\"name\":\"boot\"}]}")
                .on("POST /v2.1/servers", 202, "{\"server\":{\"id\":\"" + ID + "\"}}")
                .on("GET /v2.1/servers/" + ID, 200, "{\"server\":{\"id\":\"" + ID + "\",\"status\":\"ACTIVE\"}}");
        Result result = run(
                "server",
                "create",
                "vm1",
                "--flavor",
                "tiny",
                "--image",
                "boot",
                "--tag",
                "automatic-recovery",
                "--meta",
                "a=b",
                "--wait");
        assertThat(result.code).isZero();
        assertThat(result.out).contains("ACTIVE");
        assertThat(controller.requests().get(2).body())
                .contains("\"flavorRef\":\"7\"", "\"imageRef\":\"i9\"", "automatic-recovery", "{\"a\":\"b\"}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ''                                           | "auto"
                    --nic none                                   | "none"
                    --nic auto                                   | "auto"
                    --network blue                               | [{"uuid":"n1"}]
                    --network blue --network ID                  | [{"uuid":"n1"},{"uuid":"ID"}]
                    --nic net-id=blue,v4-fixed-ip=192.0.2.9 --nic port-id=p | [{"uuid":"n1","fixed_ip":"192.0.2.9"},{"port":"p7"}]
                    """)
    void putsANewServerOnTheNetworksThatAreNamed(String options, String networks) {
        controller
                .on("GET /network/v2.0/networks?name=blue", 200, "{\"networks\":[{\"id\":\"n1\",\"name\":\"blue\"}]}")
                .on("GET /network/v2.0/ports?name=p", 200, "{\"ports\":[{\"id\":\"p7\",\"name\":\"p\"}]}")
                .on("POST /v2.1/servers", 202, "{\"server\":{\"id\":\"" + ID + "\"}}");
        Result result = run(("server create vm1 --flavor " + ID + " --image " + ID + " " + options)
                .replace("ID", ID)
                .strip()
                .split(" +"));
        assertThat(result.err).isEmpty();
        assertThat(controller.last().body()).contains("\"networks\":" + networks.replace("ID", ID));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --network blue --nic none  | exclude each other
                    --nic none --nic net-id=x  | stands alone
                    --nic net-id=              | is not understood
                    --nic port-id=x,net-id=y   | is not understood
                    """)
    void asksForNothingWhenTheCardsOfANewServerMakeNoSense(String options, String said) {
        Result result = run(("server create vm1 --flavor " + ID + " --image " + ID + " " + options).split(" +"));
        assertThat(result.code).isEqualTo(ExitCode.USAGE.code());
        assertThat(result.err).contains(said);
        assertThat(controller.requests()).isEmpty();
    }

    @Test
    void namesTheCommandThatListsNetworks() {
        controller.on("GET /network/v2.0/networks?name=red", 200, "{\"networks\":[]}");
        Result result = run("server", "create", "vm1", "--flavor", ID, "--image", ID, "--network", "red");
        assertThat(result.code).isEqualTo(ExitCode.NOT_FOUND.code());
        assertThat(result.err).contains("no network with the name or id red", "see: openstack network list");
    }

    @Test
    void givesANewServersGuestWhatItShallRead(@TempDir Path directory) throws Exception {
        Path script = Files.writeString(directory.resolve("setup.sh"), "#!/bin/sh");
        controller.on("POST /v2.1/servers", 202, "{\"server\":{\"id\":\"" + ID + "\"}}");
        String[] create = {"server", "create", "vm1", "--flavor", ID, "--image", ID};
        run(with(create, "--key-name", "mine", "--user-data", script.toString(), "--config-drive"));
        assertThat(controller.last().body())
                .contains("\"key_name\":\"mine\"", "\"user_data\":\"IyEvYmluL3No\"", "\"config_drive\":true");
        run(create);
        assertThat(controller.last().body()).doesNotContain("key_name", "user_data", "config_drive");
    }

    @Test
    void asksForNothingWhenTheUserDataCannotBeReadOrIsTooLong(@TempDir Path directory) throws Exception {
        Path longer = Files.write(directory.resolve("long"), new byte[49_152]);
        for (Path file : List.of(longer, directory.resolve("missing"), directory)) {
            Result result =
                    run("server", "create", "vm1", "--flavor", ID, "--image", ID, "--user-data", file.toString());
            assertThat(result.code).isEqualTo(ExitCode.USAGE.code());
            assertThat(result.err).contains("--user-data " + file);
        }
        assertThat(controller.requests()).isEmpty();
    }

    private static String[] with(String[] words, String... more) {
        return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    void reportsAnInstanceThatFailedToStart() {
        controller
                .on("GET /v2.1/flavors/detail", 200, "{\"flavors\":[{\"id\":\"7\"}]}")
                .on("POST /v2.1/servers", 202, "{\"server\":{\"id\":\"" + ID + "\"}}")
                .on(
                        "GET /v2.1/servers/" + ID,
                        200,
                        "{\"server\":{\"status\":\"ERROR\",\"fault\":{\"message\":\"no valid host\"}}}");
        Result result = run("server", "create", "vm1", "--flavor", "7", "--image", ID, "--wait");
        assertThat(result.code).isEqualTo(1);
        assertThat(result.err).contains("no valid host");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    host force-down h1 --reason smoke      | POST /ha/v1/hosts/h1/force-down  | {"fenced":false,"reason":"smoke"}
                    host force-down h1 --fenced --reason x | POST /ha/v1/hosts/h1/force-down  | {"fenced":true,"reason":"x"}
                    host clear-force-down h1               | DELETE /ha/v1/hosts/h1/force-down | ''
                    host confirm-dead h1 --reason x        | POST /ha/v1/hosts/h1/confirm-dead | {"reason":"x"}
                    host confirm-dead h1 --reason x --override power,probe | POST /ha/v1/hosts/h1/confirm-dead | {"reason":"x","override":["power","probe"]}
                    host maintenance h1 on --reason x      | PUT /ha/v1/hosts/h1/maintenance  | {"reason":"x"}
                    host maintenance h1 off                | DELETE /ha/v1/hosts/h1/maintenance | ''
                    host release h1                        | DELETE /ha/v1/hosts/h1/quarantine | ''
                    segment maintenance s1 on              | PUT /ha/v1/segments/s1/maintenance | {"reason":""}
                    segment maintenance s1 off             | DELETE /ha/v1/segments/s1/maintenance | ''
                    segment disarm s1 --mode freeze --reason x | PUT /ha/v1/segments/s1/arming | {"mode":"freeze","reason":"x"}
                    segment rearm s1                       | PUT /ha/v1/segments/s1/arming    | {"mode":"armed"}
                    case abandon ID --reason x             | POST /ha/v1/cases/ID/abandon     | {"reason":"x"}
                    server stop ID                         | POST /v2.1/servers/ID/action     | {"os-stop":null}
                    server start ID                        | POST /v2.1/servers/ID/action     | {"os-start":null}
                    server pause ID                        | POST /v2.1/servers/ID/action     | {"pause":null}
                    server reboot ID                       | POST /v2.1/servers/ID/action     | {"reboot":{"type":"SOFT"}}
                    server reboot ID --hard                | POST /v2.1/servers/ID/action     | {"reboot":{"type":"HARD"}}
                    server unpause ID                      | POST /v2.1/servers/ID/action     | {"unpause":null}
                    server suspend ID                      | POST /v2.1/servers/ID/action     | {"suspend":null}
                    server resume ID                       | POST /v2.1/servers/ID/action     | {"resume":null}
                    server evacuate ID --host h2           | POST /v2.1/servers/ID/action     | {"evacuate":{"host":"h2"}}
                    server migrate ID                      | POST /v2.1/servers/ID/action     | {"migrate":{}}
                    server migrate ID --host h2            | POST /v2.1/servers/ID/action     | {"migrate":{"host":"h2"}}
                    server delete ID                       | DELETE /v2.1/servers/ID          | ''
                    server tag add ID notify               | PUT /v2.1/servers/ID/tags/notify | ''
                    server tag remove ID a/b               | DELETE /v2.1/servers/ID/tags/a%2Fb | ''
                    webhook delete w1                      | DELETE /ha/v1/webhooks/w1        | ''
                    webhook pause w1                       | POST /ha/v1/webhooks/w1/pause    | {}
                    webhook resume w1                      | POST /ha/v1/webhooks/w1/resume   | {}
                    webhook retry w1                       | POST /ha/v1/webhooks/w1/retry    | {}
                    webhook retry w1 --fact f              | POST /ha/v1/webhooks/w1/retry    | {"fact":"f"}
                    case retry ID                          | POST /ha/v1/cases/ID/retry       | {}
                    case retry ID --instance ID            | POST /ha/v1/cases/ID/retry       | {"instance":"ID"}
                    case abandon ID --reason old          | POST /ha/v1/cases/ID/abandon     | {"reason":"old"}
                    case abandon ID --instance ID --reason old | POST /ha/v1/cases/ID/abandon | {"instance":"ID","reason":"old"}
                    server-group create g --policy affinity | POST /v2.1/os-server-groups | {"server_group":{"name":"g","policy":"affinity"}}
                    server-group create g --policy anti-affinity --max-per-host 2 | POST /v2.1/os-server-groups | {"server_group":{"name":"g","policy":"anti-affinity","rules":{"max_server_per_host":2}}}
                    server-group delete ID                 | DELETE /v2.1/os-server-groups/ID | ''
                    image create b --file /srv/b.raw       | POST /ha/v1/images | {"name":"b","file":"/srv/b.raw","format":"raw"}
                    """)
    void sendsWhatTheApiExpects(String command, String line, String body) {
        String expected = line.replace("ID", ID);
        controller.on(expected, 202, "");
        Result result = run(command.replace("ID", ID).split(" ", -1));
        assertThat(result.err).isEmpty();
        assertThat(result.code).isZero();
        assertThat(controller.last().line()).isEqualTo(expected);
        assertThat(controller.last().body()).isEqualTo(body.replace("ID", ID));
    }

    @Test
    void namesAnInstanceOfACaseAndAServerGroupByTheirNames() {
        controller
                .on(
                        "GET /ha/v1/cases/" + ID,
                        200,
                        "{\"case\":{\"instances\":[{\"name\":\"web\",\"instance\":\"i1\"},"
                                + "{\"name\":\"two\",\"instance\":\"i2\"},{\"name\":\"two\",\"instance\":\"i3\"}]}}")
                .on("POST /ha/v1/cases/" + ID + "/retry", 202, "");
        assertThat(run("case", "retry", ID, "--instance", "web").code).isZero();
        assertThat(controller.last().body()).isEqualTo("{\"instance\":\"i1\"}");
        Result unknown = run("case", "abandon", ID, "--instance", "bew", "--reason", "x");
        assertThat(unknown.err).contains("is not about an instance bew");
        assertThat(unknown.code).isEqualTo(ExitCode.NOT_FOUND.code());
        Result twice = run("case", "retry", ID, "--instance", "two");
        assertThat(twice.err).contains("2 instances of the case are called two").contains("i2, i3");
        assertThat(twice.code).isEqualTo(ExitCode.CONFLICT.code());

        controller
                .on(
                        "GET /v2.1/os-server-groups?all_projects=1",
                        200,
                        "{\"server_groups\":[{\"id\":\"g1\",\"name\":\"web\",\"policy\":\"anti-affinity\","
                                + "\"rules\":{\"max_server_per_host\":2},\"members\":[\"i1\"]}]}")
                .on("POST /v2.1/servers", 202, "{\"server\":{\"id\":\"i9\"}}");
        assertThat(run("server", "create", "vm", "--flavor", ID, "--image", ID, "--group", "web").code)
                .isZero();
        assertThat(controller.last().body()).contains("\"os:scheduler_hints\":{\"group\":\"g1\"}");
        assertThat(run(
                                "server",
                                "create",
                                "vm",
                                "--flavor",
                                ID,
                                "--image",
                                ID,
                                "--group",
                                "web",
                                "--hint",
                                "spread=rack",
                                "--hint",
                                "different_host=" + ID,
                                "--hint",
                                "different_host=" + ID)
                        .code)
                .isZero();
        assertThat(controller.last().body())
                .contains("\"os:scheduler_hints\":{\"different_host\":[\"" + ID + "\",\"" + ID
                        + "\"],\"group\":\"g1\",\"spread\":\"rack\"}");
        Result noPair = run("server", "create", "vm", "--flavor", ID, "--image", ID, "--hint", "rack");
        assertThat(noPair.code).isEqualTo(ExitCode.USAGE.code());
        assertThat(noPair.err).contains("not a hint: 'rack'");

        controller
                .on(
                        "GET /v2.1/os-server-groups/g1",
                        200,
                        "{\"server_group\":{\"id\":\"g1\",\"name\":\"web\",\"members\":[\"i1\"]}}")
                .on(
                        "GET /v2.1/servers/detail?all_tenants=1",
                        200,
                        "{\"servers\":[{\"id\":\"i1\",\"name\":\"web-1\",\"status\":\"ACTIVE\","
                                + "\"OS-EXT-SRV-ATTR:host\":\"h2\"}]}");
        assertThat(run("server-group", "show", "web").out).contains("web-1").contains("h2");
        controller.on(
                "GET /v2.1/os-server-groups",
                200,
                "{\"server_groups\":[{\"id\":\"g1\",\"name\":\"web\",\"policy\":\"anti-affinity\","
                        + "\"rules\":{\"max_server_per_host\":2},\"members\":[\"i1\"]}]}");
        assertThat(run("server-group", "list").out).contains("anti-affinity").contains("web");
    }

    @Test
    void disablesAHostByTheIdOfItsService() {
        controller
                .on(
                        "GET /v2.1/os-services?binary=nova-compute&host=h1",
                        200,
                        "{\"services\":[{\"id\":\"u1\",\"host\":\"h1\"}]}")
                .on("PUT /v2.1/os-services/u1", 200, "{\"service\":{}}");
        assertThat(run("host", "disable", "h1", "--reason", "disk").code).isZero();
        assertThat(controller.last().body()).isEqualTo("{\"status\":\"disabled\",\"disabled_reason\":\"disk\"}");
        assertThat(run("host", "enable", "h1").code).isZero();
        assertThat(controller.last().body()).isEqualTo("{\"status\":\"enabled\"}");
    }

    @Test
    void findsUrlAndTokenInTheUsersFileAndLetsTheEnvironmentWin() throws IOException {
        environment.clear();
        Path config = Files.createDirectories(home.resolve(".config/holdfast"));
        Files.writeString(config.resolve("client.yaml"), "url: " + controller.url() + "\ntoken-file: token\n");
        Path token = Files.writeString(config.resolve("token"), "from-file\n");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        controller.on("GET /ha/v1/hosts", 200, "{}");

        run("host", "list");
        assertThat(controller.last().token()).isEqualTo("from-file");

        environment.put("HOLDFAST_TOKEN", "from-environment");
        run("host", "list");
        assertThat(controller.last().token()).isEqualTo("from-environment");

        Files.writeString(config.resolve("client.yaml"), "ulr: http://x\n");
        Result wrong = run("host", "list");
        assertThat(wrong.code).isEqualTo(2);
        assertThat(wrong.err).contains("client.yaml:1").contains("did you mean 'url'?");
    }

    // --- events ---

    @Test
    void followsEventsAcrossALostConnectionWithoutSkippingAny() {
        controller
                .streaming("GET /ha/v1/events", "id: 1\nevent: x\ndata: {\"type\":\"host.suspected\"}\n\n: ping\n\n")
                .streaming("GET /ha/v1/events?after=1", "id: 2\ndata: {\"type\":\"host.fenced\"}\n\n");
        Result result = run("event", "follow", "--count", "2", "--json");
        assertThat(result.code).isZero();
        assertThat(result.out.lines()).containsExactly("{\"type\":\"host.suspected\"}", "{\"type\":\"host.fenced\"}");
    }

    // --- failures ---

    @ParameterizedTest
    @CsvSource({
        "400, badRequest, 1", "401, unauthorized, 4", "403, forbidden, 4", "404, itemNotFound, 5",
        "409, conflictingRequest, 6", "423, refusedForSafety, 7", "500, computeFault, 1", "503, serviceUnavailable, 3"
    })
    void theFaultsOwnWordsAndAnExitCodeForItsKind(int status, String name, int code) throws IOException {
        controller.on(
                "GET /ha/v1/hosts/h1",
                status,
                "{\"" + name + "\":{\"code\":" + status + ",\"message\":\"because of this\"}}");
        Result text = run("host", "show", "h1");
        assertThat(text.code).isEqualTo(code);
        assertThat(text.out).isEmpty();
        assertThat(text.err).contains("because of this");

        Result json = run("host", "show", "h1", "--json");
        assertThat(json.code).isEqualTo(code);
        assertThat(json.out).isEmpty();
        JsonNode error = new ObjectMapper().readTree(json.err).path("error");
        assertThat(error.path("exitCode").asInt()).isEqualTo(code);
        assertThat(error.path("message").asText()).isEqualTo("because of this");
    }

    @Test
    void aControllerThatIsNotThereIsUnreachable() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            environment.put("HOLDFAST_URL", "http://127.0.0.1:" + free.getLocalPort());
        }
        Result result = run("host", "list");
        assertThat(result.code).isEqualTo(3);
        assertThat(result.err).contains("cannot reach the controller").contains("HOLDFAST_URL");
    }

    @Test
    void aControllerThatDoesNotAnswerIsGivenUpInTime() {
        controller.silentOn("GET /ha/v1/hosts");
        long begin = System.nanoTime();
        Result result = run("host", "list", "--timeout", "1");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
        assertThat(result.code).isEqualTo(3);
        assertThat(result.err).contains("did not answer within 1 s").contains("look before you repeat");
    }

    @Test
    void anAnswerThatIsNotJsonIsAnErrorAndNotAStackTrace() {
        for (String body : List.of("<html>hello</html>", "{\"hosts\":[", "{} trailing")) {
            controller.on("GET /ha/v1/hosts", 200, body);
            Result result = run("host", "list");
            assertThat(result.code).isEqualTo(1);
            assertThat(result.err).contains("no Holdfast controller").doesNotContain("at io.holdfast");
        }
        controller.on("GET /ha/v1/hosts", 502, "<html>proxy</html>");
        assertThat(run("host", "list").code).isEqualTo(3);
        controller.on("GET /ha/v1/hosts", 302, "");
        assertThat(run("host", "list").err).contains("it redirects");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    host                                | Usage: holdfast host
                    hots list                           | did you mean: host
                    host list --nope                    | Unknown option
                    host show                           | Missing required parameter
                    host force-down h1 --fenced         | --fenced needs --reason
                    host list --timeout 0               | between 1 and 3600
                    host list --url ftp://x             | http://HOST:PORT
                    host list --token-file /no/such     | the token file /no/such does not exist
                    event list --limit 0                | between 1 and 10000
                    token create --name a --role x --project p | admin, member
                    token create --name a:b --role admin --project p | must be a word
                    settings check /no/such --process client | there is no such file
                    settings check /no/such --process x | there are: client
                    """)
    void wrongUsageIsExitCodeTwo(String command, String message) {
        Result result = run(command.split(" ", -1));
        assertThat(result.code).isEqualTo(2);
        assertThat(result.out).isEmpty();
        assertThat(result.err).contains(message);
        assertThat(controller.requests()).isEmpty();
    }

    @Test
    void aNameThatSeveralThingsHaveIsAConflict() {
        controller.on(
                "GET /v2.1/servers/detail?all_tenants=1",
                200,
                "{\"servers\":[{\"id\":\"1\",\"name\":\"vm\"},{\"id\":\"2\",\"name\":\"vm\"}]}");
        Result result = run("server", "stop", "vm");
        assertThat(result.code).isEqualTo(6);
        assertThat(result.err).contains("2 servers are called vm").contains("1, 2");
        assertThat(run("server", "stop", "other").code).isEqualTo(5);
    }

    // --- tools ---

    @Test
    void helpGroupsTheCommandsAndTellsTheExitCodes() {
        Result result = run("--help");
        assertThat(result.code).isZero();
        assertThat(result.out).contains("Cluster:", "Instances:", "Tools:", "Exit codes:", "refused");
        assertThat(result.out.lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(run("server", "create", "--help").out).contains("--flavor").contains("--wait");
        assertThat(run("--version").out).contains("holdfast").contains("Java");
    }

    @Test
    void writesACompletionScriptThatBashAccepts() throws Exception {
        Path script = home.resolve("completion");
        Files.writeString(script, run("completion", "bash").out);
        Process bash =
                new ProcessBuilder("bash", "-n", script.toString()).inheritIO().start();
        assertThat(bash.waitFor()).isZero();
        assertThat(Files.readString(script)).contains("force-down");
    }

    @Test
    void aTokenIsShownOnceAndOnlyItsHashIsForTheSettings() throws IOException {
        Path file = home.resolve("token");
        Result result =
                run("token", "create", "--name", "ops", "--role", "admin", "--project", "p", "--file", file.toString());
        String token = Files.readString(file).strip();
        assertThat(result.out)
                .doesNotContain(token)
                .contains("role: admin")
                .containsPattern("sha256:[0-9a-f]{32}:[0-9a-f]{64}");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(token).hasSize(43);
        assertThat(run(
                                "token",
                                "create",
                                "--name",
                                "ops",
                                "--role",
                                "admin",
                                "--project",
                                "p",
                                "--file",
                                file.toString())
                        .code)
                .isEqualTo(6);
        assertThat(run("token", "create", "--name", "ops", "--role", "member", "--project", "p").out)
                .contains("shown only now");
    }

    @Test
    void makesCertificatesFromTheCommandLine() {
        String pki = home.resolve("pki").toString();
        assertThat(run("pki", "issue", pki, "h1").err).contains("holdfast pki init");
        assertThat(run("pki", "init", pki, "--ca-name", "ours").code).isZero();
        assertThat(run("pki", "init", pki).code).isEqualTo(1);
        assertThat(run("pki", "issue", pki, "c1", "--role", "controller", "--ip", "192.0.2.7").out)
                .contains("key-store: ")
                .contains("c1/keystore.p12");
        assertThat(run("pki", "show", pki).out)
                .contains("ours")
                .contains("controller")
                .contains("in 364 days");
    }

    @Test
    void showsWhatHoldsWhenAFileIsLaidOverTheDefaults() throws IOException {
        Path file = home.resolve("client.yaml");
        Files.writeString(file, "ca: ca.pem\n");
        assertThat(run("settings", "check", file.toString(), "--process", "client").out)
                .contains("is good");
        assertThat(run("settings", "show", file.toString(), "--process", "client").out)
                .contains("url: http://127.0.0.1:8774")
                .contains("ca: " + home.resolve("ca.pem"));
    }
}
