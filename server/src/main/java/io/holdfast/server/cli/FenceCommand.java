package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.agents.FenceAgents;
import io.holdfast.fencing.configured.ConfiguredDevices;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.SecretSettings;
import io.holdfast.server.logging.Logging;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code holdfast fence}: looks at fence agents and devices. {@code check} asks the controller that runs; the others work on
 * its machine with its settings and files, whether it is running or not.
 */
@Command(
        name = "fence",
        mixinStandardHelpOptions = true,
        description = {
            "Fence devices: agents, and whether what is configured would work.",
            "",
            "'check' asks the running controller. Run the others where the controller runs: they read its settings file and"
                    + " its password files."
        })
public final class FenceCommand {

    private static final Path USUAL = Path.of("/etc/holdfast/controller.yaml");

    private final Terminal terminal;
    private final Function<Path, Settings> settings;

    /** The groups of a controller's settings that devices are made from. */
    public record Settings(FencingSettings fencing, SecretSettings secrets) {}

    /** @param settings reads a controller's settings file */
    public FenceCommand(Terminal terminal, Function<Path, Settings> settings) {
        this.terminal = terminal;
        this.settings = settings;
    }

    @Command(
            name = "agents",
            mixinStandardHelpOptions = true,
            description = "Lists the installed fence agents. Asks each one what it is, which takes some seconds.")
    int agents(
            @Option(names = "--settings", paramLabel = "FILE", description = "the controller's settings file") @Nullable
                    Path file,
            @Option(names = "--json", description = "one JSON object instead of a table") boolean json) {
        FencingSettings.Agents rules = rules(file);
        List<FenceAgents.Installed> all = new FenceAgents(rules).installed();
        if (json) {
            ObjectNode answer = Client.object();
            ArrayNode list = answer.putArray("agents");
            all.forEach(each -> list.add(AgentView.summary(each)));
            terminal.out().println(answer);
            return ExitCode.OK.code();
        }
        Table table = new Table().rigid("AGENT").rigid("USABLE").column("DESCRIPTION");
        for (FenceAgents.Installed each : all) {
            boolean usable = each.trouble().isEmpty();
            table.row(each.name(), usable ? "yes" : "no", usable ? AgentView.summaryOf(each) : each.trouble());
        }
        new Client(terminal)
                .table(
                        table,
                        terminal.out(),
                        "There is no fence agent in " + rules.directories()
                                + "; on Debian they are in the package fence-agents.");
        return ExitCode.OK.code();
    }

    @Command(
            name = "describe",
            mixinStandardHelpOptions = true,
            description = "Shows the options of a fence agent, and how a device with it is written in the settings.")
    int describe(
            @Parameters(paramLabel = "AGENT", description = "for example fence_virsh") String agent,
            @Option(names = "--settings", paramLabel = "FILE", description = "the controller's settings file") @Nullable
                    Path file,
            @Option(names = "--json", description = "one JSON object instead of text") boolean json) {
        AgentView view = new AgentView(new FenceAgents(rules(file)).metadata(agent), agent);
        if (json) {
            terminal.out().println(view.json());
        } else {
            view.print(new Client(terminal), terminal.out());
        }
        return ExitCode.OK.code();
    }

