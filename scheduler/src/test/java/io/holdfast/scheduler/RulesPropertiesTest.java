package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.model.Stock;
import io.holdfast.scheduler.Placement.NoValidHost;
import io.holdfast.scheduler.Placement.Placed;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Whatever is asked for, against an oracle that looks at one request's turn after the other and knows no filters. */
class RulesPropertiesTest {

    private static final List<String> RULES = List.of(
            "same-host",
            "different-host",
            "domain-spread",
            "aggregate-specs",
            "stock",
            "numa-topology",
            "pci-passthrough",
            "traits",
            "image-properties",
            "dedicated",
            "max-instances");

    /** Who is where, and what there is; the oracle's whole memory. */
    private static final class World {
        final Map<HostId, HostSnapshot> hosts = new HashMap<>();
        final Map<InstanceId, HostId> lives = new HashMap<>();
        final Map<HostId, Integer> counts = new HashMap<>();
        final Map<HostId, Integer> cards = new HashMap<>();
        final Map<HostId, Integer> pinned = new HashMap<>();
        final Map<HostId, Integer> devices = new HashMap<>();
        final List<PlacementRequest> requests = new ArrayList<>();
        final List<GroupSnapshot> groups = new ArrayList<>();
        int max;
    }

    @Property(tries = 3000)
    void whoIsPlacedBreaksNoRuleAndWhoIsRefusedWouldBreakOneEverywhere(@ForAll long seed) {
        World world = world(seed);
        List<Placement> plan = new Scheduler(settings(world.max))
                .place(List.copyOf(world.hosts.values()), world.groups, world.requests);

        Set<InstanceId> waiting =
                world.requests.stream().map(PlacementRequest::instance).collect(Collectors.toCollection(HashSet::new));
        // Who is placed by the plan leaves first, wherever it lived.
        waiting.forEach(world.lives::remove);
        for (int i = 0; i < plan.size(); i++) {
            PlacementRequest request = world.requests.get(i);
            switch (plan.get(i)) {
                case Placed placed -> {
                    assertThat(broken(world, waiting, request, placed.host()))
                            .as("%s on %s, seed %s", request, placed.host(), seed)
                            .isEmpty();
                    world.lives.put(request.instance(), placed.host());
                    world.counts.merge(placed.host(), 1, Integer::sum);
                    world.cards.merge(placed.host(), cards(request), Integer::sum);
                    world.pinned.merge(placed.host(), pins(request), Integer::sum);
                    world.devices.merge(placed.host(), devices(request), Integer::sum);
                }
                case NoValidHost none -> {
                    for (HostId host : world.hosts.keySet()) {
                        Set<String> named = none.refusals().getOrDefault(host, List.of()).stream()
                                .map(Placement.Refusal::filter)
                                .collect(Collectors.toSet());
                        assertThat(named)
                                .as("%s on %s, seed %s", request, host, seed)
                                .isNotEmpty()
                                .isEqualTo(broken(world, waiting, request, host));
                    }
                }
            }
        }
    }

    /** Without this, the property above might be true of nothing. */
    @Test
    void everyRuleIsMet() {
        Set<String> met = new HashSet<>();
        EnumSet<Outcome> outcomes = EnumSet.noneOf(Outcome.class);
        for (long seed = 0; seed < 500; seed++) {
            World world = world(seed);
            for (Placement placement : new Scheduler(settings(world.max))
                    .place(List.copyOf(world.hosts.values()), world.groups, world.requests)) {
                outcomes.add(placement instanceof Placed ? Outcome.PLACED : Outcome.REFUSED);
                if (placement instanceof NoValidHost none) {
                    none.refusals().values().forEach(each -> each.forEach(refusal -> met.add(refusal.filter())));
                }
            }
        }
        assertThat(met).containsAll(RULES);
        assertThat(outcomes).containsExactlyInAnyOrder(Outcome.values());
    }

    private enum Outcome {
        PLACED,
        REFUSED
    }

