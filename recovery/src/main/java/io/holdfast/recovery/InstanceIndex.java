package io.holdfast.recovery;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.core.TermsRule;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.core.CaseState.Affected;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Who lives where, in memory, so that owners can be told of a suspicion before the store is asked. Fed by every durable
 * change; shared between the threads that change instances and the one that hears of suspicions, hence concurrent.
 *
 * <p>It may be behind by a change that is being committed. It is used for telling, never for deciding.
 */
final class InstanceIndex {

    private final Map<InstanceId, Instance> byId = new ConcurrentHashMap<>();

    void put(Instance instance) {
        if (instance.goal() == InstanceGoal.DELETED || instance.actual() == ActualState.DELETED) {
            byId.remove(instance.id());
        } else {
            // An initial load and a change may race: the higher generation, then the later change, is the newer truth.
            byId.merge(
                    instance.id(),
                    instance,
                    (known, offered) -> offered.generation().isOlderThan(known.generation())
                                    || offered.updatedAt().isBefore(known.updatedAt())
                            ? known
                            : offered);
        }
    }

    /**
     * Takes what the store has, and forgets what it has no more: another controller may have changed and deleted since.
     *
     * @param stored asked once; what is put meanwhile stays
     */
    void refresh(Supplier<List<Instance>> stored) {
        Set<InstanceId> before = Set.copyOf(byId.keySet());
        Set<InstanceId> present = new HashSet<>();
        stored.get().forEach(instance -> {
            present.add(instance.id());
            put(instance);
        });
        before.stream().filter(id -> !present.contains(id)).forEach(byId::remove);
    }

    Set<InstanceId> wantingFailback() {
        Set<InstanceId> wanting = new HashSet<>();
        byId.forEach((id, instance) -> {
            // Most say nothing, and of the others the other words do not matter.
            String word = instance.metadata().get(TermsRule.FAILBACK);
            if (word != null && TermsRule.read(Map.of(TermsRule.FAILBACK, word)).failback()) {
                wanting.add(id);
            }
        });
        return wanting;
    }

    List<Affected> at(HostId host) {
        return byId.values().stream()
                .filter(instance -> host.equals(instance.home()))
                .sorted(Comparator.comparing(Instance::createdAt).thenComparing(Instance::id))
                .map(Affected::of)
                .toList();
    }
}
