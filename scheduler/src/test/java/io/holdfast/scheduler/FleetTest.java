package io.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.holdfast.model.Amounts;
import io.holdfast.model.GroupPolicy;
import io.holdfast.model.HostId;
import io.holdfast.model.HostWish;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.model.ServerGroupId;
import io.holdfast.model.Stock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Hosts that are kept from one plan to the next, against a list that is read anew each time. */
class FleetTest {

    private static final SchedulerSettings SETTINGS = SchedulerSettings.defaults();

    @Property(tries = 1000)
    void whateverWasPutAndPlannedBeforeThePlanIsThatOfTheHostsAsTheyAreNow(@ForAll long seed) {
        Random random = new Random(seed);
        Map<HostId, HostSnapshot> known = new HashMap<>();
        Fleet fleet = new Fleet(List.of(), SETTINGS);
        for (int step = 0; step < 12; step++) {
            HostId host = HostId.of("h" + random.nextInt(6));
            if (random.nextInt(5) == 0) {
                fleet.remove(host);
                known.remove(host);
            } else {
                HostSnapshot now = snapshot(host, random);
                fleet.put(now);
                known.put(host, now);
            }
            List<PlacementRequest> requests = new ArrayList<>();
            for (int i = 0; i < random.nextInt(5); i++) {
                requests.add(request(i, random));
            }
            assertThat(fleet.place(List.of(), requests))
                    .as("seed %s, step %s", seed, step)
                    .isEqualTo(new Scheduler(SETTINGS).place(List.copyOf(known.values()), requests));
        }
    }

    /** The columns let through whom the filters let through, and choose whom the weighers prefer. */
    @Property(tries = 1000)
    void whoIsChosenIsTheMostWelcomeOfThoseThatNoFilterRefuses(@ForAll long seed) {
        Random random = new Random(seed);
        List<HostSnapshot> hosts = new ArrayList<>();
        for (int h = 0; h < random.nextInt(7); h++) {
            hosts.add(snapshot(HostId.of("h" + h), random));
        }
        PlacementRequest request = request(1, random);
        Explanation explained = new Scheduler(SETTINGS).explain(hosts, List.of(), request);
        @Nullable
        HostId best = explained.hosts().stream()
                .filter(Explanation.OfHost::isEligible)
                .max(Comparator.comparingDouble(Explanation.OfHost::total)
                        .thenComparing(Explanation.OfHost::host, Comparator.reverseOrder()))
                .map(Explanation.OfHost::host)
                .orElse(null);
        Placement placement =
                new Fleet(hosts, SETTINGS).place(List.of(), List.of(request)).getFirst();
        assertThat(placement instanceof Placement.Placed placed ? placed.host() : null)
                .as("seed %s", seed)
                .isEqualTo(best);
    }

    /** Enough of them that hosts are ranked, in a plan with one that makes no ranking worthwhile: each alone chooses the same. */
    @Property(tries = 300)
    void manyThatAreAlikeGoWhereEachWouldGoByItself(@ForAll long seed) {
        Random random = new Random(seed);
        SchedulerSettings settings = random.nextBoolean()
                ? SETTINGS
                : new SchedulerSettings(
                        4.0,
                        1.0,
                        0,
                        -1.0,
                        0,
                        10.0,
                        random.nextInt(2),
                        0,
                        0,
                        1.0,
                        0.05,
                        1.0,
                        0,
                        random.nextInt(4),
                        AdvisorySettings.defaults(),
                        Map.of(),
                        Map.of());
        Map<HostId, HostSnapshot> now = new HashMap<>();
        for (int h = 0; h < 1 + random.nextInt(6); h++) {
            HostSnapshot host = snapshot(HostId.of("h" + h), random);
            now.put(host.host(), host.withUsed(Resources.NOTHING, random.nextInt(2)));
        }
        Map<HostId, String> failed = Map.of(HostId.of("h0"), "has failed");
        List<PlacementRequest> requests = new ArrayList<>();
        List<GroupSnapshot> groups = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            InstanceId instance = InstanceId.of(new UUID(1, i));
            requests.add(new PlacementRequest(
                    instance,
                    new Resources(1, random.nextInt(4) == 0 ? 256 : 512, 0),
                    random.nextInt(5) == 0 ? "edge" : null,
                    null,
                    random.nextBoolean() ? failed : Map.of()));
            if (i % 8 == 0) {
                groups.add(new GroupSnapshot(
                        ServerGroupId.of(new UUID(2, i)),
                        "g" + i,
                        random.nextInt(3) == 0 ? GroupPolicy.SOFT_AFFINITY : GroupPolicy.ANTI_AFFINITY,
                        1,
                        Set.of(instance, InstanceId.of(new UUID(1, i + 1))),
                        Map.of()));
            }
        }
        List<Placement> plan = new Fleet(now.values(), settings).place(groups, requests);

