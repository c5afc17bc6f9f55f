package io.holdfast.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.FencingSettings.Agent;
import io.holdfast.fencing.FencingSettings.Level;
import io.holdfast.fencing.KdumpSettings;
import io.holdfast.fencing.SensorSettings;
import io.holdfast.secrets.SecretSettings;
import io.holdfast.server.KnownFailures;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class FenceCommandTest {

    private record Result(int code, String out, String err) {
        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(out);
        }
    }

    @TempDir
    Path directory;

    private Path programs;
    private final Map<String, FencingSettings.Device> devices = new HashMap<>();
    private final Map<String, List<Level>> levels = new HashMap<>();
    private FencingSettings.Slot slot = FencingSettings.Slot.defaults();

    @BeforeEach
    void install() throws IOException {
        programs = Files.createDirectory(
                directory.resolve("sbin"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        agent("fence_lamp", """
                #!/bin/sh
                while IFS='=' read -r name value; do
                  case $name in action) action=$value ;; file) file=$value ;; esac
                done
                case $action in
                  metadata)
                    cat <<XML
                <resource-agent name="fence_lamp" shortdesc="Fence agent for lamps">
                <longdesc>A lamp that is a file, and a description that is long enough to be broken at eighty columns, if not at more.</longdesc>
                <parameters>
                <parameter name="action" required="1"><content type="string" default="reboot"/></parameter>
                <parameter name="file" required="1"><content type="string"/><shortdesc lang="en">The lamp</shortdesc></parameter>
                <parameter name="password" required="0"><content type="string"/><shortdesc lang="en">Login password</shortdesc></parameter>
                <parameter name="method" required="0"><content type="select" default="onoff"><option value="onoff"/><option value="cycle"/></content><shortdesc lang="en">How</shortdesc></parameter>
                <parameter name="verbose" required="0"><content type="boolean"/></parameter>
                </parameters>
                <actions><action name="off"/><action name="status"/><action name="monitor"/></actions>
                </resource-agent>
                XML
                    ;;
                  off) [ -f "$file" ] && echo off >"$file" ;;
                  *)
                    [ -f "$file" ] || { echo "ERROR: Unable to connect/login to fencing device" >&2; exit 1; }
                    [ "$action" = monitor ] && exit 0
                    [ "$(cat "$file")" = on ] && exit 0
                    exit 2
                    ;;
                esac
                """);
        lamp("h1");
        lamp("h2");
        lamp("h2-b");
        levels.put("h2", List.of(level("h2"), level("h2-b")));
    }

    private static Level level(String device) {
        return new Level(List.of(device), null, null, null);
    }

    private void agent(String name, String script) throws IOException {
        Path program = Files.writeString(programs.resolve(name), script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void lamp(String name) throws IOException {
        devices.put(
                name,
                new Agent("fence_lamp", Map.of("file", directory.resolve(name).toString()), Map.of()));
        Files.writeString(directory.resolve(name), "on");
    }

    private Result run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        Terminal terminal = new Terminal(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Map.of(),
                directory,
                80,
                false,
                InstantSource.system());
        FencingSettings defaults = FencingSettings.defaults();
        FenceCommand command = new FenceCommand(
                terminal,
                _ -> new FenceCommand.Settings(
                        new FencingSettings(
                                devices,
                                levels,
                                new FencingSettings.Agents(
                                        List.of(programs),
                                        null,
                                        null,
                                        FencingSettings.Agents.SecretsInArguments.REFUSE),
                                Duration.ofSeconds(20),
                                defaults.readBackPause(),
                                defaults.readBackPauseMax(),
                                3,
                                defaults.checkInterval(),
                                slot,
                                KdumpSettings.none(),
                                SensorSettings.defaults()),
                        SecretSettings.defaults()));
        int code = HoldfastCommandLine.assemble(
                        terminal, List.of(new Section("Tools", List.of(command))), KnownFailures::translated)
                .execute(arguments);
        return new Result(code, out.toString(), err.toString());
    }

    // --- agents ---

    @Test
    void listsAgentsAndWhyOneCannotBeUsed() throws IOException {
        agent("fence_mute", "#!/bin/sh\nexit 1\n");

        Result text = run("fence", "agents", "--settings", "x");
        assertThat(text.code).isZero();
        assertThat(text.out.lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80))
                .anySatisfy(line -> assertThat(line).matches("fence_lamp +yes +Fence agent for lamps"))
                .anySatisfy(line -> assertThat(line).matches("fence_mute +no +fence agent .*"));

        JsonNode json = run("fence", "agents", "--settings", "x", "--json").json();
        assertThat(json.at("/agents/0/name").asText()).isEqualTo("fence_lamp");
        assertThat(json.at("/agents/0/usable").asBoolean()).isTrue();
        assertThat(json.at("/agents/1/usable").asBoolean()).isFalse();
        assertThat(json.at("/agents/1/trouble").asText()).contains("does not describe itself");
    }

    @Test
    void saysSoWhenThereIsNoAgent() throws IOException {
        Files.delete(programs.resolve("fence_lamp"));

        assertThat(run("fence", "agents", "--settings", "x").out).contains("There is no fence agent in");
    }

    @Test
    void describesOptionsWithinEightyColumnsAndHowADeviceIsWrittenDown() throws IOException {
        Result text = run("fence", "describe", "fence_lamp", "--settings", "x");
        assertThat(text.code).isZero();
        assertThat(text.out.lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(text.out)
                .contains("fence_lamp: Fence agent for lamps\n")
                .contains("""
                        OPTION                  TYPE     REQUIRED  DEFAULT
                        file                    text     yes       -
                            The lamp.
                        password                text     no        -
                            Login password. A secret: goes under 'secrets', as a file.
                        method                  choice   no        onoff
                            How. One of: onoff, cycle.
                        """)
                .contains("""
                            type: agent
                            agent: fence_lamp
                            options: {file: ...}
                            secrets: {password: FILE}
                        """)
                .doesNotContain("verbose");

        JsonNode json = run("fence", "describe", "fence_lamp", "--settings", "x", "--json")
                .json();
        assertThat(json.at("/options/0/name").asText()).isEqualTo("file");
        assertThat(json.at("/options/0/required").asBoolean()).isTrue();
        assertThat(json.at("/options/1/secret").asBoolean()).isTrue();
        assertThat(json.at("/options/2/choices/1").asText()).isEqualTo("cycle");
    }

    @Test
    void anAgentThatIsNotThereIsAFailureWithAName() {
        Result result = run("fence", "describe", "fence_nothing", "--settings", "x");

        assertThat(result.code).isEqualTo(1);
        assertThat(result.err).startsWith("holdfast: there is no fence agent fence_nothing in ");
    }

    // --- test ---

    @Test
    void aDeviceThatOnlyAControllerCanTellOfIsNoFailure() {
        slot = new FencingSettings.Slot(
                directory.resolve("slots"),
                slot.offset(),
                slot.lookInterval(),
                slot.deadline(),
                slot.drift(),
                slot.margin(),
                slot.boundMax(),
                slot.read());
        devices.put("stops", new FencingSettings.SelfFence());
        levels.put("h1", List.of(level("h1"), level("stops")));

        Result result = run("fence", "test", "h1");

        assertThat(result.code).as(result.err).isZero();
        assertThat(result.out.lines())
                .anySatisfy(line -> assertThat(line).matches("stops +2 +self_fence +not told +0 ms +self-fence"));
    }

    @Test
    void asksTheDeviceOfAHostAndTouchesNothing() throws IOException {
        Result result = run("fence", "test", "h1");

        assertThat(result.code).as(result.err).isZero();
        assertThat(result.out.lines())
                .hasSize(3)
                .anySatisfy(line -> assertThat(line).matches("h1 +- +monitor +well +\\d+ ms +fence_lamp h1"))
                .anySatisfy(line -> assertThat(line).matches("h1 +- +status +on +\\d+ ms +fence_lamp h1"));
        assertThat(directory.resolve("h1")).hasContent("on");
    }

    @Test
    void asksAllLevelsOfAHostAndNamesTheDeviceInTrouble() throws IOException {
        Files.delete(directory.resolve("h2-b"));

        Result text = run("fence", "test", "h2");
        assertThat(text.code).isEqualTo(1);
        assertThat(text.out)
                .containsPattern("h2 +1 +status +on ")
                .containsPattern("h2-b +2 +monitor +trouble ")
                .containsPattern("h2-b +2 +status +unknown ")
                .containsOnlyOnce("h2-b: refused login, or nobody there: ERROR: Unable to connect/login");

        JsonNode json = run("fence", "test", "h2", "--json").json();
        assertThat(json.at("/answers")).hasSize(4);
        assertThat(json.at("/answers/3/good").asBoolean()).isFalse();
        assertThat(json.at("/answers/3/answer").asText()).isEqualTo("unknown");
        assertThat(json.at("/answers/3/detail").asText()).startsWith("refused login");
        assertThat(json.at("/answers/0/tookMillis").isIntegralNumber()).isTrue();
    }

    @Test
    void aPatternMakesADeviceNamedLikeItsHostMeanTheHostAndLeavesOtherDevicesAlone() throws IOException {
        levels.clear();
        levels.put("h*", List.of(level("{host}"), level("{host}-b")));

        assertThat(run("fence", "test", "h2", "--json").json().at("/answers")).hasSize(4);
        assertThat(run("fence", "test", "h2-b", "--json").json().at("/answers")).hasSize(2);
        Result missing = run("fence", "test", "h3");
        assertThat(missing.code).isEqualTo(1);
        assertThat(missing.out).contains("missing device h3-b: there is no such device in fencing.devices");
        assertThat(run("fence", "test", "h2-b", "--off", "--confirm", "h2").code)
                .isZero();
        assertThat(directory.resolve("h2-b")).hasContent("off");
    }

    @Test
    void cutsThePowerOnlyWithTheNameOfTheHost() throws IOException {
        assertThat(run("fence", "test", "h1", "--off").code).isEqualTo(7);
        assertThat(run("fence", "test", "h1", "--off", "--confirm", "h2").code).isEqualTo(7);
        assertThat(run("fence", "test", "h1", "--confirm", "h1").code).isEqualTo(2);
        Result several = run("fence", "test", "h2", "--off", "--confirm", "h2");
        assertThat(several.code).isEqualTo(2);
        assertThat(several.err).contains("name one of: h2, h2-b");
        assertThat(directory.resolve("h1")).hasContent("on");
        assertThat(directory.resolve("h2")).hasContent("on");

        Result result = run("fence", "test", "h2-b", "--off", "--confirm", "h2");

        assertThat(result.code).as(result.out + result.err).isZero();
        assertThat(result.out).containsPattern("h2-b +- +off +proven off +\\d+ ms");
        assertThat(directory.resolve("h2-b")).hasContent("off");
        assertThat(directory.resolve("h2")).hasContent("on");
    }

    @Test
    void givesNoOrderToADeviceThatDoesNotAnswer() throws IOException {
        Files.delete(directory.resolve("h1"));

        Result result = run("fence", "test", "h1", "--off", "--confirm", "h1");

        assertThat(result.code).isEqualTo(1);
        assertThat(result.out).contains("no order").contains("h1: nothing was switched off");
    }

    @Test
    void aNameThatNobodyHasIsNotFound() {
        Result result = run("fence", "test", "h9");

        assertThat(result.code).isEqualTo(5);
        assertThat(result.err).contains("there are: h1, h2, h2-b");
    }

    @Test
    void aMistakeInTheSettingsIsNamed() {
        devices.put("h3", new Agent("fence_lamp", Map.of("fiel", "x"), Map.of()));

        Result result = run("fence", "test", "h1");

        assertThat(result.code).isEqualTo(1);
        assertThat(result.err)
                .contains("holdfast: fencing.devices.h3.options.fiel is not known to the agent; it knows file,")
                .contains("holdfast: fencing.devices.h3.options.file is missing; the agent requires it (The lamp)");
    }
}
