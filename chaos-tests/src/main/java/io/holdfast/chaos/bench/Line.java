package io.holdfast.chaos.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One line of a measurement.
 *
 * @param target empty where none is set
 * @param kept whether the target was met; true where there is none
 * @param figures the same as numbers; in JSON they stand beside the rest, so none is called as that is
 */
public record Line(String name, String what, String measured, String target, boolean kept, ObjectNode figures) {

    /** Without a target: a figure to be read. */
    static Line read(String name, String what, String measured, ObjectNode figures) {
        return new Line(name, what, measured, "", true, figures);
    }

    public ObjectNode json() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("name", name).put("what", what).put("measured", measured);
        if (!target.isEmpty()) {
            node.put("target", target).put("kept", kept);
        }
        return node.setAll(figures);
    }
}
