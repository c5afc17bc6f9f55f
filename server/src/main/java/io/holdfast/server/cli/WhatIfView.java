package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;

/** The answer to {@code host what-if}, for people. */
final class WhatIfView {

    private final Client client;

    WhatIfView(Client client) {
        this.client = client;
    }

    void print(JsonNode answer, PrintWriter out) {
        client.paragraph("", "Assumed: " + Text.visible(Json.text(answer, "assumed")) + ". Nothing is touched.", out);
        Json.list(answer, "hosts").forEach(host -> one(host, out));
    }

    private void one(JsonNode host, PrintWriter out) {
        out.println();
        client.paragraph("Host    ", Text.visible(Json.text(host, "host")), out);
        client.paragraph("Decided ", Text.visible(Json.text(host, "decision") + ": " + Json.text(host, "reason")), out);
        String fenced = "Fenced  ";
        if (Json.list(host, "fencing").isEmpty()) {
            client.paragraph(fenced, "by nothing: it has no fence device, so it waits for an operator's word", out);
        }
        for (JsonNode level : Json.list(host, "fencing")) {
            client.paragraph(fenced, Text.visible(Json.plain(level)), out);
            fenced = "   then ";
        }
        new FenceCheckView(client).warn(host.path("fenceCheck"), out);
        JsonNode planned = host.path("plannedAgoMillis");
        client.paragraph(
                "Planned ",
                planned.isNumber()
                        ? "beforehand, looked at " + planned.asLong() / 1000
                                + " s ago; that plan is taken if nothing has changed when it fails"
                        : "when it fails: no plan is kept for this",
                out);
        if (!Json.text(host, "decision").equals("condemned")) {
            client.paragraph("", "If it goes on all the same (its power reads off, or on your word):", out);
        }
        Table table = new Table()
                .column("INSTANCE")
                .column("POLICY")
                .rigid("STATE")
                .column("TO")
                .column("WHY");
        for (JsonNode each : Json.list(host, "instances")) {
            table.row(
                    Json.text(each, "name"),
                    Json.text(each, "policy") + " (" + Json.text(each, "policySource") + ")",
                    Json.text(each, "state"),
                    Json.text(each, "destination"),
                    Json.text(each, "reason"));
        }
        client.table(table, out, "it has no instances");
        for (JsonNode guard : Json.list(host, "guards")) {
            client.paragraph(
                    "  guard ",
                    Text.visible(Json.text(guard, "guard") + " (" + Json.text(guard, "mode") + "): "
                            + Json.text(guard, "reason")),
                    out);
        }
    }
}
