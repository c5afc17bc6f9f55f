package io.holdfast.server.agent.health.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.AgentHealth.Aspect;
import io.holdfast.membership.AgentHealth.Finding;
import io.holdfast.membership.AgentHealth.Grade;
import io.holdfast.server.agent.health.core.Measures.Access;
import io.holdfast.server.agent.health.core.Measures.Clock;
import io.holdfast.server.agent.health.core.Measures.Link;
import io.holdfast.server.agent.health.core.Measures.Memory;
import io.holdfast.server.agent.health.core.Measures.Space;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

public final class HealthMachineTest {

    private static final long SECOND = 1_000_000_000L;
    private static final HealthLimits LIMITS = HealthLimits.defaults();
    private static final HealthLimits AT_ONCE = counting(1, 1);

    private static HealthLimits counting(int worseAfter, int betterAfter) {
        return new HealthLimits(
                LIMITS.libvirtPoor(),
                LIMITS.libvirtBad(),
                LIMITS.storagePoor(),
                LIMITS.storageBad(),
                LIMITS.diskPoorPercent(),
                LIMITS.diskBadPercent(),
                LIMITS.memoryPoorPercent(),
                LIMITS.memoryBadPercent(),
                LIMITS.stallPoorPercent(),
                LIMITS.stallBadPercent(),
                LIMITS.clockPoor(),
                LIMITS.clockBad(),
                worseAfter,
                betterAfter);
    }

    private static Duration millis(long millis) {
        return Duration.ofMillis(millis);
    }

    private static <T> Reading<T> answer(T value) {
        return new Reading.Answer<>(value, millis(1));
    }

    /** A host on which all is well, with one thing to set. */
    private static final class Host {
        Reading<Integer> libvirt = new Reading.Answer<>(4, millis(2));
        Reading<Access> storage = answer(new Access(millis(3), millis(1), true));
        Reading<List<Space>> space = answer(List.of(new Space("/", 100, 50, null)));
        Reading<Memory> memory = answer(new Memory(1000, 500, Optional.of(0.0)));
        Reading<Clock> clock = answer(new Clock(millis(0), Optional.of(true), millis(2)));
        Reading<List<Link>> links = answer(List.of(new Link("eth0", true, "is up")));

        Measures measures() {
            return new Measures(libvirt, storage, space, memory, clock, links);
        }
    }

    private static Finding first(HealthLimits limits, Host host, Aspect aspect) {
        HealthMachine machine = new HealthMachine(limits);
        return of(aspect, machine.word(machine.step(HealthState.empty(), host.measures(), 0), 0));
    }

    private static Finding of(Aspect aspect, AgentHealth word) {
        return word.findings().stream()
                .filter(finding -> finding.aspect() == aspect)
                .findFirst()
                .orElseThrow();
    }

    // ---- what one measure means

    @Test
    void aHostOnWhichAllIsWellSaysSoInNumbers() {
        HealthMachine machine = new HealthMachine(LIMITS);
        HealthState state = machine.step(HealthState.empty(), new Host().measures(), 0);
        assertThat(machine.word(state, SECOND).findings())
                .containsExactly(
                        new Finding(Aspect.LIBVIRT, Grade.GOOD, "answers in 2 ms, runs 4 guests"),
                        new Finding(Aspect.STORAGE, Grade.GOOD, "written in 3 ms, read back in 1 ms"),
                        new Finding(Aspect.DISK, Grade.GOOD, "/ has 50 % free (0.0 MiB of 0.0 MiB)"),
                        new Finding(
                                Aspect.MEMORY,
                                Grade.GOOD,
                                "50 % available (0.5 MiB of 1.0 MiB), stalled 0.0 % of 10 s"),
                        new Finding(Aspect.CLOCK, Grade.GOOD, "synchronised, at most 2 ms off, stepped 0 ms lately"),
                        new Finding(Aspect.LINK, Grade.GOOD, "eth0 is up"));
    }

    @Test
    void beforeTheFirstMeasureNothingIsKnown() {
        assertThat(new HealthMachine(LIMITS).word(HealthState.empty(), 0).findings())
                .hasSize(Aspect.values().length)
                .allSatisfy(finding -> assertThat(finding.grade()).isEqualTo(Grade.UNKNOWN));
    }

