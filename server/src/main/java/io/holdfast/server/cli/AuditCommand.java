package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = {
            "Audit: who asked for what change, and what came of it.",
            "The newest come first. For administrators.",
            "A status 'open' is a request whose controller has not said, or could not say, what came of it; '401 x5' are five"
                    + " refusals of the same kind within a minute."
        })
final class AuditCommand implements Callable<Integer> {

    private static final int PAGE = 1000;

    private final Client client;

    @Mixin
    private ClientOptions options = new ClientOptions();

    @Option(names = "--user", paramLabel = "USER", description = "only what this user did, by id or name")
    private @Nullable String user;

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            description = "only what these did: operator, user, monitor, system or nobody")
    private @Nullable String kind;

    @Option(names = "--project", paramLabel = "PROJECT", description = "only what was done in this project, by its id")
    private @Nullable String project;

    @Option(names = "--service", paramLabel = "TYPE", description = "only this API: compute, identity, image, ...")
    private @Nullable String service;

    @Option(
            names = "--operation",
            paramLabel = "NAME",
            description = "only this operation or action, for example createServer, os-stop")
    private @Nullable String operation;

    @Option(
            names = "--target",
            paramLabel = "TEXT",
            description = "only what was done to this: an id, or part of a path")
    private @Nullable String target;

    @Option(names = "--from", paramLabel = "ADDRESS", description = "only what came from this address")
    private @Nullable String address;

    @Option(names = "--request", paramLabel = "ID", description = "only the request with this id")
    private @Nullable String request;

    @Option(
            names = "--status",
            paramLabel = "STATUS",
            description = "only with this result: 403, 4xx, error (400 and above) or open")
    private @Nullable String status;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "only what came then or later, for example 2026-01-31T12:00:00Z")
    private @Nullable String since;

    @Option(names = "--before", paramLabel = "TIME", description = "only what came before that")
    private @Nullable String before;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "100",
            description = "at most so many lines, 1 to 100000 (default: ${DEFAULT-VALUE})")
    private int limit = 100;

    AuditCommand(Client client) {
        this.client = client;
    }

    @Override
    public Integer call() {
        if (limit < 1 || limit > 100_000) {
            throw new CommandFailure(ExitCode.USAGE, "--limit must be between 1 and 100000, is " + limit, "");
        }
        String filter = filter();
        return client.show(options, api -> read(api, filter), this::table);
    }

    /** Page by page until there are enough. */
    private JsonNode read(ApiClient api, String filter) {
        ObjectNode all = Client.object();
        ArrayNode lines = all.putArray("audit");
        String marker = "";
        while (true) {
            JsonNode page = api.get("/ha/v1/audit?limit=" + Math.min(PAGE, limit - lines.size()) + filter + marker);
            Json.list(page, "audit").forEach(lines::add);
            if (!page.has("next") || lines.size() >= limit) {
                return all;
            }
            marker = "&marker=" + Json.text(page, "next");
        }
    }

    private String filter() {
        Map<String, @Nullable String> wanted = new LinkedHashMap<>();
        wanted.put("user", user);
        wanted.put("kind", kind);
        wanted.put("project", project);
        wanted.put("service", service);
        wanted.put("operation", operation);
        wanted.put("target", target);
        wanted.put("address", address);
        wanted.put("request_id", request);
        wanted.put("status", status);
        wanted.put("since", moment("--since", since));
        wanted.put("before", moment("--before", before));
        StringBuilder query = new StringBuilder();
        wanted.forEach((name, value) -> {
            if (value != null) {
                query.append('&').append(name).append('=').append(escaped(value));
            }
        });
        return query.toString();
    }

    private static @Nullable String moment(String option, @Nullable String text) {
        try {
            return text == null ? null : OffsetDateTime.parse(text).toInstant().toString();
        } catch (DateTimeException e) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    option + " must be a time with a zone, is '" + text + "'",
                    "for example " + Instant.EPOCH.plusSeconds(1_769_860_800),
                    e);
        }
    }

    private void table(JsonNode answer, PrintWriter out) {
        // Kind, project, fault and request are in the JSON: a line of eighty characters holds no more.
        Table table = new Table()
                .rigid("AT")
                .rigid("STATUS")
                .column("WHO")
                .column("FROM")
                .column("OPERATION")
                .column("TARGET");
        for (JsonNode line : Json.list(answer, "audit")) {
            String whose = Json.text(line, "onBehalfOf");
            String result = Json.text(line, "status");
            String made = Json.text(line, "made");
            int count = line.path("count").asInt(1);
            table.row(
                    Text.moment(Json.text(line, "at")),
                    (result.isEmpty() ? "open" : result) + (count > 1 ? " x" + count : ""),
                    Json.text(line, "userName"),
                    whose.isEmpty() ? Json.text(line, "address") : whose + " by " + Json.text(line, "address"),
                    Json.text(line, "operation"),
                    Json.text(line, "target") + (made.isEmpty() ? "" : " " + made));
        }
        client.table(table, out, "nothing was changed");
    }
}
