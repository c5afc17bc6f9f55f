package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "case",
        mixinStandardHelpOptions = true,
        description = "Recovery cases: what failed, what was done about it, and why.")
final class CaseCommand {

    private static final String CASE = "its id, or the name of a host for the newest case of it";

    private final Client client;

    CaseCommand(Client client) {
        this.client = client;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists recovery cases, the newest first.")
    int list(
            @Mixin ClientOptions options,
            @Option(names = "--host", paramLabel = "HOST", description = "only cases of this host") @Nullable
                    String host,
            @Option(names = "--open", description = "only cases that are not finished") boolean open) {
        List<String> query = new ArrayList<>();
        if (host != null) {
            query.add("host=" + escaped(host));
        }
        if (open) {
            query.add("open=true");
        }
        String path = "/ha/v1/cases" + (query.isEmpty() ? "" : "?" + String.join("&", query));
        return client.show(options, api -> api.get(path), (answer, out) -> {
            List<JsonNode> cases = Json.list(answer, "cases");
            Table table =
                    new Table().rigid("CASE").column("HOST").rigid("STATE").rigid("OPENED");
            for (JsonNode each : cases) {
                table.row(
                        Json.text(each, "id"),
                        Json.text(each, "host"),
                        Json.text(each, "state"),
                        ago(Json.text(each, "openedAt")));
            }
            client.table(table, out, open ? "no case is open" : "there are no cases");
            // A reason does not fit into a table, and the open ones are why somebody looks here at night.
            cases.stream().filter(each -> Json.text(each, "closedAt").isEmpty()).forEach(each -> {
                out.println();
                String failed = Text.visible(Json.text(each, "host"));
                client.paragraph(failed + "  ", Text.visible(Json.text(each, "reason")), out);
                client.paragraph(
                        " ".repeat(Text.width(failed)) + "  next: ", Text.visible(Json.text(each, "nextStep")), out);
            });
        });
    }

    private String ago(String instant) {
        try {
            Duration age = Duration.between(
                    Instant.parse(instant), client.terminal().clock().instant());
            return age.toDays() > 0
                    ? age.toDays() + " d ago"
                    : age.toHours() > 0
                            ? age.toHours() + " h ago"
                            : age.toMinutes() > 0 ? age.toMinutes() + " min ago" : age.toSeconds() + " s ago";
        } catch (DateTimeParseException e) {
            return instant;
        }
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Shows one case: its state and each instance of it.")
    int show(@Mixin ClientOptions options, @Parameters(paramLabel = "CASE", description = CASE) String id) {
        return client.show(options, api -> one(api, id), (answer, out) -> {
            JsonNode one = Json.unwrapped(answer, "case");
            head(one, out);
            instances(one, out);
        });
    }

    @Command(
            name = "explain",
            mixinStandardHelpOptions = true,
            description = {
                "Tells the whole story of a case. It has the evidence for the verdict, every step with its time"
                        + " since the beginning, and for what was not done, the reason."
            })
    int explain(@Mixin ClientOptions options, @Parameters(paramLabel = "CASE", description = CASE) String id) {
        return client.show(options, api -> one(api, id), (answer, out) -> {
            JsonNode one = Json.unwrapped(answer, "case");
            head(one, out);
            section("How we know", out);
            List<JsonNode> evidence = Json.list(one, "evidence");
            for (JsonNode each : evidence) {
                client.paragraph("  - ", Text.visible(Json.plain(each)), out);
            }
            String proof = Json.text(one, "proof");
            client.paragraph(
                    "  - ",
                    proof.isEmpty()
                            ? "no proof yet that the host is off: nothing of it is started elsewhere"
                            : "proof that it is off: " + Text.visible(proof),
                    out);
            section("Instances: what was decided, and why", out);
            List<JsonNode> instances = Json.list(one, "instances");
            if (instances.isEmpty()) {
                client.paragraph("  ", "none: the host had none, or they are not listed before it is fenced", out);
            }
            for (JsonNode each : instances) {
                client.paragraph("  " + Text.visible(name(each)) + "  ", Text.visible(decision(each)), out);
            }
            section("Timeline, in milliseconds since the beginning", out);
            for (JsonNode step : Json.list(one, "timeline")) {
                timelineLine(step, instances, out);
            }
        });
    }

    @Command(
            name = "retry",
            mixinStandardHelpOptions = true,
            description = {
                "Tries again at once what a case has handed to a human. With --instance only that one, and without waiting"
                        + " for others; also one that was abandoned."
            })
    int retry(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "CASE", description = CASE) String id,
            @Option(
                            names = "--instance",
                            paramLabel = "INSTANCE",
                            description = "name or id of one instance of the case")
                    @Nullable
                    String instance) {
        return client.show(
                options,
                api -> {
                    String of = caseId(api, id);
                    ObjectNode body = Client.object();
                    if (instance != null) {
                        body.put("instance", instanceId(api, of, instance));
                    }
                    return api.post("/ha/v1/cases/" + escaped(of) + "/retry", body);
                },
                (answer, out) -> head(Json.unwrapped(answer, "case"), out));
    }

    @Command(
            name = "abandon",
            mixinStandardHelpOptions = true,
            description = {
                "Closes a case for good. Refused while anything of it is under way.",
                "",
                "A host that is not proven isolated stays condemned until it returns, and nothing of it is started"
                        + " elsewhere; instances that still wait are left where they are.",
                "",
                "With --instance the case goes on and leaves that one alone. Nothing is undone: what was ordered on a new host"
                        + " goes on there; one that still belongs to the failed host goes on when that returns."
            })
    int abandon(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "CASE", description = CASE) String id,
            @Option(
                            names = "--instance",
                            paramLabel = "INSTANCE",
                            description = "name or id of one instance of the case; without it, the whole case")
                    @Nullable
                    String instance,
            @Option(
                            names = "--reason",
                            required = true,
                            paramLabel = "TEXT",
                            description = "why; in the case with your name")
                    String reason) {
        return client.show(
                options,
                api -> {
                    String of = caseId(api, id);
                    ObjectNode order = Client.object();
                    if (instance != null) {
                        order.put("instance", instanceId(api, of, instance));
                    }
                    order.put("reason", reason);
                    return api.post("/ha/v1/cases/" + escaped(of) + "/abandon", order);
                },
                (answer, out) -> head(Json.unwrapped(answer, "case"), out));
    }

