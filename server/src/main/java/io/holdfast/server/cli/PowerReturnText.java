package io.holdfast.server.cli;

import com.fasterxml.jackson.databind.JsonNode;

/** How a fenced host gets its power back, on one line, as cases and hosts tell of it. */
final class PowerReturnText {

    private PowerReturnText() {}

    /** An empty text when nothing is decided of it. */
    static String of(JsonNode subject) {
        JsonNode back = subject.path("powerReturn");
        String state = Json.text(back, "state");
        if (state.isEmpty()) {
            return "";
        }
        String deadline = Json.text(back, "deadline");
        return state + (deadline.isEmpty() ? "" : " until " + Text.moment(deadline)) + ": " + Json.text(back, "reason");
    }
}