    @ParameterizedTest
    @CsvSource({
        "answer, 0, GOOD",
        "answer, 500, GOOD",
        "answer, 501, POOR",
        "answer, 2000, POOR",
        "answer, 2001, BAD",
        "silence, 501, POOR",
        "silence, 2001, BAD",
        "failure, 0, BAD",
        "unasked, 0, UNKNOWN",
        // Under way, and nothing was ever said.
        "silence, 10, UNKNOWN",
        "silence, 500, UNKNOWN"
    })
    void libvirtAndStorageAreJudgedByTheirTime(String how, long took, Grade grade) {
        Host host = new Host();
        host.libvirt = reading(how, 1, millis(took));
        host.storage = reading(how, new Access(millis(1), millis(took), true), millis(took));
        assertThat(first(AT_ONCE, host, Aspect.LIBVIRT).grade()).isEqualTo(grade);
        assertThat(first(AT_ONCE, host, Aspect.STORAGE).grade()).isEqualTo(grade);
    }

    private static <T> Reading<T> reading(String how, T value, Duration took) {
        return switch (how) {
            case "answer" -> new Reading.Answer<>(value, took);
            case "silence" -> new Reading.Silence<>(took);
            case "failure" -> new Reading.Failure<>("connection refused");
            case "unasked" -> new Reading.Unasked<>("nothing to ask");
            default -> throw new IllegalArgumentException(how);
        };
    }

    @ParameterizedTest
    @CsvSource({"100, GOOD", "10, GOOD", "9, POOR", "3, POOR", "2, BAD", "0, BAD"})
    void theFullestFileSystemCounts(long free, Grade grade) {
        Host host = new Host();
        host.space = answer(List.of(new Space("/", 100, 90, null), new Space("/srv/shared", 100, free, null)));
        Finding finding = first(AT_ONCE, host, Aspect.DISK);
        assertThat(finding.grade()).isEqualTo(grade);
        assertThat(finding.detail()).contains("/ has 90 % free").contains("/srv/shared has ");
    }