    private static String instanceId(ApiClient api, String of, String nameOrId) {
        if (nameOrId.matches(Names.UUID)) {
            return nameOrId;
        }
        List<String> ids =
                Json.list(Json.unwrapped(api.get("/ha/v1/cases/" + escaped(of)), "case"), "instances").stream()
                        .filter(each -> Json.text(each, "name").equals(nameOrId))
                        .map(each -> Json.text(each, "instance"))
                        .toList();
        if (ids.size() == 1) {
            return ids.getFirst();
        }
        throw ids.isEmpty()
                ? new CommandFailure(
                        ExitCode.NOT_FOUND,
                        "case " + of + " is not about an instance " + nameOrId,
                        "see: holdfast case show " + of)
                : new CommandFailure(
                        ExitCode.CONFLICT,
                        ids.size() + " instances of the case are called " + nameOrId,
                        "name one by its id: " + String.join(", ", ids));
    }

    private static JsonNode one(ApiClient api, String reference) {
        return api.get("/ha/v1/cases/" + escaped(caseId(api, reference)));
    }

    /** At night nobody copies an id: the name of a host means its newest case. */
    private static String caseId(ApiClient api, String reference) {
        if (reference.matches(Names.UUID)) {
            return reference;
        }
        return Json.list(api.get("/ha/v1/cases?limit=1&host=" + escaped(reference)), "cases").stream()
                .map(each -> Json.text(each, "id"))
                .findFirst()
                .orElseThrow(() -> new CommandFailure(
                        ExitCode.NOT_FOUND,
                        "there is no case with the id " + reference + ", and none of a host of this name",
                        "see: holdfast case list"));
    }

    private static void section(String title, PrintWriter out) {
        out.println();
        out.println(title);
    }

    private void head(JsonNode one, PrintWriter out) {
        client.paragraph("Case    ", Text.visible(Json.text(one, "id")), out);
        client.paragraph(
                "Failed  ",
                Text.visible("host " + Json.text(one, "host") + " of segment " + Json.text(one, "segment")
                        + ", condemned at epoch " + Json.text(one, "epoch")),
                out);
        client.paragraph("State   ", Text.visible(Json.text(one, "state")), out);
        client.paragraph("Opened  ", Text.moment(Json.text(one, "openedAt")), out);
        if (!Json.text(one, "closedAt").isEmpty()) {
            client.paragraph("Closed  ", Text.moment(Json.text(one, "closedAt")), out);
        }
        if (!Json.text(one, "reason").isEmpty()) {
            client.paragraph("Reason  ", Text.visible(Json.text(one, "reason")), out);
        }
        if (!Json.text(one, "nextStep").isEmpty()) {
            client.paragraph("Next    ", Text.visible(Json.text(one, "nextStep")), out);
        }
        String power = PowerReturnText.of(one);
        if (!power.isEmpty()) {
            client.paragraph("Power   ", Text.visible(power), out);
        }
    }

    private static String name(JsonNode instance) {
        return Json.text(instance, "name", "instance");
    }

    private static String decision(JsonNode instance) {
        String destination = Json.text(instance, "destination");
        int attempts = instance.path("attempts").asInt();
        return Json.text(instance, "state")
                + (destination.isEmpty() ? "" : " on " + destination)
                + " (policy " + Json.text(instance, "policy").toLowerCase(Locale.ROOT)
                + (attempts > 1 ? ", attempt " + attempts : "") + "): " + Json.text(instance, "reason");
    }

    private void timelineLine(JsonNode step, List<JsonNode> instances, PrintWriter out) {
        String offset = Json.text(step, "offsetMillis");
        String head = String.format(Locale.ROOT, "  %8s  ", offset.isEmpty() ? "?" : "+" + offset);
        String subject = named(Json.text(step, "subject"), instances);
        String text = named(Json.text(step, "text"), instances);
        String kind = Json.text(step, "kind");
        String line = kind + (subject.isEmpty() ? "" : " " + subject) + (text.isEmpty() ? "" : ": " + text);
        client.paragraph(head, Text.visible(line), out);
    }

    /** People know instances by name; the ids are in the table of {@code case show}. */
    private static String named(String text, List<JsonNode> instances) {
        String named = text;
        for (JsonNode each : instances) {
            String id = Json.text(each, "instance");
            if (!id.isEmpty()) {
                named = named.replace("instance/" + id, name(each)).replace(id, name(each));
            }
        }
        return named.startsWith("host/") ? named.substring("host/".length()) : named;
    }

    private void instances(JsonNode one, PrintWriter out) {
        out.println();
        Table table = new Table()
                .rigid("INSTANCE")
                .column("NAME")
                .column("POLICY")
                .rigid("PRIORITY")
                .rigid("STATE")
                .column("ON");
        for (JsonNode each : Json.list(one, "instances")) {
            table.row(
                    Json.text(each, "instance"),
                    Json.text(each, "name"),
                    Json.text(each, "policy"),
                    Json.text(each, "priority"),
                    Json.text(each, "state"),
                    Json.text(each, "destination"));
        }
        client.table(table, out, "no instances: the host had none, or they are not listed before it is fenced");
    }
}
