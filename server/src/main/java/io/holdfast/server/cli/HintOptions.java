package io.holdfast.server.cli;

import static io.holdfast.server.cli.ApiClient.escaped;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is asked about where a new server runs. */
final class HintOptions {

    @Option(names = "--group", paramLabel = "GROUP", description = "name or id of its server group")
    @Nullable
    String group;

    @Option(
            names = "--hint",
            paramLabel = "HINT=VALUE",
            description =
                    "where it shall run, for example spread=rack, same_host=SERVER or different_host=SERVER, by name or"
                            + " id; may be repeated. 'schedule hints' lists them")
    @Nullable
    List<String> hints;

    /** Refuses what is no pair, before anything is asked. */
    void check() {
        for (String hint : hints == null ? List.<String>of() : hints) {
            if (hint.indexOf('=') < 1) {
                throw new CommandFailure(
                        ExitCode.USAGE, "not a hint: '" + hint + "'", "say HINT=VALUE, for example spread=rack");
            }
        }
    }

    boolean isNone() {
        return group == null && (hints == null || hints.isEmpty());
    }

    /** As parameters of a query, each {@code HINT=VALUE}. */
    List<String> query(ApiClient api) {
        List<String> parts = new ArrayList<>();
        said(api).forEach((word, values) -> parts.add(escaped(word) + "=" + escaped(String.join(",", values))));
        return parts;
    }

    /** Whether one is known is for the controller to say. */
    private Map<String, List<String>> said(ApiClient api) {
        Map<String, List<String>> said = new TreeMap<>();
        for (String hint : hints == null ? List.<String>of() : hints) {
            int equals = hint.indexOf('=');
            String word = hint.substring(0, equals);
            said.computeIfAbsent(word, one -> new ArrayList<>()).add(value(api, word, hint.substring(equals + 1)));
        }
        if (group != null) {
            said.put("group", List.of(Names.id(api, Names.Kind.SERVER_GROUP, group)));
        }
        return said;
    }

    void into(ObjectNode body, ApiClient api) {
        Map<String, List<String>> said = said(api);
        if (said.isEmpty()) {
            return;
        }
        ObjectNode hinted = body.putObject("os:scheduler_hints");
        said.forEach((word, values) -> {
            if (values.size() == 1) {
                hinted.put(word, values.getFirst());
            } else {
                ArrayNode list = hinted.putArray(word);
                values.forEach(list::add);
            }
        });
    }

    private static String value(ApiClient api, String word, String value) {
        return switch (word) {
            case "group" -> Names.id(api, Names.Kind.SERVER_GROUP, value);
            case "same_host", "different_host" -> Names.id(api, Names.Kind.SERVER, value);
            default -> value;
        };
    }
}
