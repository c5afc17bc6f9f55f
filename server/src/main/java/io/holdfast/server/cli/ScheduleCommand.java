package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "schedule",
        mixinStandardHelpOptions = true,
        description = "The scheduler: where instances go, and why.")
final class ScheduleCommand {

    private final Client client;

    ScheduleCommand(Client client) {
        this.client = client;
    }

    /** Either. */
    static final class What {
        @Option(
                names = "--flavor",
                paramLabel = "FLAVOR",
                required = true,
                description = "a new one of this size, by name or id")
        @Nullable
        String flavor;

        @Option(
                names = "--server",
                paramLabel = "SERVER",
                required = true,
                description = "one that there is, off the home that it has, by name or id")
        @Nullable
        String server;
    }

    @Command(
            name = "explain",
            mixinStandardHelpOptions = true,
            description = {
                "Tells where an instance would be placed now, and what each filter and each weigher says of each host.",
                "",
                "The same scheduler answers that places; nothing is claimed. Of the hosts that no filter refuses the one with"
                        + " the most points is chosen."
            })
    int explain(
            @Mixin ClientOptions options,
            @ArgGroup(multiplicity = "1") What what,
            @Option(
                            names = "--image",
                            paramLabel = "IMAGE",
                            description = "made of this image, by name or id; with --flavor")
                    @Nullable
                    String image,
            @Option(names = "--zone", paramLabel = "ZONE", description = "only a host of this zone; with --flavor")
                    @Nullable
                    String zone,
            @Mixin HintOptions hints,
            @Option(names = "--host", paramLabel = "HOST", description = "only this host") @Nullable String host) {
        if (what.server != null && (image != null || zone != null || !hints.isNone())) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "a server has an image, a zone, a group and hints of its own",
                    "leave --image, --zone, --group and --hint out, or ask with --flavor");
        }
        hints.check();
        return client.show(
                options,
                api -> api.get("/ha/v1/schedule/explain?" + query(api, what, image, zone, hints, host)),
                (answer, out) -> print(Json.unwrapped(answer, "explanation"), out));
    }

    @Command(
            name = "hints",
            mixinStandardHelpOptions = true,
            description = "Lists what may be asked about where a new server runs, for --hint.")
    int hints(@Mixin ClientOptions options) {
        return client.show(options, api -> api.get("/ha/v1/schedule/hints"), (answer, out) -> {
            for (JsonNode each : Json.list(answer, "hints")) {
                out.println(Text.visible(Json.text(each, "hint")));
                client.paragraph("  takes    ", Text.visible(Json.text(each, "type")), out);
                client.paragraph("  means    ", Text.visible(Json.text(each, "description")), out);
                client.paragraph("  example  ", "--hint " + Text.visible(Json.text(each, "example")), out);
            }
        });
    }

    private static String query(
            ApiClient api,
            What what,
            @Nullable String image,
            @Nullable String zone,
            HintOptions hints,
            @Nullable String host) {
        List<String> parts = new ArrayList<>();
        if (what.flavor != null) {
            parts.add("flavor=" + escaped(Names.id(api, Names.Kind.FLAVOR, what.flavor)));
        }
        if (what.server != null) {
            parts.add("instance=" + escaped(Names.id(api, Names.Kind.SERVER, what.server)));
        }
        if (image != null) {
            parts.add("image=" + escaped(Names.id(api, Names.Kind.IMAGE, image)));
        }
        if (zone != null) {
            parts.add("zone=" + escaped(zone));
        }
        parts.addAll(hints.query(api));
        if (host != null) {
            parts.add("host=" + escaped(host));
        }
        return String.join("&", parts);
    }

    private void print(JsonNode explanation, PrintWriter out) {
        String chosen = Json.text(explanation, "chosen");
        String policy = Json.text(explanation, "policy");
        client.paragraph(
                "",
                Json.text(explanation, "wants.memoryMib") + " MiB and " + Json.text(explanation, "wants.vcpus")
                        + " vCPU: "
                        + (chosen.isEmpty() ? "no host will do" : "placed on " + Text.visible(chosen))
                        + (policy.isEmpty() ? "" : ", weighed by its flavor's policy " + Text.visible(policy)),
                out);
        Table table =
                new Table().column("HOST").rigid("POINTS").column("OF WHICH").column("AGAINST IT");
        Json.list(explanation, "hosts").stream()
                .sorted(Comparator.comparing(
                                (JsonNode each) -> !each.path("eligible").asBoolean())
                        .thenComparing(each -> each.path("total").asDouble(), Comparator.reverseOrder()))
                .forEach(each -> table.row(
                        Json.text(each, "host") + (Json.text(each, "host").equals(chosen) ? " *" : ""),
                        number(each.path("total")),
                        points(each.path("points")),
                        objections(each)));
        client.table(table, out, "no hosts have registered yet");
    }

    private static String points(JsonNode points) {
        List<String> parts = new ArrayList<>();
        points.properties().forEach(each -> parts.add(each.getKey() + " " + number(each.getValue())));
        return String.join(", ", parts);
    }

    private static String objections(JsonNode host) {
        List<String> parts = new ArrayList<>();
        for (JsonNode filter : Json.list(host, "filters")) {
            if (!Json.text(filter, "objection").isEmpty()) {
                parts.add(Json.text(filter, "filter") + ": " + Json.text(filter, "objection"));
            }
        }
        return String.join("; ", parts);
    }

    private static String number(JsonNode value) {
        return String.format(Locale.ROOT, "%.2f", value.asDouble());
    }
}
