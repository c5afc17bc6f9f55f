package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretException;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "webhook", mixinStandardHelpOptions = true, description = "Webhooks: who is told about failures.")
final class WebhookCommand {

    private final Client client;

    WebhookCommand(Client client) {
        this.client = client;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the webhooks.")
    int list(@Mixin ClientOptions options) {
        return client.show(options, api -> api.get("/ha/v1/webhooks"), (answer, out) -> {
            Table table = new Table()
                    .rigid("ID")
                    .column("URL")
                    .column("PROJECT")
                    .rigid("WAITING")
                    .rigid("DEAD");
            for (JsonNode each : Json.list(answer, "webhooks")) {
                table.row(
                        Json.text(each, "id"),
                        Json.text(each, "url"),
                        Json.text(each, "project"),
                        Json.text(each, "pending"),
                        Json.text(each, "dead"));
            }
            client.table(table, out, "there are no webhooks");
        });
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Shows one webhook: what waits for it, what was given up, and the last error.")
    int show(@Mixin ClientOptions options, @Parameters(paramLabel = "ID") String id) {
        return client.show(
                options,
                api -> api.get("/ha/v1/webhooks/" + escaped(id)),
                (answer, out) -> client.fields(Json.unwrapped(answer, "webhook"), out));
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = {
                "Makes a webhook. Every message is signed with the secret, so that the receiver can tell it is ours."
            })
    int create(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "TARGET", description = "URL that receives the messages") URI target,
            @Option(
                            names = "--secret-file",
                            required = true,
                            paramLabel = "FILE",
                            description = "file with the secret for signing, 16 to 256 characters")
                    SecretFile secretFile,
            @Option(names = "--project", paramLabel = "PROJECT", description = "only facts of this project") @Nullable
                    String project,
            @Option(
                            names = "--type",
                            paramLabel = "TYPE",
                            description = "only facts whose type begins so, for example instance.; may be repeated")
                    @Nullable
                    List<String> types) {
        ObjectNode body = Client.object().put("url", target.toString());
        try {
            body.put(
                    "secret",
                    client.secrets().firstLine("--secret-file", secretFile).strip());
        } catch (SecretException e) {
            throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), "", e);
        }
        if (project != null) {
            body.put("project", project);
        }
        if (types != null) {
            types.forEach(body.putArray("types")::add);
        }
        return client.show(
                options,
                api -> api.post("/ha/v1/webhooks", body),
                (answer, out) -> client.fields(Json.unwrapped(answer, "webhook"), out));
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Deletes a webhook.")
    int delete(@Mixin ClientOptions options, @Parameters(paramLabel = "ID") String id) {
        return client.act(
                options, "webhook " + id + " is deleted", api -> api.delete("/ha/v1/webhooks/" + escaped(id)));
    }
}
