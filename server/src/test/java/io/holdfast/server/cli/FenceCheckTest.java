package io.holdfast.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.secrets.SecretSettings;
import io.holdfast.server.KnownFailures;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code holdfast fence check} against a controller that says what a test wants, and what {@code host} shows of it. */
@Timeout(60)
final class FenceCheckTest {

    private static final String WORKS = """
            {"state":"READY","working":true,"reason":"","checkedAt":"2026-11-28T12:00:00Z","old":false,"levels":[
              {"level":1,"working":true,"devices":[{"name":"ipmi 192.0.2.1:623","working":true,"findings":[
                {"subject":"POWER","grade":"OK","text":"chassis power is on","tookMillis":4},
                {"subject":"CLOCK","grade":"WARN","text":"is 2 hours ahead of ours","tookMillis":4}]}]}]}
            """;
    private static final String FAILS = """
            {"state":"UNREADY","working":false,"reason":"x","checkedAt":"2026-11-28T12:00:00Z","old":true,"levels":[
              {"level":1,"working":false,"devices":[{"name":"ipmi a-controller-with-a-very-long-name.example:623","working":false,
               "findings":[{"subject":"POWER","grade":"FAIL","text":"refused login: wrong password: \\u001b[2J","tookMillis":4}]}]}]}
            """;
    private static final String NONE = """
            {"state":"UNREADY","working":false,"reason":"no fence device is configured for it",
             "checkedAt":"2026-11-28T12:00:00Z","old":false,"levels":[]}
            """;

    private record Result(int code, String out, String err) {}

    @TempDir
    Path home;

    private FakeController controller;

    @BeforeEach
    void start() throws IOException {
        controller = new FakeController();
    }

    @AfterEach
    void stop() {
        controller.close();
    }

