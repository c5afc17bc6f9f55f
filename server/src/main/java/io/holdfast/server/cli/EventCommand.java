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
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
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
            List<JsonNode> events = Json.list(answer, "events");
            events.forEach(event -> line(event, out));
            if (events.isEmpty()) {
                out.println("no events");
            }
        });
    }

    /** Number, time, type and subject on one line; what else is told below it. */
    private void line(JsonNode event, PrintWriter out) {
        String number = Json.text(event, "number");
        String head = String.format(
                Locale.ROOT, "%6s  %s  ", number.isEmpty() ? "now" : number, Text.moment(Json.text(event, "at")));
        client.paragraph(
                head,
                Text.visible(Json.text(event, "type") + " " + Json.text(event, "subject"))
                        .strip(),
                out);
        String data = Text.visible(Json.text(event, "data"));
        if (!data.isEmpty()) {
            client.paragraph(" ".repeat(8), data, out);
        }
    }

    @Command(
            name = "follow",
            mixinStandardHelpOptions = true,
            description = {
                "Writes events as they happen, until it is interrupted. A lost connection is made again, and after"
                        + " the first event none is skipped. With --json: one JSON document per line."
            })
    int follow(
            @Mixin ClientOptions options,
            @Option(names = "--after", paramLabel = "ID", description = "begin after this event") @Nullable
                    String after,
            @Option(names = "--count", paramLabel = "N", description = "end after so many events") @Nullable
                    Integer count) {
        String last = after;
        // What is told from memory comes a second time, with a number, when it is durable.
        Set<String> toldFromMemory = new HashSet<>();
        boolean opened = false;
        int seen = 0;
        int failures = 0;
        try (ApiClient api = ApiClient.connect(options, client.terminal())) {
            while (true) {
                String path = "/ha/v1/events" + (last == null ? "" : "?after=" + escaped(last));
                try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(api.stream(path), StandardCharsets.UTF_8))) {
                    opened = true;
                    failures = 0;
                    StringBuilder data = new StringBuilder();
                    String id = null;
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                        if (line.startsWith("data:")) {
                            data.append(data.isEmpty() ? "" : "\n").append(afterColon(line));
                        } else if (line.startsWith("id:")) {
                            id = afterColon(line);
                        } else if (line.isEmpty() && !data.isEmpty()) {
                            JsonNode event = parsed(data.toString());
                            last = id == null ? last : id;
                            data.setLength(0);
                            if (event == null) {
                                client.terminal().err().println("holdfast: skipped an event that is not JSON");
                            } else if (event.has("reason") && !event.has("type")) {
                                client.terminal()
                                        .err()
                                        .println("holdfast: " + Text.visible(Json.text(event, "reason")));
                            } else if (event.has("number")
                                    && event.path("number").isNull()) {
                                toldFromMemory.add(Json.text(event, "id"));
                                write(event, options.json);
                                seen++;
                            } else if (!toldFromMemory.remove(Json.text(event, "id"))) {
                                write(event, options.json);
                                seen++;
                            }
                            if (count != null && seen >= count) {
                                return ExitCode.OK.code();
                            }
                        }
                    }
                } catch (IOException e) {
                    client.terminal().err().println("holdfast: the stream broke (" + e.getMessage() + ")");
                } catch (CommandFailure e) {
                    // A controller that restarts is worth waiting for; a wrong token or URL at the start is not.
                    if (e.code() != ExitCode.UNREACHABLE || !opened || failures >= RECONNECT_ATTEMPTS) {
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

    private static @Nullable JsonNode parsed(String data) {
        try {
            return ApiClient.JSON.readTree(data);
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private void write(JsonNode event, boolean json) {
        PrintWriter out = client.terminal().out();
        if (json) {
            out.println(event);
        } else {
            line(event, out);
        }
        out.flush();
    }
}
