package io.holdfast.chaos.scenario;

import io.holdfast.server.settings.Keys;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Something in a scenario is wrong; whoever reads the file adds where. */
final class Mistake extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Mistake(String text) {
        super(text);
    }

    /** A word that is none of those that could stand there. */
    static Mistake unknown(String what, String word, Collection<String> known) {
        // States are written in capitals, everything else is not; both are compared in small letters.
        Map<String, String> small = new LinkedHashMap<>();
        known.forEach(each -> small.put(each.toLowerCase(Locale.ROOT).replace('_', '-'), each));
        String near = Keys.nearest(word.toLowerCase(Locale.ROOT), small.keySet())
                .map(meant -> "; did you mean '" + small.get(meant) + "'?")
                .orElse("");
        return new Mistake("unknown " + what + " '" + word + "'" + near + "; known here: "
                + (known.isEmpty() ? "none" : String.join(", ", known)));
    }

    /** Somebody may expect it, and it would be wrong to pass over it in silence. */
    static Mistake notSupportedYet(String what) {
        return new Mistake(what + " is not supported yet");
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
