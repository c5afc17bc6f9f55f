package io.holdfast.recovery.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.recovery.GuardSettings;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.core.Guard.Decision;
import io.holdfast.recovery.core.Situation.History;
import io.holdfast.recovery.core.Situation.Neighbour;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Each guard by its table, and all of them against an oracle that counts on its fingers. */
class GuardsTest {

    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final RecoverySettings SETTINGS = RecoverySettings.defaults();
    private static final FailureDomains R4 = new FailureDomains(Map.of("rack", "r4"));
    private static final SegmentOrders FREEZE = SegmentOrders.NONE.with(Armed.FREEZE, "ann/cli: moving racks");
    private static final SegmentOrders IGNORE = SegmentOrders.NONE.with(Armed.IGNORE, "ann/cli: moving racks");
    private static final SegmentOrders WORK = SegmentOrders.NONE.withMaintenance("ann/cli: new switch");

    /** What a test changes about a single host that fell silent in a large healthy segment. */
    private static final class Given {
        boolean powerOff;
        boolean word;
        SegmentOrders orders = SegmentOrders.NONE;

        @Nullable
        String maintenance;

        FailureDomains domains = FailureDomains.NONE;
        int hosts = 20;
        int open;
        List<Neighbour> neighbours = new ArrayList<>();
        String observerDoubt = "";

        @Nullable
        History history = new History(List.of(), List.of(), List.of());

        Situation situation() {
            return new Situation(
                    HostId.of("h0"),
                    NOW,
                    NOW.minusSeconds(3),
                    powerOff,
                    word,
                    orders,
                    maintenance,
                    domains,
                    hosts,
                    open,
                    neighbours,
                    observerDoubt,
                    history);
        }

        Given rack(int silent, int well) {
            domains = R4;
            for (int i = 1; i <= silent + well; i++) {
                neighbours.add(new Neighbour(HostId.of("h" + i), R4, i <= silent ? NOW.minusSeconds(4) : null, false));
            }
            return this;
        }

        Guards.Review review() {
            return Guards.review(situation(), SETTINGS);
        }

        Given powerOff() {
            powerOff = true;
            return this;
        }

        Given word() {
            word = true;
            return this;
        }
    }

    @Test
    void oneSilentHostOfAHealthySegmentIsCondemned() {
        assertThat(new Given().review().decision()).isEqualTo(Decision.ACT);
        assertThat(new Given().review().held().pass()).isTrue();
    }

    @Test
    void nothingPassesASegmentThatIsDisarmedNoPowerAndNoWord() {
        Given given = new Given().powerOff().word();
        given.orders = FREEZE;
        assertThat(given.review().decision()).isEqualTo(Decision.HOLD);
        assertThat(given.review().reason())
                .startsWith("disarmed: ")
                .contains("moving racks", "(this guard fails closed)");
        given.orders = IGNORE;
        assertThat(given.review().ignored()).isTrue();
    }

    @Test
    void maintenanceHoldsEvenWhatIsSwitchedOffAndLetsAWordPass() {
        Given host = new Given().powerOff();
        host.maintenance = "ann/cli: new memory";
        assertThat(host.review().reason()).startsWith("host-maintenance: ").contains("new memory", "fails open");
        assertThat(host.word().review().decision()).isEqualTo(Decision.ACT);
        Given segment = new Given().powerOff();
        segment.orders = WORK;
        assertThat(segment.review().reason())
                .startsWith("segment-maintenance: ")
                .contains("new switch");
        assertThat(segment.word().review().decision()).isEqualTo(Decision.ACT);
    }

    @Test
    void whoIsNewInOfficeOrDeafCondemnsNobodyOnAnOldVerdict() {
        Given held = new Given();
        held.observerDoubt = "this controller is alone in its group";
        assertThat(held.review().reason()).startsWith("observer: this controller is alone");
        assertThat(held.review().held().pass()).isFalse();
        assertThat(held.powerOff().review().decision()).isEqualTo(Decision.ACT);
        Given said = new Given().word();
        said.observerDoubt = "this controller is alone in its group";
        assertThat(said.review().decision()).isEqualTo(Decision.ACT);
    }

    @Test
    void aWholeRackThatFallsSilentIsRatherAFailedSwitch() {
        Guards.Review review = new Given().rack(3, 0).review();
        assertThat(review.decision()).isEqualTo(Decision.HOLD);
        assertThat(review.reason())
                .startsWith("failure-domain: 4 of 4 hosts of rack r4 (h0, h1, h2, h3) fell silent together");
        assertThat(new Given().rack(2, 1).review().reason())
                .as("three quarters")
                .startsWith("failure-domain: 3 of 4");
        assertThat(new Given().rack(1, 2).review().decision()).as("half").isEqualTo(Decision.ACT);
        assertThat(new Given().rack(0, 0).review().decision())
                .as("a rack of one host")
                .isEqualTo(Decision.ACT);
        assertThat(new Given().rack(3, 0).powerOff().review().decision()).isEqualTo(Decision.ACT);
        assertThat(new Given().rack(3, 0).word().review().decision()).isEqualTo(Decision.ACT);
    }

