package io.holdfast.api.nova;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a request for a server may ask about where it runs, in {@code os:scheduler_hints}; any other word is refused. */
public enum SchedulerHint {
    GROUP(
            "group",
            "id of a server group",
            "The server is made in this group, and its policy decides where the members run",
            new JsonObject().put("type", "string").put("format", "uuid"),
            "group=7f4f9d0c-2f0e-4d7a-9c86-6a1c2a8a8f55"),
    SAME_HOST(
            "same_host",
            "id of a server, or a list of them",
            "The server runs where one of these runs",
            SchedulerHint.servers(),
            "same_host=0b0a6d52-39c2-4b6f-8a3e-3f5f1c1f5a11"),
    DIFFERENT_HOST(
            "different_host",
            "id of a server, or a list of them",
            "The server runs where none of these runs, and none of them where it runs",
            SchedulerHint.servers(),
            "different_host=0b0a6d52-39c2-4b6f-8a3e-3f5f1c1f5a11"),
    SAME_PROJECT(
            "same_project",
            "true",
            "The server runs where an older one of its project runs, if any runs anywhere",
            new JsonObject().put("type", new JsonArray().add("boolean").add("string")),
            "same_project=true"),
    SPREAD(
            "spread",
            "kind of failure domain, or several with commas or as a list",
            "No two members of the server's group share a failure domain of this kind; hosts that do not say in which"
                    + " they are take none of them. Only together with group",
            new JsonObject()
                    .put(
                            "oneOf",
                            new JsonArray()
                                    .add(new JsonObject().put("type", "string"))
                                    .add(new JsonObject()
                                            .put("type", "array")
                                            .put("items", new JsonObject().put("type", "string")))),
            "spread=rack");

    /** So that one request does not make every later plan look far. */
    public static final int NAMED_MAX = 64;

    private final String word;
    private final String type;
    private final String description;
    /** JSON Schema of its value. */
    private final String schema;

    private final String example;

    SchedulerHint(String word, String type, String description, JsonObject schema, String example) {
        this.word = word;
        this.type = type;
        this.description = description;
        this.schema = schema.encode();
        this.example = example;
    }

    static Optional<SchedulerHint> of(String word) {
        return Arrays.stream(values()).filter(hint -> hint.word.equals(word)).findFirst();
    }

    /** A hint that is followed or is not, as texts say it; empty for any other word. */
    public static Optional<Boolean> flag(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    private static JsonObject servers() {
        JsonObject one = new JsonObject().put("type", "string").put("format", "uuid");
        return new JsonObject()
                .put(
                        "oneOf",
                        new JsonArray()
                                .add(one)
                                .add(new JsonObject()
                                        .put("type", "array")
                                        .put("items", one.copy())
                                        .put("maxItems", NAMED_MAX)));
    }

    public String word() {
        return word;
    }

    /** For whoever asks what there is. */
    public JsonObject view() {
        return new JsonObject()
                .put("hint", word)
                .put("type", type)
                .put("description", description)
                .put("schema", new JsonObject(schema))
                .put("example", example);
    }
}
