package io.holdfast.notifications.core;

import io.holdfast.model.Fact;
import io.holdfast.model.ProjectId;
import org.jspecify.annotations.Nullable;

/**
 * Who is concerned by a fact.
 *
 * <p>Intuition: a project hears of its own instances and of nothing else; an operator hears of everything. A fact
 * without a project is about the machine room and is for operators only. The rule is stated here and nowhere else: what
 * is told from memory and what is read from the outbox ask the same function.
 */
public final class Audience {

    private Audience() {}

    /**
     * Whether a subscriber is to be told.
     *
     * @param subscriber the subscriber's project, or null for an operator
     * @param filter what it asked for
     * @param surroundings of the fact
     */
    public static boolean concerns(
            Fact fact, @Nullable ProjectId subscriber, Filter filter, Filter.Surroundings surroundings) {
        return mayKnow(fact.project(), subscriber) && filter.wants(fact, surroundings);
    }

    /** Whether a subscriber may know of a fact of this project at all. */
    public static boolean mayKnow(@Nullable ProjectId ofFact, @Nullable ProjectId subscriber) {
        return subscriber == null || subscriber.equals(ofFact);
    }
}
