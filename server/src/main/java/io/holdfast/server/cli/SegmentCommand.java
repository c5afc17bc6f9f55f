package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

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
                    .column("HEALTH")
                    .rigid("COUNT")
                    .column("HOSTS");
            for (JsonNode segment : Json.list(answer, "segments")) {
                table.row(
                        Json.text(segment, "id"),
                        Json.text(segment, "hostsByHealth"),
                        Integer.toString(Json.list(segment, "hosts").size()),
                        Json.text(segment, "hosts"));
            }
            client.table(table, out, "there are no segments");
        });
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows one segment.")
    int show(@Mixin ClientOptions options, @Parameters(paramLabel = "SEGMENT") String name) {
        return client.show(
                options,
                api -> api.get("/ha/v1/segments/" + escaped(name)),
                (answer, out) -> client.fields(Json.unwrapped(answer, "segment"), out));
    }
}
