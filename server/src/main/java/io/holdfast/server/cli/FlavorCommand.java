package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "flavor", mixinStandardHelpOptions = true, description = "Flavors: the sizes of instances.")
final class FlavorCommand {

    private final Client client;

    FlavorCommand(Client client) {
        this.client = client;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the flavors.")
    int list(@Mixin ClientOptions options) {
        return client.show(options, api -> api.get("/v2.1/flavors/detail"), (answer, out) -> {
            Table table = new Table()
                    .column("ID")
                    .column("NAME")
                    .rigid("VCPUS")
                    .rigid("MEMORY MB")
                    .rigid("DISK GB")
                    .column("EXTRA SPECS");
            for (JsonNode each : Json.list(answer, "flavors")) {
                table.row(
                        Json.text(each, "id"),
                        Json.text(each, "name"),
                        Json.text(each, "vcpus"),
                        Json.text(each, "ram"),
                        Json.text(each, "disk"),
                        Json.text(each, "extra_specs"));
            }
            client.table(table, out, "there are no flavors");
        });
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows one flavor.")
    int show(@Mixin ClientOptions options, @Parameters(paramLabel = "FLAVOR") String flavor) {
        return client.show(
                options,
                api -> api.get("/v2.1/flavors/" + escaped(Names.id(api, Names.Kind.FLAVOR, flavor))),
                (answer, out) -> client.fields(Json.unwrapped(answer, "flavor"), out));
    }

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Makes a flavor.")
    int create(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--vcpus", required = true, paramLabel = "N", description = "virtual processors") int vcpus,
            @Option(names = "--ram", required = true, paramLabel = "MB", description = "memory in MiB") int ram,
            @Option(names = "--disk", defaultValue = "0", paramLabel = "GB", description = "disk in GiB; 0: image size")
                    int disk,
            @Option(names = "--id", paramLabel = "ID", description = "its id (default: made by the controller)")
                    @Nullable
                    String id,
            @Option(names = "--property", paramLabel = "KEY=VALUE", description = "extra spec; may be repeated")
                    @Nullable
                    Map<String, String> properties) {
        ObjectNode flavor = Client.object()
                .put("name", name)
                .put("vcpus", vcpus)
                .put("ram", ram)
                .put("disk", disk);
        if (id != null) {
            flavor.put("id", id);
        }
        ObjectNode body = Client.object();
        body.set("flavor", flavor);
        return client.show(
                options,
                api -> {
                    JsonNode made = api.post("/v2.1/flavors", body);
                    if (properties != null && !properties.isEmpty()) {
                        ObjectNode specs = Client.object();
                        properties.forEach(specs.putObject("extra_specs")::put);
                        String madeId = Json.text(Json.unwrapped(made, "flavor"), "id");
                        api.post("/v2.1/flavors/" + escaped(madeId) + "/os-extra_specs", specs);
                        return api.get("/v2.1/flavors/" + escaped(madeId));
                    }
                    return made;
                },
                (answer, out) -> client.fields(Json.unwrapped(answer, "flavor"), out));
    }

    @Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            description = "Deletes a flavor; instances made from it stay.")
    int delete(@Mixin ClientOptions options, @Parameters(paramLabel = "FLAVOR") String flavor) {
        return client.act(
                options,
                "flavor " + flavor + " is deleted",
                api -> api.delete("/v2.1/flavors/" + escaped(Names.id(api, Names.Kind.FLAVOR, flavor))));
    }
}
