package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "service", mixinStandardHelpOptions = true, description = "Services, as the Compute API shows them.")
final class ServiceCommand {

    private final Client client;

    ServiceCommand(Client client) {
        this.client = client;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the services with state and status.")
    int list(@Mixin ClientOptions options) {
        return client.show(options, api -> api.get("/v2.1/os-services"), (answer, out) -> {
            Table table = new Table()
                    .column("BINARY")
                    .column("HOST")
                    .column("ZONE")
                    .rigid("STATUS")
                    .rigid("STATE")
                    .rigid("FORCED DOWN")
                    .column("REASON");
            for (JsonNode service : Json.list(answer, "services")) {
                table.row(
                        Json.text(service, "binary"),
                        Json.text(service, "host"),
                        Json.text(service, "zone"),
                        Json.text(service, "status"),
                        Json.text(service, "state"),
                        Json.text(service, "forced_down"),
                        Json.text(service, "disabled_reason"));
            }
            client.table(table, out, "there are no services");
        });
    }
}
