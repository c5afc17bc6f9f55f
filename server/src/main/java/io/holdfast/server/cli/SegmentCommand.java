package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
                    .column("LEADER")
                    .rigid("EPOCH")
                    .column("HOSTS");
            for (JsonNode segment : Json.list(answer, "segments")) {
                table.row(
                        Json.text(segment, "name", "id"),
                        Json.text(segment, "leader", "leader.name"),
                        Json.text(segment, "leaderEpoch", "epoch"),
                        Json.text(segment, "hosts", "hostCount"));
            }
            client.table(table, out, "there are no segments");
        });
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows one segment.")
    int show(@Mixin ClientOptions options, @Parameters(paramLabel = "SEGMENT") String name) {
        return client.show(
                options,
                api -> Json.list(api.get("/ha/v1/segments"), "segments").stream()
                        .filter(segment -> Json.text(segment, "name", "id").equals(name)
                                || Json.text(segment, "id").equals(name))
                        .findFirst()
                        .orElseThrow(() -> new CommandFailure(
                                ExitCode.NOT_FOUND, "there is no segment " + name, "see: holdfast segment list")),
                client::fields);
    }
}
