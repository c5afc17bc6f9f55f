package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "event",
        mixinStandardHelpOptions = true,
        description = "Events: what happened, as it is told to subscribers.")
final class EventCommand {

    private static final Duration RECONNECT_PAUSE = Duration.ofSeconds(1);
    private static final int RECONNECT_ATTEMPTS = 60;

    private final Client client;

    EventCommand(Client client) {
        this.client = client;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists past events, the oldest first.")
    int list(
            @Mixin ClientOptions options,
            @Option(names = "--after", paramLabel = "ID", description = "only events after this one") @Nullable
                    String after,
            @Option(names = "--limit", paramLabel = "N", defaultValue = "100", description = "at most so many")
                    int limit) {
        if (limit < 1 || limit > 10_000) {
            throw new CommandFailure(ExitCode.USAGE, "--limit must be between 1 and 10000, is " + limit, "");
        }
        String path = "/ha/v1/events?limit=" + limit + (after == null ? "" : "&after=" + escaped(after));
        return client.show(options, api -> api.get(path), (answer, out) -> {
            Table table =
                    new Table().rigid("AT").rigid("TYPE").column("SUBJECT").column("DATA");
            for (JsonNode event : Json.list(answer, "events")) {
                table.row(
                        Json.text(event, "at"),
                        Json.text(event, "type"),
                        Json.text(event, "subject"),
                        Json.text(event, "text", "data"));
            }
            client.table(table, out, "no events");
        });
    }

    @Command(
            name = "follow",
            mixinStandardHelpOptions = true,
            description = {
                "Writes events as they happen, until it is interrupted. A lost connection is made again, and no event"
                        + " is skipped. With --json: one JSON document per line."
            })
    int follow(
            @Mixin ClientOptions options,
            @Option(names = "--after", paramLabel = "ID", description = "begin after this event") @Nullable
                    String after,
            @Option(names = "--count", paramLabel = "N", description = "end after so many events") @Nullable
                    Integer count) {
        String last = after;
        int seen = 0;
        int failures = 0;
        try (ApiClient api = ApiClient.connect(options, client.terminal())) {
            while (true) {
                String path = "/ha/v1/events" + (last == null ? "" : "?after=" + escaped(last));
                try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(api.stream(path), StandardCharsets.UTF_8))) {
                    failures = 0;
                    StringBuilder data = new StringBuilder();
                    String id = null;
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                        if (line.startsWith("data:")) {
                            data.append(data.isEmpty() ? "" : "\n").append(afterColon(line));
                        } else if (line.startsWith("id:")) {
                            id = afterColon(line);
                        } else if (line.isEmpty() && !data.isEmpty()) {
                            write(data.toString(), options.json);
                            last = id == null ? last : id;
                            data.setLength(0);
                            seen++;
                            if (count != null && seen >= count) {
                                return ExitCode.OK.code();
                            }
                        }
                    }
                } catch (IOException e) {
                    client.terminal().err().println("holdfast: the stream broke (" + e.getMessage() + ")");
                } catch (CommandFailure e) {
                    // A controller that restarts is worth waiting for; a wrong token or URL at the start is not.
                    if (e.code() != ExitCode.UNREACHABLE || seen == 0 || failures >= RECONNECT_ATTEMPTS) {
                        throw e;
                    }
                }
                failures++;
                pause();
            }
        }
    }

    private static String afterColon(String line) {
        String value = line.substring(line.indexOf(':') + 1);
        return value.startsWith(" ") ? value.substring(1) : value;
    }

    private static void pause() {
        try {
            Thread.sleep(RECONNECT_PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure(ExitCode.FAILED, "interrupted", "", e);
        }
    }

    private void write(String data, boolean json) {
        PrintWriter out = client.terminal().out();
        JsonNode event;
        try {
            event = ApiClient.JSON.readTree(data);
        } catch (JsonProcessingException e) {
            client.terminal().err().println("holdfast: skipped an event that is not JSON");
            return;
        }
        if (json) {
            out.println(event);
        } else {
            client.paragraph(
                    Text.visible(Json.text(event, "at")) + "  ",
                    Text.visible(Json.text(event, "type") + " " + Json.text(event, "subject") + " "
                                    + Json.text(event, "text", "data"))
                            .strip(),
                    out);
        }
        out.flush();
    }
}
