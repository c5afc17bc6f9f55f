package io.holdfast.compute.core;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeException.Kind;
import io.holdfast.model.InstanceId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which instances a word of {@link TermsRule#DEPENDS_ON} means, and whether they may be depended on.
 *
 * <p>Names are not unique: a name means all instances of the project that have it. Two owners' writes that pass this check
 * at the same moment can still make a cycle between them; whoever plans a recovery breaks it (it is no promise that a
 * cycle cannot be there, only that nobody makes one unwarned).
 */
public final class DependencyRule {

    private DependencyRule() {}

    /** An instance of the project, as far as this rule cares. */
    public record Known(InstanceId id, String name, List<String> dependsOn) {
        boolean isMeantBy(String word) {
            return word.equals(name) || word.equals(id.toString());
        }
    }

    /** The instances that the words mean, in their order; nothing for a word that means none. */
    public static List<Known> meant(List<String> words, List<Known> project) {
        Map<InstanceId, Known> meant = new LinkedHashMap<>();
        for (String word : words) {
            project.stream().filter(known -> known.isMeantBy(word)).forEach(known -> meant.put(known.id(), known));
        }
        return List.copyOf(meant.values());
    }

    /**
     * Refuses a dependency on nothing, on itself, or in a circle; throws {@link ComputeException} INVALID.
     *
     * @param self as it is going to be
     * @param project the instances of its project; {@code self} as it was may be among them
     */
    public static void check(Known self, List<Known> project) {
        List<Known> all = new ArrayList<>(project);
        all.removeIf(known -> known.id().equals(self.id()));
        all.add(self);
        for (String word : self.dependsOn()) {
            if (self.isMeantBy(word)) {
                throw invalid("'" + word + "' is the instance itself");
            }
            if (all.stream().noneMatch(known -> known.isMeantBy(word))) {
                throw invalid("there is no instance '" + word + "' in this project");
            }
        }
        List<Known> circle = wayBack(self, all);
        if (circle != null) {
            throw invalid("it would wait for itself: "
                    + circle.stream().map(Known::name).collect(Collectors.joining(" -> ")));
        }
    }

    /** A way from an instance through what it depends on back to itself, or null; the shortest there is. */
    private static @Nullable List<Known> wayBack(Known self, List<Known> all) {
        Set<InstanceId> visited = new HashSet<>();
        Deque<List<Known>> ways = new ArrayDeque<>(List.of(List.of(self)));
        while (!ways.isEmpty()) {
            List<Known> way = ways.removeFirst();
            for (Known next : meant(way.getLast().dependsOn(), all)) {
                List<Known> further = new ArrayList<>(way);
                further.add(next);
                if (next.id().equals(self.id())) {
                    return further;
                }
                if (visited.add(next.id())) {
                    ways.addLast(further);
                }
            }
        }
        return null;
    }

    private static ComputeException invalid(String why) {
        return new ComputeException(Kind.INVALID, "metadata " + TermsRule.DEPENDS_ON + ": " + why);
    }
}
