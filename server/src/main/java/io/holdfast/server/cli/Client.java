package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.secrets.SecretReader;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** What all client commands do in the same way: connect, ask, and show the answer in the form that was wished for. */
final class Client {

    static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final int NAME_WIDTH_MAX = 36;

    private final Terminal terminal;

    Client(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Asks, and shows the answer: as it came with {@code --json}, else by the given renderer. */
    int show(ClientOptions options, Function<ApiClient, JsonNode> ask, BiConsumer<JsonNode, PrintWriter> render) {
        try (ApiClient api = ApiClient.connect(options, terminal)) {
            JsonNode answer = ask.apply(api);
            if (options.json) {
                terminal.out().println(answer.isMissingNode() ? NODES.objectNode() : answer);
            } else {
                render.accept(answer, terminal.out());
            }
            terminal.out().flush();
            return ExitCode.OK.code();
        }
    }

    /** Asks for something to be done whose answer matters little; says in one line that it was done. */
    int act(ClientOptions options, String done, Function<ApiClient, JsonNode> ask) {
        return show(
                options,
                api -> {
                    JsonNode answer = ask.apply(api);
                    return answer.isMissingNode() ? NODES.objectNode().put("done", done) : answer;
                },
                (answer, out) -> out.println(Text.visible(done)));
    }

    /** Reads the secrets that a command's options name. */
    SecretReader secrets() {
        return SecretReader.ofCommand(terminal.environment());
    }

    /** Prints a table, or the given words if it has no rows. */
    void table(Table table, PrintWriter out, String whenEmpty) {
        if (table.isEmpty()) {
            out.println(whenEmpty);
        } else {
            table.print(out, terminal.width());
        }
    }

    /**
     * One thing, field by field: the name left, the value right, long values on lines of their own. What is empty is
     * left out, and so are the fields that the caller shows in another form.
     */
    void fields(JsonNode thing, PrintWriter out, String... elsewhere) {
        Map<String, String> shown = new LinkedHashMap<>();
        for (var field : thing.properties()) {
            String value = Text.visible(Json.plain(field.getValue()));
            if (!field.getKey().equals("links")
                    && !value.isEmpty()
                    && !Arrays.asList(elsewhere).contains(field.getKey())) {
                shown.put(Text.visible(field.getKey()), value);
            }
        }
        int widest = shown.keySet().stream()
                .mapToInt(name -> Math.min(NAME_WIDTH_MAX, Text.width(name)))
                .max()
                .orElse(0);
        shown.forEach((name, value) ->
                paragraph(Text.padded(Text.fitted(name, NAME_WIDTH_MAX), widest) + "  ", value, out));
    }

    /** A text behind a head, broken at blanks so that it stays within the width and under its own beginning. */
    void paragraph(String head, String text, PrintWriter out) {
        int indent = Math.min(Text.width(head), terminal.width() / 2);
        int room = terminal.width() - indent;
        StringBuilder line = new StringBuilder();
        String before = head;
        for (String word : text.split(" ", -1)) {
            String rest = word;
            if (!line.isEmpty() && Text.width(line.toString()) + 1 + Text.width(rest) > room) {
                out.println((before + line).stripTrailing());
                before = " ".repeat(indent);
                line.setLength(0);
            }
            while (line.isEmpty() && Text.width(rest) > room) {
                // A word that no line can hold (a URL, a hash) is broken rather than cut: it may be needed whole.
                int end = rest.offsetByCodePoints(0, Math.max(1, room / 2));
                out.println(before + rest.substring(0, end));
                before = " ".repeat(indent);
                rest = rest.substring(end);
            }
            line.append(line.isEmpty() ? "" : " ").append(rest);
        }
        out.println((before + line).stripTrailing());
    }

    int width() {
        return terminal.width();
    }

    Terminal terminal() {
        return terminal;
    }

    static ObjectNode object() {
        return NODES.objectNode();
    }
}
