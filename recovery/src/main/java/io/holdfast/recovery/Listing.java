package io.holdfast.recovery;

import io.holdfast.compute.Instance;
import io.holdfast.compute.SayTerms;
import io.holdfast.compute.ServerGroup;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.recovery.core.CaseEvent;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/** What a case is told of those who lived on its host, and of whom they hang together with. Pure. */
final class Listing {

    private Listing() {}

    /** @param ofProject all instances of a project */
    static CaseEvent.InstancesListed of(
            List<Instance> listed, List<ServerGroup> groups, Function<ProjectId, List<Instance>> ofProject) {
        return new CaseEvent.InstancesListed(listed, dependedOn(listed, ofProject), together(groups), says(groups));
    }

    /** Members of groups that must share a host, with their group. */
    private static Map<InstanceId, String> together(List<ServerGroup> all) {
        Map<InstanceId, String> groups = new TreeMap<>();
        all.stream()
                .filter(group -> group.policy() == GroupPolicy.AFFINITY)
                .forEach(group -> group.members()
                        .forEach(member -> groups.put(member, group.id().toString())));
        return groups;
    }

    /** Members of groups that say whether their consumers are asked. */
    private static Map<InstanceId, SayTerms> says(List<ServerGroup> all) {
        Map<InstanceId, SayTerms> says = new TreeMap<>();
        all.forEach(group -> {
            SayTerms say = group.say();
            if (say != null) {
                group.members().forEach(member -> says.put(member, say));
            }
        });
        return says;
    }

    /** Instances of the same projects that some of these may depend on; by name or id, whichever their owners wrote. */
    private static List<Instance> dependedOn(List<Instance> listed, Function<ProjectId, List<Instance>> ofProject) {
        Map<ProjectId, Set<String>> words = new TreeMap<>();
        for (Instance instance : listed) {
            List<String> said = TermsRule.read(instance.metadata()).dependsOn();
            if (!said.isEmpty()) {
                words.computeIfAbsent(instance.project(), project -> new HashSet<>())
                        .addAll(said);
            }
        }
        List<Instance> others = new ArrayList<>();
        words.forEach((project, said) -> ofProject.apply(project).stream()
                .filter(instance -> instance.project().equals(project)
                        && (said.contains(instance.name())
                                || said.contains(instance.id().toString())))
                .forEach(others::add));
        return others;
    }
}