    @Test
    void whoFellSilentLongBeforeFellSilentAlone() {
        Given given = new Given();
        given.domains = R4;
        given.neighbours.add(new Neighbour(HostId.of("h1"), R4, NOW.minusSeconds(300), false));
        given.neighbours.add(
                new Neighbour(HostId.of("h2"), new FailureDomains(Map.of("rack", "r5")), NOW.minusSeconds(3), false));
        assertThat(given.review().decision()).isEqualTo(Decision.ACT);
    }

    @Test
    void tooManyFencesInTheWindowAreSeenByAHumanFirst() {
        Given given = new Given();
        given.history = new History(times(8, Duration.ofMinutes(1)), List.of(), List.of());
        assertThat(given.review().reason()).startsWith("fence-rate: 8 hosts").contains("fails closed");
        given.history = new History(times(7, Duration.ofMinutes(1)), List.of(), List.of());
        assertThat(given.review().decision()).isEqualTo(Decision.ACT);
        given.history = new History(times(8, Duration.ofMinutes(10)), List.of(), List.of());
        assertThat(given.review().decision()).as("all older than the window").isEqualTo(Decision.ACT);
    }

    @Test
    void afterAStormOnlyHardEvidenceCondemnsUntilItHasCooledDown() {
        Given given = new Given();
        given.history = new History(List.of(), times(3, Duration.ofMinutes(9)), List.of());
        assertThat(given.review().reason()).startsWith("cool-down: at least 3 hosts");
        assertThat(given.powerOff().review().decision()).isEqualTo(Decision.ACT);
        given.powerOff = false;
        given.history = new History(List.of(), times(2, Duration.ofMinutes(9)), List.of());
        assertThat(given.review().decision()).as("two are no storm").isEqualTo(Decision.ACT);
        given.history = new History(List.of(), times(3, Duration.ofMinutes(10)), List.of());
        assertThat(given.review().decision()).as("it is over").isEqualTo(Decision.ACT);
        given.history = new History(
                List.of(), List.of(NOW.minusSeconds(500), NOW.minusSeconds(300), NOW.minusSeconds(100)), List.of());
        assertThat(given.review().decision()).as("one after the other").isEqualTo(Decision.ACT);
    }

    @Test
    void aHostThatIsOutCountsForAWhileAfterItsCaseIsClosed() {
        Given given = new Given();
        given.hosts = 8;
        given.history = new History(List.of(), List.of(), times(4, Duration.ofSeconds(10)));
        assertThat(given.review().reason())
                .startsWith("segment-share: 0 of 8 hosts of the segment have an open case, 4 more were condemned")
                .contains("the limit is 4");
        assertThat(given.powerOff().review().decision()).isEqualTo(Decision.ACT);
        given.powerOff = false;
        given.history = new History(List.of(), List.of(), times(4, Duration.ofMinutes(1)));
        assertThat(given.review().decision()).as("a minute later").isEqualTo(Decision.ACT);
        given.open = 1;
        given.history = new History(List.of(), List.of(), times(3, Duration.ofSeconds(10)));
        assertThat(given.review().decision())
                .as("open and closed ones together")
                .isEqualTo(Decision.HOLD);
        given.history = new History(List.of(), List.of(), times(2, Duration.ofSeconds(10)));
        assertThat(given.review().decision()).isEqualTo(Decision.ACT);
    }

    @Test
    void whatIsNotKnownHoldsWhereTheGuardFailsClosed() {
        Given given = new Given();
        given.history = null;
        assertThat(given.review().reason())
                .startsWith("cool-down: it is not known")
                .contains("fails closed");
        assertThat(given.review().lines())
                .filteredOn(line -> line.decision() == Decision.HOLD)
                .extracting(Guards.Line::guard)
                .containsExactly("cool-down", "fence-rate");
        given.hosts = 0;
        given.open = 1;
        assertThat(given.review().lines().getLast().decision())
                .as("no other host known, and one case open")
                .isEqualTo(Decision.HOLD);
    }

    @Test
    void everyGuardSaysWhatItDoesWhenItCannotKnow() {
        assertThat(new Given().review().lines())
                .extracting(line -> line.guard() + " " + line.mode())
                .containsExactly(
                        "disarmed fails closed",
                        "segment-maintenance fails closed",
                        "host-maintenance fails open",
                        "observer fails open",
                        "cool-down fails closed",
                        "fence-rate fails closed",
                        "failure-domain fails open",
                        "segment-share fails closed");
    }

    @Test
    void whoIsOutCountsWithThoseThatWereLostWithItAndNotAsOneWhoIsThere() {
        Given two = new Given().rack(0, 0);
        two.neighbours.add(new Neighbour(HostId.of("h1"), R4, NOW.minusSeconds(5), true));
        assertThat(two.review().reason()).startsWith("failure-domain: 2 of 2 hosts of rack r4");
        Given longAgo = new Given().rack(0, 0);
        longAgo.neighbours.add(new Neighbour(HostId.of("h1"), R4, NOW.minusSeconds(300), true));
        assertThat(longAgo.review().decision()).isEqualTo(Decision.ACT);
        // Three of three that are left fell silent; the one that is out since long ago does not make it three of four.
        Given three = new Given().rack(1, 0);
        three.neighbours.add(new Neighbour(HostId.of("h7"), R4, NOW.minusSeconds(300), true));
        assertThat(three.review().reason()).startsWith("failure-domain: 2 of 2 hosts");
    }

