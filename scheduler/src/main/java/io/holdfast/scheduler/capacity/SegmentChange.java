package io.holdfast.scheduler.capacity;

import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Something that somebody wants to do, and that may leave too little room for a failure. */
public sealed interface SegmentChange {

    /** The segment as it would be. */
    SegmentSnapshot after(SegmentSnapshot now);

    /**
     * Instances that get a home, or that become protected where they are.
     *
     * @param all each once. Among the protected ones of a host and a priority they come last, as the youngest do
     */
    record Arrivals(List<Arrival> all) implements SegmentChange {

        public Arrivals {
            all = List.copyOf(all);
        }

        @Override
        public SegmentSnapshot after(SegmentSnapshot now) {
            Map<HostId, Resources> taken = new HashMap<>();
            Map<HostId, Integer> counts = new HashMap<>();
            Map<InstanceId, HostId> homes = new HashMap<>();
            Set<InstanceId> known =
                    now.instances().stream().map(ProtectedInstance::id).collect(Collectors.toCollection(HashSet::new));
            List<ProtectedInstance> instances = new ArrayList<>(now.instances());
            for (Arrival arrival : all) {
                ProtectedInstance who = arrival.who();
                if (arrival.claims()) {
                    taken.merge(who.home(), who.wants(), Resources::plus);
                    counts.merge(who.home(), 1, Integer::sum);
                    homes.put(who.id(), who.home());
                }
                if (arrival.guarded() && known.add(who.id())) {
                    instances.add(who);
                }
            }
            // Homes are sought host by host.
            instances.sort(Comparator.comparing(ProtectedInstance::home));
            return new SegmentSnapshot(
                    now.segment(),
                    now.hosts().stream()
                            .map(host -> taking(
                                    host,
                                    taken.getOrDefault(host.host(), Resources.NOTHING),
                                    counts.getOrDefault(host.host(), 0)))
                            .toList(),
                    now.lost(),
                    now.domains(),
                    now.groups().stream().map(group -> joined(group, homes)).toList(),
                    instances,
                    now.reaches());
        }

        private static HostSnapshot taking(HostSnapshot host, Resources more, int instances) {
            return host.withUsed(host.used().plus(more), host.instances() + instances);
        }

        private static GroupSnapshot joined(GroupSnapshot group, Map<InstanceId, HostId> arrived) {
            Map<InstanceId, HostId> homes = new HashMap<>(group.homes());
            group.members().forEach(member -> {
                HostId home = arrived.get(member);
                if (home != null) {
                    homes.put(member, home);
                }
            });
            return group.withHomes(homes);
        }
    }

    /**
     * @param who with the home that it would have
     * @param guarded whether recovery would then move it by itself when that home fails
     * @param claims whether it takes room there that nothing is taken of yet
     */
    record Arrival(ProtectedInstance who, boolean guarded, boolean claims) {}

    /** Nothing may be placed on a host any more, also by a recovery; what is there stays until somebody moves it, and may still fail. */
    record OutOfService(HostId host) implements SegmentChange {

        @Override
        public SegmentSnapshot after(SegmentSnapshot now) {
            Map<HostId, Reach> reaches = new HashMap<>();
            now.reaches().forEach((home, reach) -> {
                Set<HostId> others = new HashSet<>(reach.hosts());
                others.remove(host);
                reaches.put(home, new Reach(others));
            });
            return new SegmentSnapshot(
                    now.segment(),
                    now.hosts().stream()
                            .map(each -> each.host().equals(host) ? closed(each) : each)
                            .toList(),
                    now.lost(),
                    now.domains(),
                    now.groups(),
                    now.instances(),
                    reaches);
        }

        private static HostSnapshot closed(HostSnapshot host) {
            return host.withEnabled(false);
        }
    }
}