    /** The rules that a host would break now, by their words. */
    private static Set<String> broken(World world, Set<InstanceId> leaving, PlacementRequest request, HostId host) {
        Set<String> broken = new HashSet<>();
        PlacementRules rules = request.rules();
        HostSnapshot there = Objects.requireNonNull(world.hosts.get(host));
        boolean anyLives = false;
        boolean hereLives = false;
        boolean anyIsStillComing = false;
        for (InstanceId named : rules.sameHost()) {
            HostId at = world.lives.get(named);
            anyLives |= at != null;
            hereLives |= host.equals(at);
            anyIsStillComing |= at == null && leaving.contains(named);
        }
        if (!hereLives && (anyLives || anyIsStillComing)) {
            broken.add("same-host");
        }
        for (InstanceId named : rules.differentHost()) {
            if (host.equals(world.lives.get(named))) {
                broken.add("different-host");
            }
        }
        for (GroupSnapshot group : world.groups) {
            if (!group.members().contains(request.instance())) {
                continue;
            }
            for (String kind : group.spread()) {
                String name = there.domains().names().get(kind);
                boolean taken = group.members().stream()
                        .filter(member -> !member.equals(request.instance()))
                        .map(world.lives::get)
                        .filter(Objects::nonNull)
                        .anyMatch(home -> Objects.requireNonNull(world.hosts.get(home))
                                .domains()
                                .names()
                                .getOrDefault(kind, "?")
                                .equals(name));
                if (name == null || taken) {
                    broken.add("domain-spread");
                }
            }
        }
        Set<String> disks = there.metadata().getOrDefault("disk", Set.of());
        if (rules.wish().aggregates().containsKey("disk") && !disks.contains("ssd")) {
            broken.add("aggregate-specs");
        }
        HostWish wish = rules.wish();
        Stock cards = there.stocks().get("CUSTOM_CARD");
        if (cards(request) > 0
                && (cards == null
                        || cards.used() + world.cards.getOrDefault(host, 0) + cards(request) > cards.limit())) {
            broken.add("stock");
        }
        int own = there.cells().cells().stream()
                .mapToInt(cell -> cell.dedicated().size())
                .sum();
        if (pins(request) > 0 && world.pinned.getOrDefault(host, 0) + pins(request) > own) {
            broken.add("numa-topology");
        }
        if (devices(request) > 0
                && world.devices.getOrDefault(host, 0) + devices(request)
                        > there.cells().devices().addresses().size()) {
            broken.add("pci-passthrough");
        }
        if (!wish.required().stream().allMatch(there.traits()::contains)
                || wish.forbidden().stream().anyMatch(there.traits()::contains)
                || !wish.anyOf().stream().allMatch(any -> any.stream().anyMatch(there.traits()::contains))) {
            broken.add("traits");
        }
        boolean isX86 = there.traits().contains("HW_ARCH_X86_64");
        boolean isForArm = "aarch64".equals(wish.image().get("hw_architecture"));
        boolean isOfAnotherSystem = wish.image().containsKey("os")
                && there.metadata().containsKey("os")
                && !there.metadata()
                        .getOrDefault("os", Set.of())
                        .contains(wish.image().get("os"));
        if ((isX86 && isForArm) || isOfAnotherSystem) {
            broken.add("image-properties");
        }
        ProjectId project = rules.project();
        if (there.metadata().containsKey("filter_tenant_id_2")
                && !(project != null && project.value().equals("red"))) {
            broken.add("dedicated");
        }
        if (world.max > 0 && world.counts.getOrDefault(host, 0) >= world.max) {
            broken.add("max-instances");
        }
        return broken;
    }

    private static World world(long seed) {
        Random random = new Random(seed);
        World world = new World();
        int hosts = 1 + random.nextInt(5);
        int instances = 1 + random.nextInt(8);
        world.max = random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 0;
        List<InstanceId> all = new ArrayList<>();
        for (int i = 0; i < instances; i++) {
            InstanceId id = InstanceId.of(new UUID(7, i));
            all.add(id);
            if (random.nextBoolean()) {
                HostId home = host(random.nextInt(hosts));
                world.lives.put(id, home);
                world.counts.merge(home, 1, Integer::sum);
            }
        }
        for (int h = 0; h < hosts; h++) {
            Map<String, Set<String>> metadata = new HashMap<>();
            if (random.nextBoolean()) {
                metadata.put("disk", random.nextBoolean() ? Set.of("ssd", "hdd") : Set.of("hdd"));
            }
            if (random.nextInt(4) == 0) {
                metadata.put("filter_tenant_id_2", Set.of("blue,red"));
            }
            if (random.nextInt(3) == 0) {
                metadata.put("os", Set.of("one"));
            }
            Map<String, String> domains = new HashMap<>();
            if (random.nextInt(5) > 0) {
                domains.put("rack", "r" + random.nextInt(3));
                domains.put("pdu", "p" + random.nextInt(2));
            }
            world.hosts.put(
                    host(h),
                    new HostSnapshot(
                            host(h),
                            SegmentId.of("s"),
                            "nova",
                            true,
                            true,
                            new Resources(1000, 1000, 1000),
                            Resources.NOTHING,
                            world.counts.getOrDefault(host(h), 0),
                            new FailureDomains(domains),
                            metadata,
                            traits(random),
                            stocks(random),
                            0,
                            null,
                            Outside.NONE,
                            cells(random)));
        }
        Map<HostId, FailureDomains> domains = new HashMap<>();
        world.hosts.forEach((host, snapshot) -> domains.put(host, snapshot.domains()));
        Map<InstanceId, HostId> before = Map.copyOf(world.lives);
        if (random.nextInt(3) > 0) {
            Set<InstanceId> members = new HashSet<>(all.subList(0, random.nextInt(all.size() + 1)));
            Map<InstanceId, HostId> homes = new HashMap<>(before);
            homes.keySet().retainAll(members);
            world.groups.add(new GroupSnapshot(
                    ServerGroupId.of(new UUID(8, 8)),
                    "g",
                    GroupPolicy.SOFT_ANTI_AFFINITY,
                    1,
                    members,
                    homes,
                    random.nextBoolean() ? Set.of("rack") : Set.of("rack", "pdu"),
                    domains));
        }
        for (InstanceId id : all) {
            if (random.nextInt(3) == 0) {
                continue;
            }
            world.requests.add(new PlacementRequest(
                    id,
                    new Resources(1, 1, 1),
                    null,
                    null,
                    Map.of(),
                    new PlacementRules(
                            some(random, all, id),
                            some(random, all, id),
                            before,
                            wish(random),
                            null,
                            random.nextInt(4) == 0 ? null : ProjectId.of(random.nextBoolean() ? "red" : "green")),
                    null));
        }
        return world;
    }

