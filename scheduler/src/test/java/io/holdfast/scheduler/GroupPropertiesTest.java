package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.scheduler.Placement.NoValidHost;
import io.holdfast.scheduler.Placement.Placed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/**
 * Any server groups in any data centre, against an oracle that knows neither filters nor weighers: it replays the plan on
 * a plain map from instance to host, and looks at that.
 */
class GroupPropertiesTest {

    private final Scheduler scheduler = new Scheduler(SchedulerSettings.defaults());

    @Property(tries = 2000)
    void safetyNoPlacementBreaksAStrictRuleOrExceedsRoom(@ForAll long seed) {
        Town town = new Town(seed);
        List<Placement> plan = scheduler.place(town.hosts(), town.groups(), town.requests);

        Map<InstanceId, HostId> lives = town.livesBefore();
        for (int turn = 0; turn < plan.size(); turn++) {
            if (plan.get(turn) instanceof Placed placed) {
                assertThat(town.allows(lives, town.requests.get(turn), placed.host()))
                        .as("turn %s, seed %s", turn, seed)
                        .isTrue();
                lives.put(placed.instance(), placed.host());
            }
        }
    }

    @Property(tries = 2000)
    void livenessWhoCanBePlacedAtItsTurnIsPlacedAndWhoCannotHearsAReasonOfEachHost(@ForAll long seed) {
        Town town = new Town(seed);
        List<Placement> plan = scheduler.place(town.hosts(), town.groups(), town.requests);

        Map<InstanceId, HostId> lives = town.livesBefore();
        for (int turn = 0; turn < plan.size(); turn++) {
            PlacementRequest request = town.requests.get(turn);
            List<HostId> possible = town.names.stream()
                    .filter(host -> town.allows(lives, request, host))
                    .toList();
            Placement placement = plan.get(turn);
            assertThat(placement instanceof Placed).as("seed %s", seed).isEqualTo(!possible.isEmpty());
            Set<HostId> refused = new HashSet<>(town.names);
            refused.removeAll(possible);
            if (placement instanceof NoValidHost none) {
                assertThat(none.refusals().keySet()).isEqualTo(refused);
                none.refusals().values().forEach(reasons -> assertThat(reasons).isNotEmpty());
            }
            if (placement instanceof Placed placed) {
                lives.put(placed.instance(), placed.host());
            }
        }
    }

    @Property(tries = 2000)
    void aSoftRuleIsFollowedWheneverSomeHostAllowsIt(@ForAll long seed) {
        Town town = new Town(seed);
        List<Placement> plan = scheduler.place(town.hosts(), town.groups(), town.requests);

        Map<InstanceId, HostId> lives = town.livesBefore();
        for (int turn = 0; turn < plan.size(); turn++) {
            PlacementRequest request = town.requests.get(turn);
            Group group = town.groupOf(request.instance());
            if (plan.get(turn) instanceof Placed placed) {
                if (group != null && !group.policy.strict()) {
                    List<Long> choices = town.names.stream()
                            .filter(host -> town.allows(lives, request, host))
                            .map(host -> town.matesAt(lives, group, request.instance(), host))
                            .toList();
                    long there = town.matesAt(lives, group, request.instance(), placed.host());
                    boolean together = group.policy == GroupPolicy.SOFT_AFFINITY;
                    assertThat(choices)
                            .as("seed %s", seed)
                            .allMatch(other -> together ? other <= there : other >= there);
                }
                lives.put(placed.instance(), placed.host());
            }
        }
    }

    private record Group(ServerGroupId id, GroupPolicy policy, int max, Set<InstanceId> members) {}

    /** Up to six hosts, up to four groups, up to fourteen instances, some of them on the move. */
    private static final class Town {

        final List<HostId> names = new ArrayList<>();
        final List<PlacementRequest> requests = new ArrayList<>();
        private final Map<HostId, Resources> capacity = new LinkedHashMap<>();
        private final Map<InstanceId, HostId> homes = new LinkedHashMap<>();
        private final Map<InstanceId, Resources> sizes = new HashMap<>();
        private final List<Group> groups = new ArrayList<>();
        private final Set<HostId> dead = new HashSet<>();