    @Test
    void aHostThatFailsAgainAndAgainIsPutIntoQuarantine() {
        GuardSettings guards = GuardSettings.defaults();
        assertThat(Guards.flapping(times(2, Duration.ofMinutes(5)), NOW, guards))
                .isEmpty();
        assertThat(Guards.flapping(times(3, Duration.ofMinutes(5)), NOW, guards))
                .startsWith("flapping: it failed 3 times within 60 min")
                .contains("fails open");
        assertThat(Guards.flapping(times(3, Duration.ofHours(1)), NOW, guards)).isEmpty();
    }

    /** The oracle knows no guards: it says in plain words when a host may be condemned. */
    @Property(tries = 2000)
    void allGuardsTogetherDecideAsTheOracle(@ForAll long seed) {
        Random random = new Random(seed);
        Given given = new Given();
        given.powerOff = random.nextInt(3) == 0;
        given.word = random.nextInt(4) == 0;
        given.orders = List.of(SegmentOrders.NONE, SegmentOrders.NONE, FREEZE, IGNORE, WORK)
                .get(random.nextInt(5));
        given.maintenance = random.nextInt(4) == 0 ? "ann" : null;
        given.hosts = 1 + random.nextInt(12);
        given.open = random.nextInt(4);
        given.domains = random.nextBoolean() ? R4 : FailureDomains.NONE;
        for (int i = 1; i < given.hosts; i++) {
            given.neighbours.add(new Neighbour(
                    HostId.of("h" + i),
                    random.nextInt(3) == 0 ? FailureDomains.NONE : R4,
                    random.nextBoolean() ? NOW.minusSeconds(random.nextInt(60)) : null,
                    random.nextInt(4) == 0));
        }
        List<Instant> fences = some(random, 11, 900);
        List<Instant> holds = some(random, 5, 1200);
        List<Instant> gone = some(random, 3, 120);
        given.history = new History(fences, holds, gone);

        assertThat(given.review().decision()).isEqualTo(oracle(given, fences, holds, gone));
    }

    private static Decision oracle(Given given, List<Instant> fences, List<Instant> holds, List<Instant> out) {
        if (given.orders == IGNORE) {
            return Decision.IGNORE;
        }
        if (given.orders == FREEZE) {
            return Decision.HOLD;
        }
        if (given.word) {
            return Decision.ACT;
        }
        if (given.orders == WORK || given.maintenance != null) {
            return Decision.HOLD;
        }
        if (given.powerOff) {
            return Decision.ACT;
        }
        long recent = fences.stream()
                .filter(at -> Duration.between(at, NOW).compareTo(Duration.ofMinutes(10)) < 0)
                .count();
        long inRack = given.neighbours.stream()
                        .filter(n -> n.domains().equals(R4))
                        .filter(n -> !n.out() || lostTogether(n))
                        .count()
                + 1;
        long gone = given.neighbours.stream()
                        .filter(n -> n.domains().equals(R4))
                        .filter(GuardsTest::lostTogether)
                        .count()
                + 1;
        boolean rackGone = given.domains.equals(R4) && gone >= 2 && gone * 4 >= inRack * 3;
        int limit = given.hosts / 2 == 0 ? 1 : given.hosts / 2;
        boolean storm = false;
        for (Instant a : holds) {
            for (Instant b : holds) {
                for (Instant c : holds) {
                    Instant[] three = {a, b, c};
                    Arrays.sort(three, Comparator.naturalOrder());
                    boolean distinct = !a.equals(b) && !b.equals(c) && !a.equals(c);
                    storm |= distinct
                            && Duration.between(three[0], three[2]).toSeconds() <= 60
                            && Duration.between(three[2], NOW).toSeconds() < 600;
                }
            }
        }
        long lost = given.open
                + out.stream()
                        .filter(at -> Duration.between(at, NOW).toSeconds() < 60)
                        .count();
        return storm || recent >= 8 || rackGone || lost >= limit ? Decision.HOLD : Decision.ACT;
    }

    private static boolean lostTogether(Neighbour neighbour) {
        Instant since = neighbour.silentSince();
        return since != null
                && Math.abs(since.getEpochSecond() - NOW.minusSeconds(3).getEpochSecond()) <= 30;
    }

    /** Distinct moments, whole seconds ago. */
    private static List<Instant> some(Random random, int most, int seconds) {
        return random.ints(random.nextInt(most + 1), 1, seconds)
                .distinct()
                .mapToObj(NOW::minusSeconds)
                .toList();
    }

    private static List<Instant> times(int count, Duration ago) {
        List<Instant> times = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            times.add(NOW.minus(ago).minusSeconds(i));
        }
        return times;
    }
}