    private Result run(boolean colours, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Map.of("HOLDFAST_URL", controller.url()),
                home,
                80,
                colours,
                InstantSource.system());
        List<Section> sections = new ArrayList<>(ClientCommands.sections(terminal));
        sections.add(new Section(
                "Tools",
                List.of(new FenceCommand(
                        terminal,
                        _ -> new FenceCommand.Settings(FencingSettings.defaults(), SecretSettings.defaults())))));
        int code = HoldfastCommandLine.assemble(terminal, sections, KnownFailures::translated)
                .execute(arguments);
        return new Result(code, out.toString(), err.toString());
    }

    private void on(String host, String check) {
        controller.on(
                "POST /ha/v1/hosts/" + host + "/fence-check",
                200,
                "{\"host\":\"" + host + "\",\"fenceCheck\":" + check + "}");
    }

    @Test
    void allHostsThatCanBeFencedAreAGoodEnd() {
        controller.on("GET /ha/v1/hosts", 200, "{\"hosts\":[{\"name\":\"h1\"},{\"name\":\"h2\"}]}");
        on("h1", WORKS);
        on("h2", WORKS);

        Result result = run(false, "fence", "check");

        assertThat(result.code).as(result.err).isZero();
        assertThat(result.err).isEmpty();
        assertThat(result.out)
                .containsPattern("h1 +yes +1 +ipmi 192.0.2.1:623 +yes")
                .containsPattern("h2 +yes +1 ")
                .contains("h1, ipmi 192.0.2.1:623: warn, clock: is 2 hours ahead of ours");
    }

    @Test
    void aHostWithoutAWorkingLevelIsOneAndFitsEightyColumns() {
        on("h1", WORKS);
        on("h2", FAILS);
        on("h3", NONE);

        Result result = run(false, "fence", "check", "h1", "h2", "h3");

        assertThat(result.code).isEqualTo(1);
        assertThat(result.out.lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(result.out)
                .containsPattern("h2 +NO +1 ")
                .containsPattern("FAIL, power:\\s+refused\\s+login:")
                .contains("h3: no fence device is configured for it")
                .doesNotContain("\u001b");
    }

    @Test
    void aHostThatIsNotCheckedNowDoesNotHideTheOthersAndIsSix() {
        on("h1", WORKS);
        controller.on(
                "POST /ha/v1/hosts/h2/fence-check",
                409,
                "{\"conflictingRequest\":{\"code\":409,\"message\":\"a case of the host is open\"}}");

        Result some = run(false, "fence", "check", "h1", "h2");
        assertThat(some.code).isEqualTo(6);
        assertThat(some.out).containsPattern("h2 +not checked").contains("h2: a case of the host is open");

        on("h3", NONE);
        assertThat(run(false, "fence", "check", "h1", "h2", "h3").code)
                .as("a host without a fence weighs more")
                .isEqualTo(1);
    }

    @Test
    void aHostThatTakesTooLongIsThreeAndOneOfNobodyIsFive() {
        controller.silentOn("POST /ha/v1/hosts/h1/fence-check");

        assertThat(run(false, "fence", "check", "h1", "--timeout", "1").code).isEqualTo(3);
        assertThat(run(false, "fence", "check", "h9").code).isEqualTo(5);
    }

    @Test
    void inJsonItIsOneDocumentWithAllHosts() throws IOException {
        on("h1", WORKS);
        controller.on(
                "POST /ha/v1/hosts/h2/fence-check",
                409,
                "{\"conflictingRequest\":{\"code\":409,\"message\":\"not now\"}}");

        JsonNode json = new ObjectMapper().readTree(run(false, "fence", "check", "h1", "h2", "--json").out);

        assertThat(json.at("/hosts/0/fenceCheck/state").asText()).isEqualTo("READY");
        assertThat(json.at("/hosts/1/notChecked").asText()).isEqualTo("not now");
    }

    @Test
    void withoutHostsItSaysSo() {
        controller.on("GET /ha/v1/hosts", 200, "{\"hosts\":[]}");

        Result result = run(false, "fence", "check");

        assertThat(result.code).isZero();
        assertThat(result.out).isEqualTo("there are no hosts\n");
    }

    @Test
    void aHostWithoutAFenceIsRedOnATerminalWithColoursAndShowsProgress() {
        on("h1", WORKS);
        on("h2", FAILS);

        Result result = run(true, "fence", "check", "h1", "h2");

        assertThat(result.out.lines().filter(line -> line.startsWith("\u001b[31mh2 ")))
                .hasSize(1);
        assertThat(result.out.lines().filter(line -> line.startsWith("\u001b[31mh1 ")))
                .isEmpty();
        assertThat(result.err).contains("checked 2 of 2");
    }

    @Test
    void aHostIsSwitchedOnAndOneDeviceThatDoesNotMakesItAFailure() {
        controller.on("POST /ha/v1/hosts/h1/power-on", 200, """
                {"host":"h1","on":true,"devices":[{"level":1,"name":"bmc","power":"ON","detail":"ordered on"}]}
                """);
        controller.on("POST /ha/v1/hosts/h2/power-on", 200, """
                {"host":"h2","on":false,"devices":[{"level":1,"name":"bmc","power":"UNKNOWN","detail":"silent"}]}
                """);
        controller.on(
                "POST /ha/v1/hosts/h3/power-on",
                409,
                "{\"conflictingRequest\":{\"code\":409,\"message\":\"a case of the host is open\"}}");

        Result on = run(false, "fence", "on", "h1", "--reason", "repaired");
        assertThat(on.code).as(on.err).isZero();
        assertThat(on.out).isEqualTo("level 1, bmc: ON, ordered on\n");
        assertThat(controller.last().body()).contains("repaired");
        assertThat(run(false, "fence", "on", "h2").code).isEqualTo(1);
        assertThat(run(false, "fence", "on", "h3").code).isEqualTo(6);
    }

    @Test
    void hostListAndHostShowMakeItStandOut() {
        controller.on(
                "GET /ha/v1/hosts",
                200,
                "{\"hosts\":[{\"name\":\"h1\",\"health\":\"ALIVE\",\"fenceCheck\":" + WORKS + "},"
                        + "{\"name\":\"h2\",\"health\":\"ALIVE\",\"fenceCheck\":" + NONE + "}]}");
        controller.on("GET /ha/v1/hosts/h2", 200, "{\"host\":{\"name\":\"h2\",\"fenceCheck\":" + FAILS + "}}");
        controller.on("GET /ha/v1/hosts/h3", 200, "{\"host\":{\"name\":\"h3\",\"fenceCheck\":" + NONE + "}}");

        Result list = run(true, "host", "list");
        assertThat(list.out.lines())
                .filteredOn(line -> line.contains("NO WORK"))
                .singleElement()
                .satisfies(line -> assertThat(line).startsWith("\u001b[31mh2"));
        assertThat(run(false, "host", "list").out).doesNotContain("\u001b");
        assertThat(run(false, "host", "show", "h2").out)
                .contains("Could it be fenced? NO, as of 2026-11-28 12:00:00.000Z, which is long ago.")
                .contains("DOES NOT WORK")
                .containsPattern("power +FAIL +refused login: wrong password");
        assertThat(run(true, "host", "show", "h2").out).contains("\u001b[31mCould it be fenced?");
        assertThat(run(false, "host", "show", "h3").out).contains("no fence device is configured for it");
    }

    @Test
    void whatIfSaysThatNoRungWouldWorkAndIsRedOnATerminalWithColours() {
        controller.on(
                "GET /ha/v1/what-if?host=h1%2Ch2%2Ch3%2Ch4%2Ch5",
                200,
                """
                {"assumed":"they fall silent together","hosts":[%s,%s,%s,%s,%s]}
                """.formatted(
                                plan("h1", WORKS),
                                plan("h2", FAILS),
                                plan("h3", NONE),
                                plan(
                                        "h4",
                                        "{\"state\":\"UNCHECKED\",\"reason\":\"its devices were not checked yet\",\"levels\":[]}"),
                                plan(
                                        "h5",
                                        "{\"state\":\"DOUBTED\",\"reason\":\"ipmi: silent\",\"checkedAt\":\"2026-11-28T12:00:00Z\",\"old\":false}")));

        String plain = run(false, "host", "what-if", "h1", "h2", "h3", "h4", "h5").out;

        String[] hosts = plain.split("Host    ", -1);
        assertThat(hosts[1]).startsWith("h1").doesNotContain("FENCE").doesNotContain("fenced is not known");
        assertThat(hosts[2]).contains("NO WORKING FENCE (checked 2026-11-28 12:00:00.000Z): x");
        assertThat(hosts[3]).contains("NO WORKING FENCE: no fence device is configured for it");
        assertThat(hosts[4]).contains("whether it could be fenced is not known: its devices were not checked");
        assertThat(hosts[5]).contains("fencing in doubt: ipmi: silent");
        assertThat(plain).doesNotContain("\u001b");
        assertThat(plain.lines()).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));

        String coloured = run(true, "host", "what-if", "h1", "h2", "h3", "h4", "h5").out;
        assertThat(coloured.lines().filter(line -> line.contains("\u001b[31m")))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains("\u001b[31mNO WORKING FENCE"));
    }

    private static String plan(String host, String check) {
        return "{\"host\":\"" + host
                + "\",\"decision\":\"condemned\",\"reason\":\"silent\",\"fencing\":[\"level 1 of 1: ipmi\"],"
                + "\"fenceCheck\":" + check + ",\"guards\":[],\"instances\":[]}";
    }

    @Test
    void aSegmentWithAHostWithoutAFenceStandsOutToo() {
        String segment = "{\"id\":\"s\",\"hosts\":[\"h1\",\"h2\"],\"hostsWithoutFence\":[\"h2\"]}";
        controller.on("GET /ha/v1/segments", 200, "{\"segments\":[" + segment + "]}");
        controller.on("GET /ha/v1/segments/s", 200, "{\"segment\":" + segment + "}");

        assertThat(run(true, "segment", "list").out.lines())
                .anySatisfy(line -> assertThat(line).startsWith("\u001b[31ms "));
        assertThat(run(true, "segment", "show", "s").out).contains("\u001b[31mNO WORKING FENCE: h2");
        assertThat(run(false, "segment", "show", "s").out)
                .contains("NO WORKING FENCE: h2")
                .doesNotContain("\u001b");
    }
}