    @Command(
            name = "test",
            mixinStandardHelpOptions = true,
            description = {
                "Asks a configured device, or all devices of a host, whether the host has power.",
                "",
                "Touches nothing, unless --off says so. With --off the host loses its power, and off is read back as it"
                        + " would be after a failure. The controller is not told of it: it will see a host that died."
            })
    int test(
            @Parameters(paramLabel = "DEVICE|HOST", description = "a device's name, or a host's for all its levels")
                    String name,
            @Option(names = "--off", description = "cut the power, and prove it; needs --confirm") boolean off,
            @Option(names = "--confirm", paramLabel = "HOST", description = "the host that loses its power, by name")
                    @Nullable
                    String confirmed,
            @Option(
                            names = "--settings",
                            paramLabel = "FILE",
                            description = "the controller's settings file (default: /etc/holdfast/controller.yaml)")
                    @Nullable
                    Path file,
            @Option(names = "--json", description = "one JSON object instead of a table") boolean json) {
        quiet();
        Settings read = settings.apply(file == null ? USUAL : file);
        // The controller tells of plain files when it starts; here the answer of the device is what was asked for.
        SecretReader secrets = SecretReader.of(read.secrets(), terminal.environment(), _ -> {});
        FenceDevices devices = ConfiguredDevices.of(read.fencing(), secrets);
        FenceRehearsal rehearsal = FenceRehearsal.of(name, devices, read.fencing());
        if (off) {
            rehearsal.requireConfirmed(confirmed);
        } else if (confirmed != null) {
            throw new CommandFailure(ExitCode.USAGE, "--confirm has no meaning without --off", "");
        }
        List<FenceRehearsal.Line> lines = rehearsal.ask();
        if (confirmed != null) {
            lines = rehearsal.switchedOff(confirmed, lines);
        }
        print(lines, json);
        return lines.stream().allMatch(FenceRehearsal.Line::good) ? ExitCode.OK.code() : ExitCode.FAILED.code();
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = {
                "Has the controller ask every fence device of hosts whether it would do its work.",
                "",
                "Touches nothing: power is read, rights and clock are asked for. The controller does the same by itself"
                        + " (fencing.check-interval). A host with an open case is left alone. Works from anywhere, with the"
                        + " running controller; 'fence test' asks without one, from this machine.",
                "",
                "Ends with 0 if each host has a level that works, with 1 if one has none, and with 6 or 3 if none is"
                        + " without but one could not be checked."
            })
    int check(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST", arity = "0..*", description = "default: all") @Nullable
                    List<String> hosts) {
        return new FenceChecking(new Client(terminal)).check(options, hosts == null ? List.of() : hosts);
    }

    @Command(
            name = "on",
            mixinStandardHelpOptions = true,
            description = {
                "Gives a host its power back: switches on what of its fence devices reads off, and reads it back.",
                "",
                "Refused while a case of the host is open. Outlets come before the management controller (the last level"
                        + " first). When the host's agent starts, it destroys what the host no longer owns before it serves.",
                "",
                "Ends with 0 if every device reads on, with 1 if one does not, with 6 if it was refused."
            })
    int on(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST") String host,
            @Option(names = "--reason", paramLabel = "TEXT", description = "written into the fence journal") @Nullable
                    String reason) {
        AtomicBoolean all = new AtomicBoolean();
        Client client = new Client(terminal);
        int code = client.show(
                options,
                api -> {
                    JsonNode answer = api.post(
                            "/ha/v1/hosts/" + ApiClient.escaped(host) + "/power-on",
                            Client.object().put("reason", reason == null ? "" : reason));
                    all.set(answer.path("on").asBoolean());
                    return answer;
                },
                (answer, out) -> {
                    for (JsonNode device : Json.list(answer, "devices")) {
                        client.paragraph(
                                "level " + Json.text(device, "level") + ", " + Text.visible(Json.text(device, "name"))
                                        + ": ",
                                Text.visible(Json.text(device, "power") + ", " + Json.text(device, "detail")),
                                out);
                    }
                });
        return all.get() ? code : ExitCode.FAILED.code();
    }

    private void print(List<FenceRehearsal.Line> lines, boolean json) {
        if (json) {
            ObjectNode answer = Client.object();
            ArrayNode list = answer.putArray("answers");
            lines.forEach(each -> list.add(each.json()));
            terminal.out().println(answer);
            return;
        }
        Client client = new Client(terminal);
        Table table = new Table()
                .column("DEVICE")
                .rigid("LEVEL")
                .rigid("ASKED")
                .rigid("ANSWER")
                .rigid("TOOK")
                .column("SPEAKS");
        for (FenceRehearsal.Line each : lines) {
            table.row(each.device(), each.level(), each.asked(), each.answer(), each.took(), each.speaks());
        }
        table.print(terminal.out(), terminal.width());
        // A device that cannot be reached says so to every question; once is enough.
        lines.stream()
                .filter(each -> !each.good() || each.asked().equals(FenceRehearsal.OFF))
                .map(each -> Map.entry(each.device() + ": ", Text.visible(each.detail())))
                .distinct()
                .forEach(each -> client.paragraph(each.getKey(), each.getValue(), terminal.out()));
    }

    private FencingSettings.Agents rules(@Nullable Path file) {
        quiet();
        if (file == null && !Files.exists(USUAL)) {
            return FencingSettings.Agents.defaults();
        }
        return settings.apply(file == null ? USUAL : file).fencing().agents();
    }

    /** What is worth telling is in the answer; log lines would stand between. */
    private static void quiet() {
        Logging.configure(Logging.Format.TEXT, Logging.Verbosity.ERROR, null, "fence");
    }
}