    private static int cards(PlacementRequest request) {
        return request.rules().wish().amounts().of().getOrDefault("CUSTOM_CARD", 0);
    }

    /** Everybody has one processor, so that cells do not matter and their sum does. */
    private static int pins(PlacementRequest request) {
        return request.rules().wish().numa().dedicated() ? 1 : 0;
    }

    private static int devices(PlacementRequest request) {
        return request.rules().wish().numa().devices().of().getOrDefault("gpu", 0);
    }

    private static HostTopology cells(Random random) {
        String devices = switch (random.nextInt(3)) {
            case 0 -> "";
            case 1 -> "/gpu=0000:3b:00.0";
            default -> "/gpu=0000:3b:00.0|0000:3c:00.0|0000:3d:00.0";
        };
        return HostTopology.parse(switch (random.nextInt(4)) {
                    case 0 -> "";
                    case 1 -> "0:1000:2,3:0-1:";
                    case 2 -> "0:1000:2:0-1:;1:1000:3:4:";
                    default -> "0:1000:2:0:;1:1000::4:";
                }
                + devices);
    }

    private static Map<String, Stock> stocks(Random random) {
        return random.nextInt(3) == 0
                ? Map.of()
                : Map.of("CUSTOM_CARD", new Stock(1 + random.nextInt(4), random.nextInt(2), 1, 8, 1));
    }

    private static Set<String> traits(Random random) {
        Set<String> traits = new HashSet<>(Set.of("CUSTOM_A", "CUSTOM_B", "HW_ARCH_X86_64"));
        traits.removeIf(trait -> random.nextInt(3) == 0);
        return traits;
    }

    private static HostWish wish(Random random) {
        Map<String, String> specs = new HashMap<>();
        Map<String, String> image = new HashMap<>();
        if (random.nextInt(3) == 0) {
            specs.put("aggregate_instance_extra_specs:disk", "s== ssd");
        }
        if (random.nextInt(4) == 0) {
            specs.put("trait:CUSTOM_A", random.nextBoolean() ? "required" : "forbidden");
        }
        if (random.nextInt(4) == 0) {
            specs.put("holdfast:any_trait", "CUSTOM_A, CUSTOM_B");
        }
        if (random.nextInt(3) == 0) {
            specs.put("resources:CUSTOM_CARD", Integer.toString(1 + random.nextInt(2)));
        }
        if (random.nextInt(3) == 0) {
            specs.put("hw:cpu_policy", "dedicated");
        }
        if (random.nextInt(3) == 0) {
            specs.put("pci_passthrough:alias", "gpu:" + (1 + random.nextInt(2)));
        }
        if (random.nextInt(6) == 0) {
            image.put("trait:CUSTOM_B", "required");
        }
        if (random.nextInt(4) == 0) {
            image.put("hw_architecture", random.nextBoolean() ? "x86_64" : "aarch64");
        }
        if (random.nextInt(4) == 0) {
            image.put("os", random.nextBoolean() ? "one" : "two");
        }
        return HostWish.of(specs, image);
    }

    private static Set<InstanceId> some(Random random, List<InstanceId> all, InstanceId self) {
        Set<InstanceId> some = new HashSet<>();
        while (random.nextInt(3) == 0) {
            some.add(all.get(random.nextInt(all.size())));
        }
        some.remove(self);
        return some;
    }

    private static HostId host(int number) {
        return HostId.of("h" + number);
    }

    private static SchedulerSettings settings(int max) {
        return new SchedulerSettings(
                4.0,
                1.0,
                0,
                1.0,
                0.5,
                10.0,
                0.5,
                0,
                1.0,
                1.0,
                0.05,
                1.0,
                0,
                max,
                AdvisorySettings.defaults(),
                Map.of(),
                Map.of());
    }
}
