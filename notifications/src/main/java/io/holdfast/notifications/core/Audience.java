package io.holdfast.notifications.core;

import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is concerned by a fact.
 *
 * <p>Intuition: a project hears of its own instances and of nothing else; an operator hears of everything. A fact
 * without a project is about the machine room and is for operators only. The rule is stated here once for what is told
 * from memory, and once more in SQL for what is read from the outbox; a test holds the two against each other.
 */
public final class Audience {

    private Audience() {}

    /**
     * Whether a subscriber is to be told.
     *
     * @param subscriber the subscriber's project, or null for an operator
     * @param typePrefixes what it asked for; empty for everything
     */
    public static boolean concerns(Fact fact, @Nullable ProjectId subscriber, List<String> typePrefixes) {
        return mayKnow(fact.project(), subscriber) && wants(fact.type(), typePrefixes);
    }

    /** Whether a subscriber may know of a fact of this project at all. */
    public static boolean mayKnow(@Nullable ProjectId ofFact, @Nullable ProjectId subscriber) {
        return subscriber == null || subscriber.equals(ofFact);
    }

    /** Whether a type begins with one of the prefixes; with no prefixes, always. */
    public static boolean wants(String type, List<String> typePrefixes) {
        return typePrefixes.isEmpty() || typePrefixes.stream().anyMatch(type::startsWith);
    }
}
