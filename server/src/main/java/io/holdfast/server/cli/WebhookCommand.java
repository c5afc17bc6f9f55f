package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretException;
import java.io.PrintWriter;
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
                    .rigid("STATE")
                    .rigid("WAITING")
                    .rigid("DEAD");
            for (JsonNode each : Json.list(answer, "webhooks")) {
                table.row(
                        Json.text(each, "id"),
                        Json.text(each, "url"),
                        Json.text(each, "project"),
                        Json.text(each, "state"),
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
                    List<String> types,
            @Option(
                            names = "--severity",
                            paramLabel = "SEVERITY",
                            description = "only facts of this severity and above: info, warning or critical")
                    @Nullable
                    String severity,
            @Option(
                            names = "--instance",
                            paramLabel = "ID",
                            description = "only facts about this instance; may be repeated")
                    @Nullable
                    List<String> instances,
            @Option(
                            names = "--tag",
                            paramLabel = "TAG",
                            description = "only facts about instances with this tag; may be repeated")
                    @Nullable
                    List<String> tags,
            @Option(
                            names = "--aggregate",
                            paramLabel = "AGGREGATE",
                            description = "only facts about hosts in this aggregate, and about what is or was on them;"
                                    + " may be repeated (needs the role admin)")
                    @Nullable
                    List<String> aggregates,
            @Option(
                            names = "--form",
                            paramLabel = "FORM",
                            description = "holdfast (the default), or cloudevents for CloudEvents 1.0 in JSON")
                    @Nullable
                    String form) {
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
        if (severity != null) {
            body.put("severity", severity);
        }
        if (instances != null) {
            instances.forEach(body.putArray("instances")::add);
        }
        if (tags != null) {
            tags.forEach(body.putArray("tags")::add);
        }
        if (aggregates != null) {
            aggregates.forEach(body.putArray("aggregates")::add);
        }
        if (form != null) {
            body.put("form", form);
        }
        return client.show(options, api -> api.post("/ha/v1/webhooks", body), (answer, out) -> {
            client.fields(Json.at(answer, "webhook"), out);
            present(Json.at(answer, "present"), out);
        });
    }

    /** How things are at the beginning: what is told later is what changes from here. */
    private void present(JsonNode present, PrintWriter out) {
        out.println();
        Table table =
                new Table().rigid("INSTANCE").column("NAME").rigid("STATE").rigid("HOST'S HEALTH");
        for (JsonNode each : Json.list(present, "instances")) {
            table.row(
                    Json.text(each, "id"),
                    Json.text(each, "name"),
                    Json.text(each, "state"),
                    Json.text(each, "hostHealth"));
        }
        client.table(table, out, "it concerns no instances at present");
        if (!Json.text(present, "next").isEmpty()) {
            out.println("and more: see GET /ha/v1/present");
        }
        for (JsonNode each : Json.list(present, "cases")) {
            out.println(Text.visible("open case " + Json.text(each, "id") + ": " + Json.text(each, "state")));
        }
    }

    @Command(
            name = "pause",
            mixinStandardHelpOptions = true,
            description = "Lets what happens wait, until the webhook is resumed.")
    int pause(@Mixin ClientOptions options, @Parameters(paramLabel = "ID") String id) {
        return client.act(
                options, "webhook " + id + " is paused", api -> api.post(path(id) + "/pause", Client.object()));
    }

    @Command(
            name = "resume",
            mixinStandardHelpOptions = true,
            description = "Sends what waited. Serves a webhook again that its receiver had ended, too.")
    int resume(@Mixin ClientOptions options, @Parameters(paramLabel = "ID") String id) {
        return client.act(
                options, "webhook " + id + " is resumed", api -> api.post(path(id) + "/resume", Client.object()));
    }

    @Command(
            name = "test",
            mixinStandardHelpOptions = true,
            description = "Sends a message that says that it is a test, and shows what the receiver answered.")
    int test(@Mixin ClientOptions options, @Parameters(paramLabel = "ID") String id) {
        try (ApiClient api = ApiClient.connect(options, client.terminal())) {
            JsonNode answer = api.post(path(id) + "/test", Client.object());
            JsonNode attempt = Json.at(answer, "attempt");
            if (options.json) {
                client.terminal().out().println(answer);
            } else {
                client.fields(attempt, client.terminal().out());
            }
            client.terminal().out().flush();
            // So that a script sees whether it works.
            return (Json.text(attempt, "result").equals("delivered") ? ExitCode.OK : ExitCode.FAILED).code();
        }
    }

    @Command(
            name = "log",
            mixinStandardHelpOptions = true,
            description = "Lists the last attempts of a webhook, newest first: when, what, and what came of each.")
    int log(@Mixin ClientOptions options, @Parameters(paramLabel = "ID") String id) {
        return client.show(options, api -> api.get(path(id) + "/attempts"), (answer, out) -> {
            Table table = new Table()
                    .rigid("AT")
                    .rigid("TYPE")
                    .rigid("TRY")
                    .rigid("RESULT")
                    .rigid("STATUS")
                    .rigid("MS")
                    .column("ERROR");
            for (JsonNode each : Json.list(answer, "attempts")) {
                table.row(
                        Text.moment(Json.text(each, "at")),
                        Json.text(each, "type"),
                        Json.text(each, "attempt"),
                        Json.text(each, "result"),
                        Json.text(each, "status"),
                        Json.text(each, "tookMillis"),
                        Json.text(each, "error"));
            }
            client.table(table, out, "there were no attempts");
        });
    }

    @Command(name = "dead", mixinStandardHelpOptions = true, description = "Lists what was given up, the oldest first.")
    int dead(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--limit", paramLabel = "N", defaultValue = "100", description = "at most so many")
                    int limit) {
        return client.show(options, api -> api.get(path(id) + "/dead-letters?limit=" + limit), (answer, out) -> {
            Table table = new Table()
                    .rigid("FACT")
                    .rigid("AT")
                    .rigid("TYPE")
                    .rigid("TRIES")
                    .column("ERROR");
            for (JsonNode each : Json.list(answer, "deadLetters")) {
                table.row(
                        Json.text(each, "fact"),
                        Text.moment(Json.text(each, "at")),
                        Json.text(each, "type"),
                        Json.text(each, "attempts"),
                        Json.text(each, "error"));
            }
            client.table(table, out, "there are no dead letters");
        });
    }

    @Command(
            name = "retry",
            mixinStandardHelpOptions = true,
            description = "Tries once more what was given up: all of it, or one fact.")
    int retry(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--fact", paramLabel = "FACT", description = "only this one") @Nullable String fact) {
        ObjectNode body = Client.object();
        if (fact != null) {
            body.put("fact", fact);
        }
        return client.show(
                options,
                api -> api.post(path(id) + "/retry", body),
                (answer, out) -> out.println("tried again: " + Text.visible(Json.text(answer, "retried"))));
    }

    private static String path(String id) {
        return "/ha/v1/webhooks/" + escaped(id);
    }

    @Command(name = "delete", mixinStandardHelpOptions = true, description = "Deletes a webhook.")
    int delete(@Mixin ClientOptions options, @Parameters(paramLabel = "ID") String id) {
        return client.act(
                options, "webhook " + id + " is deleted", api -> api.delete("/ha/v1/webhooks/" + escaped(id)));
    }
}
