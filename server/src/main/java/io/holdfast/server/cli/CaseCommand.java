package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
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
            Table table = new Table()
                    .rigid("CASE")
                    .column("HOST")
                    .rigid("EPOCH")
                    .rigid("STATE")
                    .column("OPENED")
                    .column("REASON");
            for (JsonNode each : Json.list(answer, "cases")) {
                table.row(
                        Json.text(each, "id"),
                        Json.text(each, "host"),
                        Json.text(each, "epoch"),
                        Json.text(each, "state"),
                        Json.text(each, "openedAt", "createdAt", "at"),
                        Json.text(each, "reason"));
            }
            client.table(table, out, open ? "no case is open" : "there are no cases");
        });
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Shows one case: its state and each instance of it.")
    int show(@Mixin ClientOptions options, @Parameters(paramLabel = "CASE") String id) {
        return client.show(options, api -> api.get("/ha/v1/cases/" + escaped(id)), (answer, out) -> {
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
    int explain(@Mixin ClientOptions options, @Parameters(paramLabel = "CASE") String id) {
        return client.show(options, api -> api.get("/ha/v1/cases/" + escaped(id)), (answer, out) -> {
            JsonNode one = Json.unwrapped(answer, "case");
            head(one, out);
            List<JsonNode> evidence = Json.list(one, "evidence");
            out.println();
            out.println("Evidence");
            if (evidence.isEmpty()) {
                out.println("  none recorded");
            }
            for (JsonNode each : evidence) {
                client.paragraph("  - ", Text.visible(each.isObject() ? sentence(each) : Json.plain(each)), out);
            }
            out.println();
            out.println("Timeline (milliseconds since the beginning)");
            for (JsonNode step : Json.list(one, "timeline")) {
                timelineLine(step, out);
            }
            instances(one, out);
        });
    }

    private void head(JsonNode one, PrintWriter out) {
        out.println(Text.visible("Case " + Json.text(one, "id") + ": host " + Json.text(one, "host") + " at epoch "
                + Json.text(one, "epoch")));
        client.paragraph("State   ", Text.visible(Json.text(one, "state")), out);
        if (!Json.text(one, "reason").isEmpty()) {
            client.paragraph("Reason  ", Text.visible(Json.text(one, "reason")), out);
        }
        if (!Json.text(one, "nextStep").isEmpty()) {
            client.paragraph("Next    ", Text.visible(Json.text(one, "nextStep")), out);
        }
    }

    private static String sentence(JsonNode evidence) {
        String text = Json.text(evidence, "text", "description");
        if (text.isEmpty()) {
            return Json.plain(evidence);
        }
        String source = Json.text(evidence, "observer", "source", "kind", "signal");
        return source.isEmpty() ? text : source + ": " + text;
    }

    private void timelineLine(JsonNode step, PrintWriter out) {
        String offset = Json.text(step, "offsetMillis");
        String head = String.format("  %8s  ", offset.isEmpty() ? "?" : "+" + offset);
        String subject = Json.text(step, "subject");
        String text = Json.text(step, "text");
        String kind = Json.text(step, "kind");
        String line = kind + (subject.isEmpty() ? "" : " " + subject) + (text.isEmpty() ? "" : ": " + text);
        client.paragraph(head, Text.visible(line), out);
    }

    private void instances(JsonNode one, PrintWriter out) {
        List<JsonNode> instances = Json.list(one, "instances");
        if (instances.isEmpty()) {
            return;
        }
        out.println();
        Table table =
                new Table().rigid("INSTANCE").rigid("STATE").column("HOST").column("REASON");
        for (JsonNode each : instances) {
            table.row(
                    Json.text(each, "instance", "id", "name"),
                    Json.text(each, "state"),
                    Json.text(each, "host"),
                    Json.text(each, "reason"));
        }
        table.print(out, client.width());
    }
}
