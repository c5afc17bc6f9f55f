package io.holdfast.scheduler.capacity;

import static io.holdfast.scheduler.capacity.Columns.NONE;

import io.holdfast.model.HostId;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.SchedulerSettings;
import io.holdfast.scheduler.capacity.Outlook.Pairs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Asks of one snapshot which failures would be survived.
 *
 * <p><b>Intuition.</b> Nearly all failures of a segment with some room are survived without a close look: there is so much
 * room that order does not matter ({@link AnyOrder}). For the others the plan is made ({@link Greedy}), and only where it
 * leaves somebody is it worth finding out whether anything else would do ({@link Search}).
 *
 * <p><b>What it costs.</b> 128 hosts are 8,128 pairs. Beyond {@link #EACH_PAIR_HOSTS_MAX} hosts pairs are judged by one bound
 * for all of them, and the answer says so.
 *
 * <p>One survey belongs to one thread, which asks as often as it likes; {@link #details} costs more than a verdict.
 */
public final class CapacitySurvey {

    /** Up to so many hosts every pair is looked at. Larger, the answer takes seconds; smaller, large segments get a bound. */
    public static final int EACH_PAIR_HOSTS_MAX = 128;

    /**
     * Hosts that a search for one failure looks at, over all its steps; each step looks at all hosts. Larger proves more; smaller
     * gives up earlier. A step on 8 hosts takes about a microsecond.
     */
    private static final long LOOKS_PER_FAILURE = 400_000;

    /** The same for all searches of hosts and domains together, and again for all those of pairs. */
    private static final long LOOKS_IN_ALL = 1_000_000;

    /**
     * Plans by the planner itself that one survey makes, where {@link Greedy} may not come to the same; each takes about a
     * millisecond.
     */
    private static final int PLANS_MAX = 1_000;

    private final SegmentSnapshot snapshot;
    private final Columns columns;
    private final Greedy greedy;
    private final AnyOrder anyOrder;
    private final PlanInWords words;
    private final Map<HostId, Integer> places = new HashMap<>();
    private long looksLeft = LOOKS_IN_ALL;
    private int plansLeft = PLANS_MAX;

    /** @param planner what recovery would plan; asked for reasons, and for plans where there are reserved hosts or rules between
     *     instances */
    public CapacitySurvey(SegmentSnapshot snapshot, SchedulerSettings settings, CapacityPlanner planner) {
        this.snapshot = snapshot;
        this.columns = new Columns(snapshot, settings);
        this.greedy = new Greedy(columns);
        this.anyOrder = new AnyOrder(columns);
        this.words = new PlanInWords(snapshot, planner);
        for (int h = 0; h < columns.hosts; h++) {
            places.put(snapshot.hosts().get(h).host(), h);
        }
    }

    /** All failures. */
    public Outlook outlook() {
        begin();
        int[] standing = standing();
        List<Answer> single = new ArrayList<>();
        for (int host : standing) {
            single.add(answer(Failure.host(id(host))));
        }
        List<Answer> domains = new ArrayList<>();
        domains().forEach((name, hosts) -> domains.add(answer(Failure.domain(name, hosts))));
        return new Outlook(
                snapshot.segment(),
                standing.length,
                columns.items,
                columns.waiting.length,
                worst(single),
                single,
                standing.length > EACH_PAIR_HOSTS_MAX ? bound(standing.length) : pairs(standing),
                domains);
    }

    /**
     * What is missing for surviving the loss of any so many hosts, without a look at failure domains.
     *
     * @param failures 0, which nothing is missing for, to {@link Outlook#FAILURES_MAX}
     */
    public Shortfall shortfall(int failures) {
        if (failures < 0 || failures > Outlook.FAILURES_MAX) {
            throw new IllegalArgumentException(
                    "failures must be between 0 and " + Outlook.FAILURES_MAX + ", is " + failures);
        }
        if (failures == 0) {
            return Shortfall.NONE;
        }
        begin();
        int[] standing = standing();
        if (standing.length == 0 && columns.waiting.length > 0) {
            return new Shortfall(1, columns.waiting.length, null, "no host is left, and instances wait for homes");
        }
        int failing = 0;
        int left = 0;
        Answer worst = null;
        for (int host : standing) {
            Answer answer = answer(Failure.host(id(host)));
            if (answer.verdict() != Verdict.SURVIVABLE) {
                failing++;
                if (worst == null || answer.left() > worst.left()) {
                    worst = answer;
                }
                left = Math.max(left, answer.left());
            }
        }
        if (failures == 2) {
            Pairs pairs = standing.length > EACH_PAIR_HOSTS_MAX ? bound(standing.length) : pairs(standing);
            if (pairs.verdict() != Verdict.SURVIVABLE) {
                failing += Math.max(1, pairs.notSurvivable() + pairs.notProven());
                Answer pair = pairs.worst().isEmpty() ? null : pairs.worst().getFirst();
                left = Math.max(left, pair == null ? 0 : pair.left());
                worst = worst == null ? pair : worst;
            }
        }
        return failing == 0 ? Shortfall.NONE : new Shortfall(failing, left, worst, words(worst));
    }

    private String words(@Nullable Answer worst) {
        return worst == null
                ? "the loss of any two hosts: " + Ground.BOUND.text()
                : Shortfall.words(worst, left(worst));
    }

    private List<Details.Left> left(Answer answer) {
        int[] failing = placesOf(answer.failure());
        return words.left(instances(columns.moving(failing)), hosts(columns.failed(failing)));
    }

    private List<ProtectedInstance> instances(int[] items) {
        List<ProtectedInstance> all = new ArrayList<>();
        for (int item : items) {
            all.add(snapshot.instances().get(item));
        }
        return all;
    }

    private void begin() {
        looksLeft = LOOKS_IN_ALL;
        plansLeft = PLANS_MAX;
    }

    private int[] standing() {
        return java.util.stream.IntStream.range(0, columns.hosts)
                .filter(h -> !columns.lost[h])
                .toArray();
    }

    /** One failure. */
    public Answer answer(Failure failure) {
        int[] failing = placesOf(failure);
        int[] moving = columns.moving(failing);
        Judged judged = judge(moving, columns.failed(failing), failing);
        return new Answer(failure, judged.ground(), moving.length, judged.left());
    }

    /** Who would be left by it, why, and what would help. Empty lists for a failure that is survivable. */
    public Details details(Answer answer) {
        if (answer.left() == 0) {
            return new Details(answer, List.of(), List.of());
        }
        int[] failing = placesOf(answer.failure());
        int[] items = columns.moving(failing);
        List<ProtectedInstance> moving = instances(items);
        boolean[] failed = columns.failed(failing);
        List<Details.Left> left = words.left(moving, hosts(failed));
        if (left.isEmpty()) {
            // There were too many to plan; this one was planned now, and all find homes.
            return new Details(answer, left, List.of());
        }
        return new Details(
                answer,
                left,
                new Remedies(
                                columns,
                                greedy,
                                items,
                                failed,
                                wantsPlanner(items),
                                others -> words.left(others, hosts(failed)))
                        .of(moving, left));
    }

    private record Judged(Ground ground, int left) {}

    private Judged judge(int[] moving, boolean[] failed, int... failing) {
        if (moving.length == 0) {
            return new Judged(Ground.NOBODY, 0);
        }
        if (anyOrder.certain(moving, failed, failing)) {
            return new Judged(Ground.ANY_ORDER, 0);
        }
        int left;
        if (wantsPlanner(moving)) {
            if (plansLeft-- <= 0) {
                return new Judged(Ground.NOT_TRIED, moving.length);
            }
            left = leftByPlanner(moving, failed);
        } else {
            left = greedy.left(moving, failed);
        }
        return left == 0 ? new Judged(Ground.PLANNED, 0) : new Judged(searched(moving, failed), left);
    }

    private Ground searched(int[] moving, boolean[] failed) {
        long steps = Math.min(LOOKS_PER_FAILURE, looksLeft) / columns.hosts;
        Search search = new Search(columns, moving, failed, steps);
        Search.Result result = search.run();
        looksLeft -= (steps - search.stepsLeft()) * columns.hosts;
        return switch (result) {
            case NO_HOST -> Ground.NO_HOST;
            case NO_ROOM -> Ground.NO_ROOM;
            case EXHAUSTED -> Ground.EXHAUSTED;
            case FOUND -> isBound(moving) ? Ground.RULES : Ground.PLANNER_MISSES;
            case GAVE_UP -> Ground.GAVE_UP;
        };
    }

    private boolean isBound(int[] moving) {
        for (int item : moving) {
            if (columns.bound[item]) {
                return true;
            }
        }
        return false;
    }

    private boolean wantsPlanner(int[] moving) {
        for (int item : moving) {
            if (!columns.isPlayed(item)) {
                return true;
            }
        }
        return false;
    }

    private int leftByPlanner(int[] moving, boolean[] failed) {
        return (int) words.plan(instances(moving), hosts(failed)).stream()
                .filter(placement -> placement instanceof Placement.NoValidHost)
                .count();
    }

    private Pairs pairs(int[] standing) {
        looksLeft = LOOKS_IN_ALL;
        int survivable = 0;
        List<Answer> others = new ArrayList<>();
        for (int i = 0; i < standing.length; i++) {
            for (int j = i + 1; j < standing.length; j++) {
                int one = standing[i];
                int other = standing[j];
                int[] moving = columns.moving(one, other);
                Judged judged = judge(moving, columns.failed(one, other), one, other);
                if (judged.left() == 0) {
                    survivable++;
                } else {
                    others.add(new Answer(
                            Failure.pair(id(one), id(other)), judged.ground(), moving.length, judged.left()));
                }
            }
        }
        int no = (int) others.stream()
                .filter(answer -> answer.verdict() == Verdict.NOT_SURVIVABLE)
                .count();
        return new Pairs(
                worst(others),
                true,
                count(standing.length),
                survivable,
                no,
                others.size() - no,
                others.stream()
                        .sorted(Comparator.comparingInt(Answer::left)
                                .reversed()
                                .thenComparing(answer -> answer.failure().name()))
                        .limit(Pairs.WORST_MAX)
                        .toList());
    }

    private Pairs bound(int standing) {
        Ground ground = anyOrder.certainForAnyTwo() ? Ground.ANY_ORDER : Ground.BOUND;
        return new Pairs(ground.verdict(), false, count(standing), 0, 0, 0, List.of());
    }

    private static long count(int hosts) {
        return (long) hosts * (hosts - 1) / 2;
    }

    private static Verdict worst(Collection<Answer> answers) {
        Verdict worst = Verdict.SURVIVABLE;
        for (Answer answer : answers) {
            worst = switch (answer.verdict()) {
                case SURVIVABLE -> worst;
                case NOT_PROVEN -> worst == Verdict.NOT_SURVIVABLE ? worst : Verdict.NOT_PROVEN;
                case NOT_SURVIVABLE -> Verdict.NOT_SURVIVABLE;
            };
        }
        return worst;
    }

    /** By kind and name, those hosts of each that have not failed already. */
    private Map<String, List<HostId>> domains() {
        Map<String, List<HostId>> domains = new TreeMap<>();
        snapshot.domains().forEach((host, shared) -> {
            if (places.containsKey(host) && !snapshot.lost().contains(host)) {
                shared.names()
                        .forEach(
                                (kind, name) -> domains.computeIfAbsent(kind + "=" + name, ignored -> new ArrayList<>())
                                        .add(host));
            }
        });
        return domains;
    }

    private int[] placesOf(Failure failure) {
        return failure.hosts().stream()
                .mapToInt(host -> {
                    int place = places.getOrDefault(host, NONE);
                    if (place == NONE || columns.lost[place]) {
                        throw new IllegalArgumentException("host " + host + " cannot fail: it is "
                                + (place == NONE ? "not in the snapshot" : "lost already"));
                    }
                    return place;
                })
                .toArray();
    }

    private List<HostId> hosts(boolean[] failed) {
        List<HostId> hosts = new ArrayList<>();
        for (int h = 0; h < columns.hosts; h++) {
            if (failed[h]) {
                hosts.add(id(h));
            }
        }
        return hosts;
    }

    private HostId id(int place) {
        return snapshot.hosts().get(place).host();
    }
}
