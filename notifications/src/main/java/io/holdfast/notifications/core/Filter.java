package io.holdfast.notifications.core;

import io.holdfast.model.Fact;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Which facts a subscriber wants, of those that it may know of. What is said of different things must all be true; of
 * the words about one thing, one is enough.
 *
 * @param types prefixes of types; empty for all
 * @param least only facts of this severity and above
 * @param instances only facts about these; empty for all
 * @param tags only facts about instances with one of these tags; empty for all
 */
public record Filter(List<String> types, Severity least, Set<UUID> instances, Set<String> tags) {

    /** Everything. */
    public static final Filter ALL = new Filter(List.of(), Severity.INFO, Set.of(), Set.of());

    private static final String INSTANCE = "instance/";

    public Filter {
        types = List.copyOf(types);
        instances = Set.copyOf(instances);
        tags = Set.copyOf(tags);
    }

    /** By type alone. */
    public static Filter ofTypes(List<String> types) {
        return new Filter(types, Severity.INFO, Set.of(), Set.of());
    }

    /** Whether it can only be answered by whoever knows the tags of instances. */
    public boolean asksForTags() {
        return !tags.isEmpty();
    }

    /** @param tagsOfSubject of the instance that the fact is about; empty when it is about something else */
    public boolean wants(Fact fact, Set<String> tagsOfSubject) {
        return (types.isEmpty() || types.stream().anyMatch(fact.type()::startsWith))
                && FactType.of(fact.type()).severity().isAtLeast(least)
                && (instances.isEmpty()
                        || instances.stream().anyMatch(one -> fact.subject().equals(INSTANCE + one)))
                && (tags.isEmpty() || tagsOfSubject.stream().anyMatch(tags::contains));
    }

    /** The instance that a fact is about, as its subject says; empty for another subject. */
    public static String instanceOf(Fact fact) {
        return fact.subject().startsWith(INSTANCE) ? fact.subject().substring(INSTANCE.length()) : "";
    }
}
