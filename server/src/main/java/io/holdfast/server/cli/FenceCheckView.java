package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.List;

/** Whether a host could be fenced, as the API tells it ({@code fenceCheck}), for people. */
final class FenceCheckView {

    private final Client client;

    FenceCheckView(Client client) {
        this.client = client;
    }

    /** Whether no level of the host works, so that it has to stand out. */
    static boolean alarming(JsonNode check) {
        return Json.text(check, "state").equals("UNREADY");
    }

    /** What is not as it should be, in some words; empty if all is well or nothing is known. */
    static String note(JsonNode check) {
        String old =
                check.path("old").asBoolean() ? " (checked " + Text.moment(Json.text(check, "checkedAt")) + ")" : "";
        return switch (Json.text(check, "state")) {
            case "UNREADY" -> "NO WORKING FENCE" + old;
            case "DOUBTED" -> "fencing in doubt" + old;
            case "READY" -> old.isEmpty() ? "" : "fencing not checked lately" + old;
            default -> "";
        };
    }

    /** Beside the levels: that none of them would work, and why, or that it is not known. Nothing where one works. */
    void warn(JsonNode check, PrintWriter out) {
        String note =
                Json.text(check, "state").equals("UNCHECKED") ? "whether it could be fenced is not known" : note(check);
        if (!note.isEmpty()) {
            String why = Text.visible(Json.text(check, "reason"));
            client.paragraph(
                    "        ", paint(check, note + ": " + (why.isEmpty() ? "see holdfast fence check" : why)), out);
        }
    }

    /** The word for a host in a table. */
    static String word(JsonNode check) {
        return switch (Json.text(check, "state")) {
            case "READY" -> "yes";
            case "DOUBTED" -> "in doubt";
            case "UNREADY" -> "NO";
            default -> "not known";
        };
    }

    /** All of it, device by device. Nothing if the controller is of a time that knew no rehearsals. */
    void print(JsonNode check, PrintWriter out) {
        if (check.isMissingNode()) {
            return;
        }
        String at = Json.text(check, "checkedAt");
        String head = at.isEmpty()
                ? "Could it be fenced? Not checked yet."
                : "Could it be fenced? " + word(check) + ", as of " + Text.moment(at)
                        + (check.path("old").asBoolean() ? ", which is long ago" : "") + ".";
        out.println();
        client.paragraph("", paint(check, head), out);
        for (JsonNode level : Json.list(check, "levels")) {
            for (JsonNode device : Json.list(level, "devices")) {
                String name = "  level " + Json.text(level, "level") + ", " + Text.visible(Json.text(device, "name"));
                client.paragraph(
                        "", name + ": " + (device.path("working").asBoolean() ? "works" : "DOES NOT WORK"), out);
                Json.list(device, "findings").forEach(each -> finding(each, out));
            }
        }
        if (Json.list(check, "levels").isEmpty() && !at.isEmpty()) {
            client.paragraph("  ", Text.visible(Json.text(check, "reason")), out);
        }
    }

    private void finding(JsonNode finding, PrintWriter out) {
        client.paragraph(
                "    " + Text.padded(subject(finding), 8) + Text.padded(grade(finding), 9),
                Text.visible(Json.text(finding, "text")),
                out);
    }

    static String subject(JsonNode finding) {
        return Text.visible(Json.text(finding, "subject").toLowerCase(java.util.Locale.ROOT));
    }

    static String grade(JsonNode finding) {
        return switch (Json.text(finding, "grade")) {
            case "OK" -> "ok";
            case "UNTOLD" -> "not told";
            case "WARN" -> "warn";
            default -> "FAIL";
        };
    }

    /** The findings of a device that are worth a line: what fails, or should be mended. */
    static List<JsonNode> remarkable(JsonNode device) {
        return Json.list(device, "findings").stream()
                .filter(each -> List.of("FAIL", "WARN").contains(Json.text(each, "grade")))
                .toList();
    }

    private String paint(JsonNode check, String text) {
        return alarming(check) && client.terminal().colours() ? Text.red(text) : text;
    }
}
