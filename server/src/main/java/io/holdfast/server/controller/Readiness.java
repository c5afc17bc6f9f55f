package io.holdfast.server.controller;

import io.holdfast.api.Health;
import io.holdfast.model.LeaderEpoch;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What the parts of a controller say of themselves, and whether it can do its work. Pure. */
final class Readiness {

    private Readiness() {}

    /**
     * A controller that knows who leads is ready as long as it could take over.
     *
     * @param recovery what is wrong with it, or an empty text; the same for the others
     */
    static Health of(Optional<LeaderEpoch> leads, Optional<URI> follows, String recovery, String goals, String disk) {
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put(
                "leadership",
                leads.map(epoch -> "leads at epoch " + epoch)
                        .or(() -> follows.map(leader -> "follows " + leader))
                        .orElse("does not lead now"));
        parts.put("recovery", wellOr(recovery));
        parts.put("goals", wellOr(goals));
        parts.put("disk", wellOr(disk));
        boolean ready =
                (leads.isPresent() || follows.isPresent()) && recovery.isEmpty() && goals.isEmpty() && disk.isEmpty();
        return new Health(ready, parts);
    }

    private static String wellOr(String trouble) {
        return trouble.isEmpty() ? "well" : trouble;
    }
}
