package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "server-group",
        mixinStandardHelpOptions = true,
        description = "Server groups: instances on one host, or on different ones.")
final class ServerGroupCommand {

    private final Client client;

    ServerGroupCommand(Client client) {
        this.client = client;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the server groups.")
    int list(
            @Mixin ClientOptions options,
            @Option(names = "--all-projects", description = "of all projects (needs the role admin)") boolean all) {
        String path = "/v2.1/os-server-groups" + (all ? "?all_projects=1" : "");
        return client.show(options, api -> api.get(path), (answer, out) -> {
            Table table = new Table()
                    .rigid("ID")
                    .column("NAME")
                    .rigid("POLICY")
                    .rigid("PER HOST")
                    .rigid("MEMBERS");
            for (JsonNode each : Json.list(answer, "server_groups")) {
                table.row(
                        Json.text(each, "id"),
                        Json.text(each, "name"),
                        Json.text(each, "policy"),
                        each.path("rules").path("max_server_per_host").asText(""),
                        Integer.toString(each.path("members").size()));
            }
            client.table(table, out, "there are no server groups");
        });
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Shows one server group, and where its members are.")
    int show(@Mixin ClientOptions options, @Parameters(paramLabel = "GROUP") String group) {
        Map<String, JsonNode> servers = new HashMap<>();
        return client.show(
                options,
                api -> {
                    JsonNode answer = api.get(path(api, group));
                    if (!options.json) {
                        Names.servers(api).forEach(server -> servers.put(Json.text(server, "id"), server));
                    }
                    return answer;
                },
                (answer, out) -> {
                    JsonNode one = Json.unwrapped(answer, "server_group");
                    client.fields(one, out, "members");
                    out.println();
                    Table table = new Table()
                            .rigid("MEMBER")
                            .column("NAME")
                            .rigid("STATUS")
                            .column("HOST");
                    for (JsonNode member : one.path("members")) {
                        JsonNode server = servers.getOrDefault(member.asText(), Client.object());
                        table.row(
                                member.asText(),
                                Json.text(server, "name"),
                                Json.text(server, "status"),
                                Json.text(server, "OS-EXT-SRV-ATTR:host", "host"));
                    }
                    client.table(table, out, "it has no members; they join with: holdfast server create --group");
                });
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a server group. With affinity or anti-affinity its rule is never broken, also not by a recovery: who"
                        + " finds no allowed host waits. The soft ones are followed where that is possible."
            })
    int create(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "NAME") String name,
            @Option(
                            names = "--policy",
                            required = true,
                            paramLabel = "POLICY",
                            description = "affinity, anti-affinity, soft-affinity or soft-anti-affinity")
                    String policy,
            @Option(
                            names = "--max-per-host",
                            paramLabel = "N",
                            description = "with anti-affinity: so many may share a host (default: 1)")
                    @Nullable
                    Integer maxPerHost) {
        ObjectNode group = Client.object().put("name", name).put("policy", policy);
        if (maxPerHost != null) {
            group.putObject("rules").put("max_server_per_host", maxPerHost);
        }
        ObjectNode body = Client.object();
        body.set("server_group", group);
        return client.show(
                options,
                api -> api.post("/v2.1/os-server-groups", body),
                (answer, out) -> client.fields(Json.unwrapped(answer, "server_group"), out));
    }

    @Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            description = "Deletes a server group; its members stay where they are, bound by nothing.")
    int delete(@Mixin ClientOptions options, @Parameters(paramLabel = "GROUP") String group) {
        return client.act(options, "server group " + group + " is deleted", api -> api.delete(path(api, group)));
    }

    private static String path(ApiClient api, String group) {
        return "/v2.1/os-server-groups/" + escaped(Names.id(api, Names.Kind.SERVER_GROUP, group));
    }
}
