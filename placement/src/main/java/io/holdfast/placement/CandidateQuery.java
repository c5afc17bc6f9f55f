package io.holdfast.placement;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants to have.
 *
 * @param groups by suffix; the one without a suffix may be spread over one tree of providers and those that share with it, each other
 *     one comes from a single provider of these
 * @param isolate whether the groups with a suffix come from different providers
 * @param root what the root of the tree must be like; not that of a provider that shares with it
 * @param sameSubtree for each of these sets of suffixes, one of the providers that they come from has the others as its parts
 * @param parts whether several providers of one tree may be taken together
 * @param limit how many are wanted, 1 or more; null for all
 */
public record CandidateQuery(
        Map<String, Group> groups,
        boolean isolate,
        List<Term<String>> root,
        List<Set<String>> sameSubtree,
        boolean parts,
        @Nullable Integer limit) {

    public CandidateQuery {
        groups = Collections.unmodifiableMap(new TreeMap<>(groups));
        root = List.copyOf(root);
        sameSubtree = List.copyOf(sameSubtree);
    }

    /**
     * @param resources by resource class, each 1 or more; may be empty in a group that is only somewhere in a subtree
     * @param tree the provider, or one of the tree that it is in; null for any. In the group without a suffix it also excludes what
     *     others share
     */
    public record Group(
            Map<String, Integer> resources,
            List<Term<String>> traits,
            List<Term<UUID>> aggregates,
            @Nullable UUID tree) {

        public Group {
            resources = Collections.unmodifiableMap(new TreeMap<>(resources));
            traits = List.copyOf(traits);
            aggregates = List.copyOf(aggregates);
        }
    }
}
