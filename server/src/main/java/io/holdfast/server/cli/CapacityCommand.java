package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast capacity}. */
@Command(
        name = "capacity",
        mixinStandardHelpOptions = true,
        description = {
            "Capacity: which failures the cluster would survive now.",
            "",
            "Any one host, any two, each failure domain that is declared; for each segment.",
            "",
            "Survived means: every instance whose policy is automatic would be given a home. The same planner answers that would"
                    + " act. A failure is 'survivable', 'not-survivable' (no placement of all exists), or 'not-proven':"
                    + " the planner does not place all, and nobody knows that nothing else would. For each that is not"
                    + " survivable: who would be left, why, and what would help. Nothing is touched.",
            "",
            "Exit code 8: some failure that --require names is not certainly survived."
        })
final class CapacityCommand implements Callable<Integer> {

    private static final String SURVIVABLE = "survivable";
    private static final int LEFT_SHOWN = 5;

    /** What has to be survived. */
    enum Requirement {
        host,
        two,
        domain
    }

    private final Client client;

    @Mixin
    private ClientOptions options = new ClientOptions();

    @Option(names = "--segment", paramLabel = "SEGMENT", description = "only this one")
    private @Nullable String segment;

    @Option(
            names = "--require",
            paramLabel = "FAILURE",
            split = ",",
            description = "exit code 8 unless these are survived: host (any one), two (any two), domain (each that is"
                    + " declared)")
    private @Nullable List<Requirement> require;

    CapacityCommand(Client client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        List<Requirement> required = require == null ? List.of() : require;
        List<JsonNode> answers = new ArrayList<>();
        String path = "/ha/v1/capacity" + (segment == null ? "" : "?segment=" + escaped(segment));
        int code = client.show(
                options,
                api -> {
                    JsonNode answer = api.get(path);
                    answers.add(answer);
                    return answer;
                },
                this::print);
        boolean kept = answers.stream()
                .flatMap(answer -> Json.list(answer, "segments").stream())
                .allMatch(each -> required.stream().allMatch(what -> keeps(each, what)));
        return kept ? code : ExitCode.NOT_SURVIVABLE.code();
    }

    private static boolean keeps(JsonNode segment, Requirement what) {
        return switch (what) {
            case host -> survived(Json.text(segment, "anyHost"));
            case two -> survived(Json.text(segment, "anyTwoHosts.verdict"));
            case domain ->
                Json.list(segment, "domains").stream().allMatch(each -> survived(Json.text(each, "verdict")));
        };
    }

    private static boolean survived(String verdict) {
        return verdict.equals(SURVIVABLE);
    }

    private void print(JsonNode answer, PrintWriter out) {
        for (JsonNode segment : Json.list(answer, "segments")) {
            one(segment, out);
            out.println();
        }
        if (Json.list(answer, "segments").isEmpty()) {
            client.paragraph("", "no hosts have registered yet", out);
        }
        client.paragraph("", "As of " + Text.age(answer.path("ageMillis").asLong()) + " ago.", out);
    }

    private void one(JsonNode segment, PrintWriter out) {
        client.paragraph(
                "",
                "Segment " + Text.visible(Json.text(segment, "segment")) + ": " + Json.text(segment, "hosts")
                        + " hosts, " + Json.text(segment, "protected") + " protected instances"
                        + (segment.path("waiting").asInt() == 0
                                ? ""
                                : ", " + Json.text(segment, "waiting") + " of which wait for a home already"),
                out);
        String mode = Json.text(segment, "admission.mode");
        if (!mode.isEmpty() && !mode.equals("off")) {
            client.paragraph(
                    "",
                    "Admission: " + mode + ". Hosts that may fail together: " + Json.text(segment, "admission.tolerate")
                            + " promised, " + Json.text(segment, "tolerated") + " now",
                    out);
        }
        Table table = new Table()
                .column("FAILURE")
                .rigid("VERDICT")
                .rigid("MOVING")
                .rigid("LEFT")
                .column("WHY");
        JsonNode pairs = segment.path("anyTwoHosts");
        row(table, "any host", Json.text(segment, "anyHost"), "", "", "");
        row(table, "any two hosts", Json.text(pairs, "verdict"), "", "", counts(pairs));
        List<JsonNode> doubtful = new ArrayList<>();
        for (String kind : List.of("domains", "failures")) {
            for (JsonNode failure : Json.list(segment, kind)) {
                boolean survived = survived(Json.text(failure, "verdict"));
                if (!survived || kind.equals("domains")) {
                    row(table, failure);
                }
                if (!survived) {
                    doubtful.add(failure);
                }
            }
        }
        for (JsonNode pair : Json.list(pairs, "worst")) {
            if (pair.has("instances")) {
                row(table, pair);
                doubtful.add(pair);
            }
        }
        client.table(table, out, "");
        doubtful.forEach(failure -> details(failure, out));
    }

    private static String counts(JsonNode pairs) {
        return pairs.path("eachLookedAt").asBoolean()
                ? Json.text(pairs, "survivable") + " of " + Json.text(pairs, "pairs") + " pairs are survivable"
                : "judged by a bound for all " + Json.text(pairs, "pairs") + " pairs";
    }

    private void row(Table table, JsonNode failure) {
        row(
                table,
                Json.text(failure, "failure"),
                Json.text(failure, "verdict"),
                Json.text(failure, "moving"),
                Json.text(failure, "left"),
                Json.text(failure, "reason"));
    }

    private void row(Table table, String failure, String verdict, String moving, String left, String why) {
        table.row(failure, verdict, moving, left, why);
        if (!survived(verdict)) {
            table.alarm(client.terminal());
        }
    }

    private void details(JsonNode failure, PrintWriter out) {
        List<JsonNode> left = Json.list(failure, "instances");
        if (left.isEmpty()) {
            return;
        }
        out.println();
        client.paragraph("", Text.visible(Json.text(failure, "failure")) + " would leave:", out);
        for (JsonNode each : left.subList(0, Math.min(LEFT_SHOWN, left.size()))) {
            String nearest = Json.text(each, "nearest");
            client.paragraph(
                    "  " + Text.visible(Json.text(each, "name")) + "  ",
                    Text.visible("priority " + Json.text(each, "priority") + "; "
                            + (nearest.isEmpty() ? "" : "nearest is " + nearest + ": ")
                            + Json.text(each, "reason")),
                    out);
        }
        if (left.size() > LEFT_SHOWN) {
            client.paragraph("  ", "and " + (left.size() - LEFT_SHOWN) + " more (--json has all)", out);
        }
        String head = "  would help: ";
        for (JsonNode remedy : Json.list(failure, "remedies")) {
            client.paragraph(head, Text.visible(Json.text(remedy, "text")), out);
            head = "          or: ";
        }
    }
}