    @Test
    void whatCannotBeAskedIsUnknownAndHidesNothingWorse() {
        Host host = new Host();
        Space hung = new Space("/srv/shared", 0, 0, "it does not answer");
        host.space = answer(List.of(new Space("/", 100, 90, null), hung));
        assertThat(first(AT_ONCE, host, Aspect.DISK).grade()).isEqualTo(Grade.UNKNOWN);
        host.space = answer(List.of(new Space("/", 100, 1, null), hung));
        assertThat(first(AT_ONCE, host, Aspect.DISK).grade()).isEqualTo(Grade.BAD);
        host.space = answer(List.of(new Space("/proc", 0, 0, null)));
        assertThat(first(AT_ONCE, host, Aspect.DISK).detail()).contains("no size");
        host.space = answer(List.of());
        assertThat(first(AT_ONCE, host, Aspect.DISK).grade()).isEqualTo(Grade.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({
        "500,  0.0, GOOD", "100,  0.0, GOOD", " 99,  0.0, POOR", " 39,  0.0, BAD", "500, 10.0, GOOD",
        "500, 10.1, POOR", "500, 40.1, BAD", " 99, 40.1, BAD", "500,     , GOOD", " 39,     , BAD"
    })
    void memoryIsJudgedByWhatIsLeftAndByWhatWaits(long available, Double stalled, Grade grade) {
        Host host = new Host();
        host.memory = answer(new Memory(1000, available, Optional.ofNullable(stalled)));
        Finding finding = first(AT_ONCE, host, Aspect.MEMORY);
        assertThat(finding.grade()).isEqualTo(grade);
        assertThat(finding.detail().contains("stalled unknown")).isEqualTo(stalled == null);
    }

    @ParameterizedTest
    @CsvSource({
        "    0, true,  GOOD",
        "  500, true,  GOOD",
        "  501, true,  POOR",
        "-501, true, POOR",
        " 5001, true,  BAD",
        "-5001, true,  BAD",
        "    0, false, POOR",
        " 5001, false, BAD",
        "    0,      , GOOD"
    })
    void theClockIsJudgedByItsStepsAndByWhoSetsIt(long step, Boolean synchronised, Grade grade) {
        HealthMachine machine = new HealthMachine(AT_ONCE);
        Host host = new Host();
        host.clock = answer(new Clock(millis(1_700_000_000_000L), Optional.ofNullable(synchronised), millis(1)));
        HealthState state = machine.step(HealthState.empty(), host.measures(), 0);
        host.clock = answer(new Clock(millis(1_700_000_000_000L + step), Optional.ofNullable(synchronised), millis(1)));
        state = machine.step(state, host.measures(), SECOND);
        assertThat(of(Aspect.CLOCK, machine.word(state, SECOND)).grade()).isEqualTo(grade);
    }

    @Test
    void aStepOfTheClockIsToldOfForAMinute() {
        HealthMachine machine = new HealthMachine(LIMITS);
        Host host = new Host();
        HealthState state = machine.step(HealthState.empty(), host.measures(), 0);
        host.clock = answer(new Clock(millis(60_000), Optional.of(true), millis(1)));
        List<Grade> grades = new ArrayList<>();
        for (long second = 1; second <= 70; second++) {
            state = machine.step(state, host.measures(), second * SECOND);
            grades.add(of(Aspect.CLOCK, machine.word(state, second * SECOND)).grade());
        }
        assertThat(grades.getFirst()).isEqualTo(Grade.GOOD);
        assertThat(grades.subList(1, 60)).containsOnly(Grade.BAD);
        assertThat(grades.getLast()).isEqualTo(Grade.GOOD);
    }

    @Test
    void oneCardWithoutALinkIsBadAndNoCardIsUnknown() {
        Host host = new Host();
        host.links = answer(List.of(new Link("eth0", true, "is up"), new Link("eth1", false, "is down")));
        assertThat(first(AT_ONCE, host, Aspect.LINK))
                .isEqualTo(new Finding(Aspect.LINK, Grade.BAD, "eth0 is up; eth1 is down"));
        host.links = answer(List.of());
        assertThat(first(AT_ONCE, host, Aspect.LINK).grade()).isEqualTo(Grade.UNKNOWN);
    }

    @Test
    void whatTheKernelDoesNotTellIsUnknown() {
        Host host = new Host();
        host.space = new Reading.Failure<>("x");
        host.memory = new Reading.Failure<>("no MemAvailable");
        host.clock = new Reading.Silence<>(millis(2000));
        host.links = new Reading.Unasked<>("y");
        for (Aspect aspect : List.of(Aspect.DISK, Aspect.MEMORY, Aspect.CLOCK, Aspect.LINK)) {
            assertThat(first(AT_ONCE, host, aspect).grade()).as(aspect.name()).isEqualTo(Grade.UNKNOWN);
        }
    }

    // ---- what many measures mean

    private static List<Grade> libvirt(HealthLimits limits, long... millis) {
        HealthMachine machine = new HealthMachine(limits);
        HealthState state = HealthState.empty();
        List<Grade> grades = new ArrayList<>();
        Host host = new Host();
        for (int i = 0; i < millis.length; i++) {
            host.libvirt = new Reading.Answer<>(1, millis(millis[i]));
            state = machine.step(state, host.measures(), i * SECOND);
            grades.add(of(Aspect.LIBVIRT, machine.word(state, i * SECOND)).grade());
        }
        return grades;
    }

    @Test
    void oneSlowAnswerIsNoNewsAndTwoAre() {
        assertThat(libvirt(LIMITS, 1, 3000, 1, 3000, 3000, 1, 1, 1))
                .containsExactly(
                        Grade.GOOD, Grade.GOOD, Grade.GOOD, Grade.GOOD, Grade.BAD, Grade.BAD, Grade.BAD, Grade.GOOD);
    }

    @Test
    void itGoesAsFarAsAllOfTheMeasuresAgree() {
        assertThat(libvirt(LIMITS, 1, 3000, 600, 3000, 3000))
                .containsExactly(Grade.GOOD, Grade.GOOD, Grade.POOR, Grade.POOR, Grade.BAD);
    }

    @Test
    void aDaemonThatHangsIsBadWithTheSecondMeasureBeyondItsLimit() {
        HealthMachine machine = new HealthMachine(LIMITS);
        Host host = new Host();
        HealthState state = machine.step(HealthState.empty(), host.measures(), 0);
        List<Grade> grades = new ArrayList<>();
        for (long second = 1; second <= 4; second++) {
            host.libvirt = new Reading.Silence<>(millis(250 + (second - 1) * 1000));
            state = machine.step(state, host.measures(), second * SECOND);
            grades.add(of(Aspect.LIBVIRT, machine.word(state, second * SECOND)).grade());
        }
        assertThat(grades).containsExactly(Grade.GOOD, Grade.GOOD, Grade.POOR, Grade.BAD);
    }

    @Test
    void aValueThatStandsOnItsLimitDoesNotFlutter() {
        assertThat(libvirt(AT_ONCE, 1, 505, 495, 505, 495, 449))
                .containsExactly(Grade.GOOD, Grade.POOR, Grade.POOR, Grade.POOR, Grade.POOR, Grade.GOOD);
    }

    @Test
    void aQuestionThatIsStillOutChangesNothingButTheAge() {
        HealthMachine machine = new HealthMachine(LIMITS);
        Host host = new Host();
        HealthState state = machine.step(HealthState.empty(), host.measures(), 0);
        host.libvirt = new Reading.Silence<>(millis(400));
        state = machine.step(state, host.measures(), 4 * SECOND);
        assertThat(of(Aspect.LIBVIRT, machine.word(state, 4 * SECOND)))
                .isEqualTo(new Finding(Aspect.LIBVIRT, Grade.GOOD, "answers in 2 ms, runs 4 guests; measured 4 s ago"));
    }

    @Test
    void itTellsWhereItLeansAndForHowLongItHasBeenSo() {
        HealthMachine machine = new HealthMachine(LIMITS);
        Host host = new Host();
        HealthState state = machine.step(HealthState.empty(), host.measures(), 0);
        host.libvirt = new Reading.Failure<>("connection\nrefused");
        state = machine.step(state, host.measures(), SECOND);
        assertThat(of(Aspect.LIBVIRT, machine.word(state, SECOND)).text())
                .isEqualTo("libvirt good: connection refused; lately bad");
        state = machine.step(state, host.measures(), 2 * SECOND);
        assertThat(of(Aspect.LIBVIRT, machine.word(state, 5 * SECOND)).text())
                .isEqualTo("libvirt bad: connection refused; for 3 s");
    }

    @Test
    void aDetailIsBounded() {
        Host host = new Host();
        host.libvirt = new Reading.Failure<>("x".repeat(10_000));
        assertThat(first(LIMITS, host, Aspect.LIBVIRT).detail().length()).isLessThan(400);
    }

    /** The dumb oracle keeps everything it ever saw, and asks of each grade whether the last so many measures are beyond it. */
    @Property
    void safetyNoFindingChangesByFewerMeasuresThanItMust(
            @ForAll("answers") List<Long> answers,
            @ForAll @IntRange(min = 1, max = 5) int worseAfter,
            @ForAll @IntRange(min = 1, max = 5) int betterAfter) {
        List<Grade> said = libvirt(
                counting(worseAfter, betterAfter),
                answers.stream().mapToLong(Long::longValue).toArray());
        List<Grade> seen = answers.stream().map(HealthMachineTest::plain).toList();
        assertThat(said.getFirst()).isEqualTo(seen.getFirst());
        for (int i = 1; i < said.size(); i++) {
            int before = HealthRules.severity(said.get(i - 1));
            int now = HealthRules.severity(said.get(i));
            if (now > before) {
                assertThat(allOf(seen, i, worseAfter)).allMatch(grade -> HealthRules.severity(grade) >= now);
            } else if (now < before) {
                assertThat(allOf(seen, i, betterAfter)).allMatch(grade -> HealthRules.severity(grade) <= now);
            }
        }
    }

    /** And it does change: what stays so long enough is what is said. */
    @Property
    void livenessWhatGoesOnIsSaid(
            @ForAll("answers") List<Long> answers,
            @ForAll("answer") long last,
            @ForAll @IntRange(min = 1, max = 5) int worseAfter,
            @ForAll @IntRange(min = 1, max = 5) int betterAfter) {
        List<Long> all = new ArrayList<>(answers);
        for (int i = 0; i < Math.max(worseAfter, betterAfter); i++) {
            all.add(last);
        }
        assertThat(libvirt(
                                counting(worseAfter, betterAfter),
                                all.stream().mapToLong(Long::longValue).toArray())
                        .getLast())
                .isEqualTo(plain(last));
    }

    private static List<Grade> allOf(List<Grade> seen, int last, int count) {
        assertThat(last + 1).isGreaterThan(count);
        return seen.subList(last + 1 - count, last + 1);
    }

    /** Values far from any limit, so that a grade does not depend on the one before. */
    @Provide
    Arbitrary<Long> answer() {
        return Arbitraries.of(1L, 1000L, 5000L);
    }

    @Provide
    Arbitrary<List<Long>> answers() {
        return answer().list().ofMinSize(1).ofMaxSize(40);
    }

    private static Grade plain(long millis) {
        return millis < 500 ? Grade.GOOD : millis < 2000 ? Grade.POOR : Grade.BAD;
    }
}
