package io.holdfast.api.glance;

import io.holdfast.api.http.ApiFault;
import io.holdfast.api.http.Caller;
import io.holdfast.compute.ImageEntry;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes of an image in the form {@code application/openstack-images-v2.1-json-patch}: RFC 6902 with add, replace and remove, on
 * whole attributes. Immutable.
 */
final class ImagePatch {

    private final List<Step> steps;

    private ImagePatch(List<Step> steps) {
        this.steps = steps;
    }

    /** @throws ApiFault 400 when it is none */
    static ImagePatch read(JsonArray body) {
        List<Step> steps = new ArrayList<>();
        for (Object one : body) {
            if (!(one instanceof JsonObject change)) {
                throw ApiFault.badRequest("Operations must be JSON objects.");
            }
            String word = change.getValue("op") instanceof String op ? op : "";
            Verb verb = switch (word) {
                case "add" -> Verb.ADD;
                case "replace" -> Verb.REPLACE;
                case "remove" -> Verb.REMOVE;
                default ->
                    throw ApiFault.badRequest("Operation must be one of add, remove, replace, is '" + word + "'.");
            };
            if (verb != Verb.REMOVE && !change.containsKey("value")) {
                throw ApiFault.badRequest("Operation \"" + word + "\" requires a member named \"value\".");
            }
            String path = change.getValue("path") instanceof String text ? text : "";
            steps.add(new Step(verb, attribute(path), change.getValue("value")));
        }
        return new ImagePatch(List.copyOf(steps));
    }

    /** A JSON pointer (RFC 6901) of one part. */
    private static String attribute(String path) {
        boolean one = path.startsWith("/") && path.length() > 1 && path.indexOf('/', 1) < 0;
        if (!one || path.matches(".*~(?![01]).*")) {
            throw ApiFault.badRequest("Invalid JSON pointer for this resource: '" + path + "'");
        }
        return path.substring(1).replace("~1", "/").replace("~0", "~");
    }

    /** @throws ApiFault as {@link ImageDraft} says; 409 when what is to be replaced is not there */
    ImageEntry of(ImageEntry image, Caller caller) {
        ImageDraft draft = new ImageDraft(image, caller);
        for (Step step : steps) {
            switch (step.verb) {
                case ADD -> draft.set(step.attribute, step.value);
                case REMOVE -> draft.remove(step.attribute);
                case REPLACE -> {
                    boolean had = draft.has(step.attribute);
                    draft.set(step.attribute, step.value);
                    if (!had) {
                        throw ApiFault.conflict("Property " + step.attribute + " does not exist.");
                    }
                }
            }
        }
        return draft.entry();
    }

    private enum Verb {
        /** Sets, whether it was there or not. */
        ADD,
        /** Sets what is there. */
        REPLACE,
        /** Takes away what is there. */
        REMOVE
    }

    private record Step(
            Verb verb, String attribute, @Nullable Object value) {}
}
