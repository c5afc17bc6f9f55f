package io.holdfast.notifications.core;

import io.holdfast.model.Fact;
import java.util.LinkedHashSet;
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
 * @param aggregates only facts about hosts in one of these, and about what is or was on them; empty for all
 */
public record Filter(List<String> types, Severity least, Set<UUID> instances, Set<String> tags, Set<UUID> aggregates) {

    /** Everything. */
    public static final Filter ALL = new Filter(List.of(), Severity.INFO, Set.of(), Set.of(), Set.of());

    private static final String INSTANCE = "instance/";
    private static final String HOST = "host/";

    /**
     * What a fact does not carry itself, and its store knows.
     *
     * @param tags of the instance that it is about; empty when it is about something else
     * @param aggregates that the hosts are in which it is about
     */
    public record Surroundings(Set<String> tags, Set<UUID> aggregates) {

        /** Nobody has looked, or there is nothing. */
        public static final Surroundings NONE = new Surroundings(Set.of(), Set.of());

        public Surroundings {
            tags = Set.copyOf(tags);
            aggregates = Set.copyOf(aggregates);
        }
    }

    public Filter {
        types = List.copyOf(types);
        instances = Set.copyOf(instances);
        tags = Set.copyOf(tags);
        aggregates = Set.copyOf(aggregates);
    }

    /** By type alone. */
    public static Filter ofTypes(List<String> types) {
        return new Filter(types, Severity.INFO, Set.of(), Set.of(), Set.of());
    }

    /** Whether it can only be answered with the {@link Surroundings} of a fact. */
    public boolean asksForSurroundings() {
        return !tags.isEmpty() || !aggregates.isEmpty();
    }

    /** Whether a fact is wanted. */
    public boolean wants(Fact fact, Surroundings surroundings) {
        return (types.isEmpty() || types.stream().anyMatch(fact.type()::startsWith))
                && FactType.of(fact.type()).severity().isAtLeast(least)
                && (instances.isEmpty()
                        || instances.stream().anyMatch(one -> fact.subject().equals(INSTANCE + one)))
                && (tags.isEmpty() || surroundings.tags().stream().anyMatch(tags::contains))
                && (aggregates.isEmpty() || surroundings.aggregates().stream().anyMatch(aggregates::contains));
    }

    /** The instance that a fact is about, as its subject says; empty for another subject. */
    public static String instanceOf(Fact fact) {
        return fact.subject().startsWith(INSTANCE) ? fact.subject().substring(INSTANCE.length()) : "";
    }

    /** The hosts that a fact is about, as itself says; none for an instance that has no home, or whose home it does not name. */
    public static Set<String> hostsOf(Fact fact) {
        Set<String> hosts = new LinkedHashSet<>();
        if (fact.subject().startsWith(HOST)) {
            hosts.add(fact.subject().substring(HOST.length()));
        }
        for (String key : Veil.HOSTS.keySet()) {
            if (fact.data().get(key) instanceof String host) {
                hosts.add(host);
            }
        }
        return hosts;
    }
}