        Town(long seed) {
            Random random = new Random(seed);
            int hosts = 1 + random.nextInt(6);
            for (int i = 1; i <= hosts; i++) {
                HostId host = HostId.of("h" + i);
                names.add(host);
                capacity.put(host, new Resources(64, (1 + random.nextInt(8)) * 100, 100));
                if (random.nextInt(5) == 0) {
                    dead.add(host);
                }
            }
            for (int i = 0; i < random.nextInt(5); i++) {
                groups.add(new Group(
                        ServerGroupId.of(new UUID(9, i)),
                        GroupPolicy.values()[random.nextInt(4)],
                        1 + random.nextInt(2),
                        new HashSet<>()));
            }
            for (int i = 0; i < random.nextInt(15); i++) {
                InstanceId id = InstanceId.of(new UUID(1, i));
                sizes.put(id, new Resources(1, 50 + 50 * random.nextInt(3), 1));
                Group group =
                        groups.isEmpty() || random.nextInt(3) == 0 ? null : groups.get(random.nextInt(groups.size()));
                if (group != null) {
                    group.members.add(id);
                }
                boolean moves = random.nextBoolean();
                if (random.nextInt(4) != 0) {
                    HostId home = names.get(random.nextInt(names.size()));
                    // Those that stay somewhere stay where the rules allow it, as all claims before this plan had to.
                    if (moves || allows(homes, request(id, Map.of()), home)) {
                        homes.put(id, home);
                    }
                }
                if (moves) {
                    Map<HostId, String> excluded = random.nextInt(3) == 0
                            ? Map.of(names.get(random.nextInt(names.size())), "was tried before")
                            : Map.of();
                    requests.add(request(id, excluded));
                }
            }
        }

        private PlacementRequest request(InstanceId id, Map<HostId, String> excluded) {
            return new PlacementRequest(id, size(id), null, null, excluded);
        }

        private Resources size(InstanceId id) {
            return sizes.getOrDefault(id, Resources.NOTHING);
        }

        /** Whoever is asked for is on the move: it lives nowhere until it is placed. */
        Map<InstanceId, HostId> livesBefore() {
            Map<InstanceId, HostId> lives = new HashMap<>(homes);
            requests.forEach(request -> lives.remove(request.instance()));
            return lives;
        }

        List<HostSnapshot> hosts() {
            List<HostSnapshot> snapshot = new ArrayList<>();
            capacity.forEach((host, offers) -> snapshot.add(new HostSnapshot(
                    host,
                    SegmentId.of("s"),
                    "nova",
                    !dead.contains(host),
                    true,
                    offers,
                    used(livesBefore(), host),
                    0)));
            return snapshot;
        }

        List<GroupSnapshot> groups() {
            return groups.stream()
                    .map(group -> {
                        Map<InstanceId, HostId> there = new HashMap<>(homes);
                        there.keySet().retainAll(group.members);
                        return new GroupSnapshot(group.id, "g", group.policy, group.max, group.members, there);
                    })
                    .toList();
        }

        @Nullable
        Group groupOf(InstanceId id) {
            return groups.stream()
                    .filter(group -> group.members.contains(id))
                    .findFirst()
                    .orElse(null);
        }

        long matesAt(Map<InstanceId, HostId> lives, Group group, InstanceId self, HostId host) {
            return group.members.stream()
                    .filter(member -> !member.equals(self) && host.equals(lives.get(member)))
                    .count();
        }

        private Resources used(Map<InstanceId, HostId> lives, HostId host) {
            return lives.entrySet().stream()
                    .filter(entry -> entry.getValue().equals(host))
                    .map(entry -> size(entry.getKey()))
                    .reduce(Resources.NOTHING, Resources::plus);
        }

        /** Said once more, in the plainest words there are. */
        boolean allows(Map<InstanceId, HostId> lives, PlacementRequest request, HostId host) {
            if (dead.contains(host) || request.excluded().containsKey(host)) {
                return false;
            }
            int memory = used(lives, host).memoryMib() + request.wants().memoryMib();
            if (memory > capacity.get(host).memoryMib()) {
                return false;
            }
            Group group = groupOf(request.instance());
            if (group == null) {
                return true;
            }
            long here = matesAt(lives, group, request.instance(), host);
            long anywhere = group.members.stream()
                    .filter(member -> !member.equals(request.instance()) && lives.containsKey(member))
                    .count();
            return switch (group.policy) {
                case AFFINITY -> anywhere == 0 || here > 0;
                case ANTI_AFFINITY -> here < group.max;
                case SOFT_AFFINITY, SOFT_ANTI_AFFINITY -> true;
            };
        }
    }
}
