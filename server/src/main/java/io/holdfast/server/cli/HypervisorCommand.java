package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "hypervisor",
        mixinStandardHelpOptions = true,
        description = "Hypervisors, as the Compute API shows them.")
final class HypervisorCommand {

    private final Client client;

    HypervisorCommand(Client client) {
        this.client = client;
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists the hypervisors with what they have and what is used.")
    int list(@Mixin ClientOptions options) {
        return client.show(options, HypervisorCommand::ask, (answer, out) -> {
            Table table = new Table()
                    .column("HYPERVISOR")
                    .rigid("STATE")
                    .rigid("STATUS")
                    .rigid("VCPUS")
                    .rigid("MEMORY MB")
                    .rigid("VMS");
            for (JsonNode each : Json.list(answer, "hypervisors")) {
                table.row(
                        Json.text(each, "hypervisor_hostname"),
                        Json.text(each, "state"),
                        Json.text(each, "status"),
                        share(each, "vcpus_used", "vcpus"),
                        share(each, "memory_mb_used", "memory_mb"),
                        Json.text(each, "running_vms"));
            }
            client.table(table, out, "there are no hypervisors");
        });
    }

    private static JsonNode ask(ApiClient api) {
        return api.get("/v2.1/os-hypervisors/detail", ApiClient.Form.WITH_INVENTORY);
    }

    private static String share(JsonNode node, String used, String all) {
        String total = Json.text(node, all);
        return total.isEmpty() ? "" : Json.text(node, used) + "/" + total;
    }
}