        Map<InstanceId, HostId> homes = new HashMap<>();
        for (int i = 0; i < requests.size(); i++) {
            PlacementRequest request = requests.get(i);
            List<GroupSnapshot> then = groups.stream()
                    .map(group -> {
                        Map<InstanceId, HostId> there = new HashMap<>(homes);
                        there.keySet().retainAll(group.members());
                        return new GroupSnapshot(group.id(), group.name(), group.policy(), 1, group.members(), there);
                    })
                    .toList();
            Placement alone = new Fleet(now.values(), settings)
                    .place(then, List.of(request))
                    .getFirst();
            // A group that wants to be together looks at whether all of it has room, and alone it is one.
            boolean isFree = groups.stream()
                    .noneMatch(group -> group.policy() == GroupPolicy.SOFT_AFFINITY
                            && group.members().contains(request.instance()));
            if (isFree) {
                assertThat(homeOf(plan.get(i))).as("seed %s, turn %s", seed, i).isEqualTo(homeOf(alone));
            }
            if (plan.get(i) instanceof Placement.Placed placed) {
                homes.put(request.instance(), placed.host());
                now.computeIfPresent(
                        placed.host(),
                        (_, host) -> host.withUsed(host.used().plus(request.wants()), host.instances() + 1));
            }
        }
    }

    @Test
    void aPlanPromisesAndForgetsWhatItPromised() {
        Fleet fleet = new Fleet(List.of(snapshot("h1", 0), snapshot("h2", 0)), SETTINGS);
        List<PlacementRequest> two = List.of(request(1, 3), request(2, 3));
        assertThat(fleet.place(List.of(), two)).extracting(FleetTest::homeOf).containsExactly("h1", "h2");
        assertThat(fleet.place(List.of(), two)).extracting(FleetTest::homeOf).containsExactly("h1", "h2");
    }

    @Test
    void whatIsInTheWayIsSaidAsItIsAtEachOnesTurn() {
        Fleet fleet = new Fleet(List.of(snapshot("h1", 0), snapshot("h2", 3)), SETTINGS);
        List<Placement> plan = fleet.place(List.of(), List.of(request(1, 5), request(2, 2), request(3, 5)));
        assertThat(homeOf(plan.get(1))).isEqualTo("h1");
        assertThat(((Placement.NoValidHost) plan.get(0)).refusals().get(HostId.of("h1")))
                .extracting(Placement.Refusal::reason)
                .containsExactly("needs 5120 MiB, 4096 MiB free");
        assertThat(((Placement.NoValidHost) plan.get(2)).refusals().get(HostId.of("h1")))
                .extracting(Placement.Refusal::reason)
                .containsExactly("needs 5120 MiB, 2048 MiB free");
    }

    /** More than are remembered, of hosts and of requests. */
    @Test
    void hostsThatBecomeAnotherAgainAndAgainAreWhatTheyAreNow() {
        Fleet fleet = new Fleet(List.of(snapshot("h1", 0), snapshot("h2", 0)), SETTINGS);
        for (int turn = 0; turn < 600; turn++) {
            String wanted = "CUSTOM_T" + turn;
            fleet.put(snapshot("h2", 0).withTraits(Set.of(wanted)));
            PlacementRequest request = request(1, 1)
                    .with(new PlacementRules(
                            Set.of(),
                            Set.of(),
                            Map.of(),
                            HostWish.of(Map.of(HostWish.TRAIT + wanted, "required"), Map.of()),
                            null,
                            null));
            assertThat(homeOf(fleet.place(List.of(), List.of(request)).getFirst()))
                    .isEqualTo("h2");
            fleet.put(snapshot("h2", 0));
            assertThat(homeOf(fleet.place(List.of(), List.of(request)).getFirst()))
                    .isNull();
        }
    }

    @Test
    void aHostIsThereOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Fleet(List.of(snapshot("h1", 0), snapshot("h1", 1)), SETTINGS))
                .withMessage("host h1 appears twice in the snapshot");
        Fleet fleet = new Fleet(List.of(snapshot("h1", 0)), SETTINGS);
        fleet.remove(HostId.of("h9"));
        fleet.remove(HostId.of("h1"));
        assertThat(fleet.place(List.of(), List.of(request(1, 1))).getFirst())
                .isEqualTo(new Placement.NoValidHost(InstanceId.of(new UUID(1, 1)), Map.of()));
    }

    private static @Nullable String homeOf(Placement placement) {
        return placement instanceof Placement.Placed placed ? placed.host().value() : null;
    }

    private static HostSnapshot snapshot(String host, int usedGib) {
        return new HostSnapshot(
                HostId.of(host),
                SegmentId.of("s"),
                "nova",
                true,
                true,
                new Resources(8, 4096, 100),
                new Resources(0, usedGib * 1024, 0),
                0);
    }

    private static HostSnapshot snapshot(HostId host, Random random) {
        return new HostSnapshot(
                        host,
                        SegmentId.of("s"),
                        random.nextBoolean() ? "nova" : "edge",
                        random.nextInt(5) > 0,
                        random.nextInt(5) > 0,
                        new Resources(random.nextInt(3), 1024 * random.nextInt(6), 0),
                        new Resources(random.nextInt(3), 1024 * random.nextInt(4), 0),
                        random.nextInt(4))
                .withOutside(saidOf(random))
                .withMetadata(metadata(random))
                .withTraits(random.nextInt(3) == 0 ? Set.of("CUSTOM_A") : Set.of())
                .withStocks(
                        random.nextInt(3) == 0
                                ? Map.of("CUSTOM_CARD", new Stock(2, random.nextInt(3), 1, 2, 1))
                                : Map.of());
    }

    private static Map<String, Set<String>> metadata(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> Map.of("ssd", Set.of("true"));
            case 1 -> Map.of("filter_tenant_id", Set.of("p1"));
            default -> Map.of();
        };
    }

    private static PlacementRules rules(Random random) {
        Map<String, String> specs = switch (random.nextInt(5)) {
            case 0 -> Map.of(HostWish.AGGREGATE + "ssd", "true");
            case 1 -> Map.of(HostWish.TRAIT + "CUSTOM_A", random.nextBoolean() ? "required" : "forbidden");
            case 2 -> Map.of(Amounts.SPEC + "CUSTOM_CARD", "" + (1 + random.nextInt(2)));
            default -> Map.of();
        };
        Map<String, String> image = random.nextInt(4) == 0 ? Map.of("ssd", "" + random.nextBoolean()) : Map.of();
        return new PlacementRules(
                Set.of(),
                Set.of(),
                Map.of(),
                HostWish.of(specs, image),
                null,
                random.nextBoolean() ? ProjectId.of("p1") : null);
    }

    private static Outside saidOf(Random random) {
        Map<String, String> kinds = new HashMap<>();
        for (String kind : List.of("hot", "pdu-failing", "failing-soon", "unheard-of")) {
            if (random.nextInt(5) == 0) {
                kinds.put(kind, "says somebody");
            }
        }
        return new Outside(kinds, random.nextInt(3) == 0 ? random.nextInt(5) - 2 : 0);
    }

    private static PlacementRequest request(int number, int gib) {
        return new PlacementRequest(
                InstanceId.of(new UUID(1, number)), new Resources(1, gib * 1024, 0), null, null, Map.of());
    }

    private static PlacementRequest request(int number, Random random) {
        return new PlacementRequest(
                        InstanceId.of(new UUID(1, number)),
                        new Resources(random.nextInt(4), 1024 * random.nextInt(4), 0),
                        random.nextInt(3) == 0 ? (random.nextBoolean() ? "edge" : "moon") : null,
                        random.nextInt(4) == 0 ? HostId.of("h" + random.nextInt(7)) : null,
                        random.nextInt(3) == 0 ? Map.of(HostId.of("h" + random.nextInt(6)), "was tried") : Map.of())
                .with(rules(random))
                .after(
                        random.nextInt(3) == 0
                                ? new PlacementRequest.Loss(HostId.of("h" + random.nextInt(6)), random.nextInt(2))
                                : null);
    }
}
