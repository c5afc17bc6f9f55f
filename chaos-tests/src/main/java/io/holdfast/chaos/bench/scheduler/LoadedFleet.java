package io.holdfast.chaos.bench.scheduler;

import io.holdfast.model.Amounts;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.model.Stock;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Outside;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.PlacementRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * A cloud of many hosts as one meets it, made of numbers alone: four zones, racks of sixteen, one host in a hundred dead, one in fifty disabled,
 * an aggregate of every tenth, memory in use about as asked and different on each. The same numbers make the same cloud.
 */
final class LoadedFleet {

    private static final int ZONES = 4;
    private static final int HOSTS_PER_RACK = 16;
    private static final Resources CAPACITY = new Resources(64, 256 * 1024, 4_000);
    static final Resources[] FLAVORS = {
        new Resources(1, 2048, 20), new Resources(2, 4096, 20), new Resources(4, 8192, 40), new Resources(8, 16384, 80)
    };
    private static final int OTHER_SHARE_PERCENT = 8;

    private final List<HostSnapshot> hosts = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(7);
    private int requests;

    /** @param percentUsed of memory, on average */
    LoadedFleet(int count, int percentUsed) {
        for (int h = 0; h < count; h++) {
            int percent =
                    Math.clamp(percentUsed + random.nextInt(-OTHER_SHARE_PERCENT, OTHER_SHARE_PERCENT + 1), 0, 100);
            int memory = (int) (CAPACITY.memoryMib() * (long) percent / 100);
            hosts.add(new HostSnapshot(
                    host(h),
                    SegmentId.of("bench"),
                    "z" + h % ZONES,
                    h % 100 != 99,
                    h % 50 != 48,
                    CAPACITY,
                    new Resources(memory / 2048, memory, 0),
                    memory / 4096,
                    new FailureDomains(Map.of("rack", "r" + h / HOSTS_PER_RACK)),
                    h % 10 == 3 ? Map.of("ssd", Set.of("true")) : Map.of(),
                    h % 3 == 0 ? Set.of("HW_ARCH_X86_64", "HW_CPU_X86_AVX2") : Set.of("HW_ARCH_X86_64"),
                    h % 20 == 5 ? Map.of("CUSTOM_CARD", new Stock(4, h % 5, 1, 4, 1)) : Map.of(),
                    h % 500 == 77 ? 2 : 0,
                    h % 100,
                    switch (h % 100) {
                        case 7 -> new Outside(Map.of("hot", "says bench"), 0);
                        case 8 -> new Outside(Map.of("pdu-failing", "says bench"), 0);
                        case 9 -> new Outside(Map.of(), 1);
                        default -> Outside.NONE;
                    },
                    HostTopology.NONE));
        }
    }

    List<HostSnapshot> hosts() {
        return hosts;
    }

    static HostId host(int number) {
        return HostId.of(String.format(Locale.ROOT, "h%05d", number));
    }

    /**
     * One that wants a home: of four in a zone, of five in a group that must be apart and has two members already, of ten that was tried in vain
     * somewhere, of eight whose flavor wants an aggregate, a trait or a card, and every other of an image for one architecture.
     */
    Wish wish() {
        int number = requests++;
        InstanceId instance = InstanceId.of(new UUID(3, number));
        List<GroupSnapshot> groups = number % 5 == 0 ? List.of(apart(number, instance)) : List.of();
        PlacementRequest request = new PlacementRequest(
                instance,
                FLAVORS[random.nextInt(FLAVORS.length)],
                number % 4 == 0 ? "z" + random.nextInt(ZONES) : null,
                null,
                number % 10 == 1 ? Map.of(anyHost(), "was tried in vain") : Map.of());
        return new Wish(groups, request.with(rules(number)));
    }

    private static PlacementRules rules(int number) {
        Map<String, String> specs = switch (number % 8) {
            case 2 -> Map.of(HostWish.AGGREGATE + "ssd", "true");
            case 3 -> Map.of(HostWish.TRAIT + "HW_CPU_X86_AVX2", "required");
            case 6 -> Map.of(Amounts.SPEC + "CUSTOM_CARD", "1");
            default -> Map.of();
        };
        Map<String, String> image = number % 2 == 0 ? Map.of("hw_architecture", "x86_64") : Map.of();
        return new PlacementRules(Set.of(), Set.of(), Map.of(), HostWish.of(specs, image), null, null);
    }

    record Wish(List<GroupSnapshot> groups, PlacementRequest request) {}

    private GroupSnapshot apart(int number, InstanceId instance) {
        Map<InstanceId, HostId> homes = new HashMap<>();
        for (int other = 1; other <= 2; other++) {
            homes.put(InstanceId.of(new UUID(4, 2L * number + other)), anyHost());
        }
        Set<InstanceId> members = new java.util.HashSet<>(homes.keySet());
        members.add(instance);
        return new GroupSnapshot(
                ServerGroupId.of(new UUID(5, number)), "g" + number, GroupPolicy.ANTI_AFFINITY, 1, members, homes);
    }

    private HostId anyHost() {
        return hosts.get(random.nextInt(hosts.size())).host();
    }
}
