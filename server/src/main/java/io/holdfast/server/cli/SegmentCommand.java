package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "segment",
        mixinStandardHelpOptions = true,
        description = "Segments: groups of hosts that watch each other.")
final class SegmentCommand {

    private final Client client;

    SegmentCommand(Client client) {
        this.client = client;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the segments.")
    int list(@Mixin ClientOptions options) {
        return client.show(options, api -> api.get("/ha/v1/segments"), (answer, out) -> {
            Table table = new Table()
                    .column("SEGMENT")
                    .column("HEALTH")
                    .rigid("ARMED")
                    .rigid("COUNT")
                    .column("HOSTS");
            for (JsonNode segment : Json.list(answer, "segments")) {
                table.row(
                        Json.text(segment, "id"),
                        Json.text(segment, "hostsByHealth"),
                        Json.text(segment, "armed")
                                + (Json.text(segment, "maintenance").isEmpty() ? "" : ", maintenance"),
                        Integer.toString(Json.list(segment, "hosts").size()),
                        Json.text(segment, "hosts"));
                if (!Json.list(segment, "hostsWithoutFence").isEmpty()) {
                    table.alarm(client.terminal());
                }
            }
            client.table(table, out, "there are no segments");
        });
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows one segment.")
    int show(@Mixin ClientOptions options, @Parameters(paramLabel = "SEGMENT") String name) {
        return client.show(options, api -> api.get("/ha/v1/segments/" + escaped(name)), (answer, out) -> {
            JsonNode segment = Json.unwrapped(answer, "segment");
            client.fields(segment, out, "hostsWithoutFence");
            if (!Json.list(segment, "hostsWithoutFence").isEmpty()) {
                String line = "NO WORKING FENCE: " + Text.visible(Json.text(segment, "hostsWithoutFence"));
                out.println(client.terminal().colours() ? Text.red(line) : line);
            }
        });
    }

    @Command(
            name = "disarm",
            mixinStandardHelpOptions = true,
            description = {
                "Switches recovery in a segment off.",
                "",
                "freeze: failures become cases that are held, and cases under way stand still until it is armed again.",
                "ignore: verdicts are only noted, in the view of the host; a word for a host is refused."
            })
    int disarm(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "SEGMENT") String name,
            @Option(
                            names = "--mode",
                            paramLabel = "freeze|ignore",
                            required = true,
                            description = "what to do meanwhile")
                    Mode mode,
            @Option(
                            names = "--reason",
                            paramLabel = "TEXT",
                            required = true,
                            description = "shown to everybody who asks")
                    String reason) {
        return client.act(
                options,
                name + " is disarmed (" + mode + "); to end it: holdfast segment rearm " + name,
                api -> api.put(
                        "/ha/v1/segments/" + escaped(name) + "/arming",
                        Client.object().put("mode", mode.name()).put("reason", reason)));
    }

    @Command(
            name = "rearm",
            mixinStandardHelpOptions = true,
            description = "Switches recovery in a segment on again; what was held is looked at at once.")
    int rearm(@Mixin ClientOptions options, @Parameters(paramLabel = "SEGMENT") String name) {
        return client.act(
                options,
                name + " is armed",
                api -> api.put(
                        "/ha/v1/segments/" + escaped(name) + "/arming",
                        Client.object().put("mode", "armed")));
    }

    @Command(
            name = "maintenance",
            mixinStandardHelpOptions = true,
            description = "Begins (on) or ends (off) work on what the hosts of a segment share: meanwhile no silence"
                    + " condemns one of them.")
    int maintenance(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "SEGMENT") String name,
            @Parameters(paramLabel = "on|off") HostCommand.Switch mode,
            @Option(names = "--reason", paramLabel = "TEXT", description = "shown to everybody who asks") @Nullable
                    String reason) {
        String path = "/ha/v1/segments/" + escaped(name) + "/maintenance";
        boolean on = mode == HostCommand.Switch.on;
        return client.act(
                options,
                name + (on ? " is in maintenance" : " is no longer in maintenance"),
                api -> on
                        ? api.put(path, Client.object().put("reason", reason == null ? "" : reason))
                        : api.delete(path));
    }

    /** As it is typed. */
    enum Mode {
        freeze,
        ignore
    }
}
