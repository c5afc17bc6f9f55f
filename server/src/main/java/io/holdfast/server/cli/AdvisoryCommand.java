package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.server.settings.Durations;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "advisory",
        mixinStandardHelpOptions = true,
        description = {
            "What monitoring says of hosts, for a time.",
            "",
            "Each has a kind (hot, raid-degraded, failing-soon), a source and an end. What a kind does to placement is set under scheduler.advisories: the"
                    + " host is less welcome (lower), takes nothing new (stop), or its instances should leave (drain)."
                    + " Other kinds are shown and told alone."
        })
final class AdvisoryCommand {

    private final Client client;

    AdvisoryCommand(Client client) {
        this.client = client;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists what is said and in force now.")
    int list(
            @Mixin ClientOptions options,
            @Option(names = "--host", paramLabel = "HOST", description = "of this host alone") @Nullable String host,
            @Option(names = "--kind", paramLabel = "KIND", description = "of this kind alone") @Nullable String kind) {
        StringBuilder path = new StringBuilder("/ha/v1/advisories");
        if (host != null) {
            path.append("?host=").append(escaped(host));
        }
        if (kind != null) {
            path.append(host == null ? '?' : '&').append("kind=").append(escaped(kind));
        }
        return client.show(
                options,
                api -> api.get(path.toString()),
                (answer, out) ->
                        client.table(table(Json.list(answer, "advisories")), out, "nothing is said of any host now"));
    }

    /** One line for each. */
    static Table table(List<JsonNode> advisories) {
        Table table = new Table()
                .column("HOST")
                .rigid("KIND")
                .rigid("EFFECT")
                .column("SOURCE")
                .rigid("UNTIL")
                .column("DETAIL");
        for (JsonNode one : advisories) {
            table.row(
                    Json.text(one, "host"),
                    Json.text(one, "kind"),
                    Json.text(one, "effect"),
                    Json.text(one, "source"),
                    Text.moment(Json.text(one, "until")),
                    Json.text(one, "detail"));
        }
        return table;
    }

    @Command(
            name = "post",
            mixinStandardHelpOptions = true,
            description = {
                "Says something of a host for a time. Said again it is in force anew, from now on.",
                "",
                "Example: holdfast advisory post h2 hot --for 10m --detail 'CPU 1 at 96 C'"
            })
    int post(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST") String host,
            @Parameters(paramLabel = "KIND", description = "hot, raid-degraded, failing-soon, or any other word")
                    String kind,
            @Option(
                            names = "--for",
                            paramLabel = "TIME",
                            required = true,
                            description = "how long it is in force: 90s, 10m, 2h, 7d at most")
                    String time,
            @Option(names = "--detail", paramLabel = "TEXT", description = "for people") @Nullable String detail) {
        ObjectNode body = Client.object().put("ttl", seconds(time));
        if (detail != null) {
            body.put("detail", detail);
        }
        return client.act(
                options,
                kind + " is said of " + host + " for " + time,
                api -> api.put("/ha/v1/hosts/" + escaped(host) + "/advisories/" + escaped(kind), body));
    }

    private static long seconds(String time) {
        Duration duration;
        try {
            duration = Durations.parse(time);
        } catch (IllegalArgumentException | ArithmeticException no) {
            // The second for a number of days that no duration holds.
            throw new CommandFailure(ExitCode.USAGE, "--for: " + no.getMessage(), "example: --for 10m");
        }
        if (duration.toSeconds() < 1) {
            throw new CommandFailure(
                    ExitCode.USAGE, "--for must be a second or more, is " + time, "example: --for 10m");
        }
        return duration.toSeconds();
    }

    @Command(
            name = "withdraw",
            mixinStandardHelpOptions = true,
            description = "Takes back what was said of a host before its time is over.")
    int withdraw(
            @Mixin ClientOptions options,
            @Parameters(paramLabel = "HOST") String host,
            @Parameters(paramLabel = "KIND") String kind,
            @Option(
                            names = "--source",
                            paramLabel = "USER",
                            description = "what this user has said; yourself when left out")
                    @Nullable
                    String source) {
        return client.act(
                options,
                kind + " is no longer said of " + host + (source == null ? "" : " by " + source),
                api -> api.delete("/ha/v1/hosts/" + escaped(host) + "/advisories/" + escaped(kind)
                        + (source == null ? "" : "?source=" + escaped(source))));
    }
}
