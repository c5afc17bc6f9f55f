package io.holdfast.server.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.HostState;
import io.holdfast.fencing.FenceCheck;
import io.holdfast.fencing.FenceReadiness;
import io.holdfast.fencing.core.FenceAttempt;
import io.holdfast.fencing.core.FenceLadder;
import io.holdfast.fencing.ipmi.core.Trouble;
import io.holdfast.membership.HostHealth;
import io.holdfast.membership.core.Standing;
import io.holdfast.membership.health.HealthRow;
import io.holdfast.membership.health.HealthState;
import io.holdfast.membership.health.HealthTable;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.recovery.RecoverySettings;
import io.holdfast.recovery.core.Guards;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.recovery.core.Phase;
import io.holdfast.recovery.core.PlannedStage;
import io.holdfast.recovery.core.ReturnStage;
import io.holdfast.recovery.core.SegmentOrders;
import io.holdfast.recovery.core.Situation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whatever the product can show as a state or a reason, the runbook says where it gets stuck and what to do. */
final class RunbookTest {

    private final Runbook runbook;

    RunbookTest() throws IOException {
        runbook = new Runbook(Path.of("..", "docs", "runbook.md"));
    }

    @Test
    void eachStateOfEachMachineHasAHeadingInItsSectionAndNothingElseHas() {
        assertThat(states("Case of a host")).isEqualTo(words(Phase.class));
        assertThat(states("Instance of a case")).isEqualTo(words(MoveState.class));
        assertThat(states("Planned moves")).isEqualTo(words(PlannedStage.class));
        assertThat(states("Power back")).isEqualTo(words(ReturnStage.class));
        assertThat(states("Fence attempt")).isEqualTo(names(FenceAttempt.State.class));
        assertThat(states("Levels of fencing")).isEqualTo(names(FenceLadder.State.class));
        assertThat(states("Host in the store")).isEqualTo(constants(HostState.values()));
        TreeSet<String> health = constants(HostHealth.values());
        // Shown as SUSPECTED with a reason, and something else for whoever has to act.
        health.add("HELD");
        assertThat(states("Health of a host")).isEqualTo(health);
    }

    @Test
    void eachStateThatWaitsSaysWhereItCanGetStuckAndWhatToDo() {
        Stream.of(Phase.class, MoveState.Active.class, PlannedStage.class, ReturnStage.class)
                .flatMap(type -> states(type).stream())
                .filter(RunbookTest::waits)
                .forEach(state -> {
                    String section = Phase.class.isAssignableFrom(state)
                            ? "Case of a host"
                            : MoveState.class.isAssignableFrom(state)
                                    ? "Instance of a case"
                                    : ReturnStage.class.isAssignableFrom(state) ? "Power back" : "Planned moves";
                    String text = entry(section, word(state));
                    assertThat(text.toLowerCase(Locale.ROOT))
                            .as(section + ": " + word(state))
                            .contains("stuck?");
                    assertThat(text)
                            .as(section + ": " + word(state))
                            .containsAnyOf("**Do:**", "**Do**", "| do |", "see \"", "as ", "As ", "Stuck?** No");
                });
    }

    @Test
    void eachGuardThatHoldsIsInTheTable() {
        TreeSet<String> guards = Guards.review(quiet(), RecoverySettings.defaults()).lines().stream()
                .map(Guards.Line::guard)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(guards).hasSizeGreaterThan(7);
        assertThat(Runbook.firstColumn(entry("Case of a host", "HELD"))).isEqualTo(guards);
    }

    @Test
    void eachDoubtOfTheObserverAndEachRowThatCallsAHostDegradedIsInATable() {
        assertThat(quoted(entry("Health of a host", "HELD")))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Standing.Doubt.values())
                        .map(Standing.Doubt::text)
                        .toList());
        assertThat(quoted(entry("Health of a host", "DEGRADED")))
                .containsExactlyInAnyOrderElementsOf(HealthTable.defaults().rows().stream()
                        .filter(row -> row.state() == HealthState.DEGRADED)
                        .map(HealthRow::says)
                        .toList());
    }

    @Test
    void eachReasonToRefuseAHostIsInTheTable() throws ClassNotFoundException {
        TreeSet<String> filters = Arrays.stream(
                        Class.forName("io.holdfast.scheduler.Filter").getEnumConstants())
                .map(filter -> filter.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(Runbook.firstColumn(
                        String.join("\n", runbook.entries("No valid host").values())))
                .isEqualTo(filters);
    }

    @Test
    void aHumanIsCalledForEachStateOfAnInstanceAndTheTableKnowsEach() {
        TreeSet<String> active = words(MoveState.Active.class);
        active.remove("NEEDS_OPERATOR");
        // At its deadline it does what was said in advance; nobody is called.
        active.remove("AWAITING_SAY");
        assertThat(Runbook.firstColumn(entry("Instance of a case", "NEEDS_OPERATOR")))
                .isEqualTo(active);
    }

    @Test
    void eachWordOfATimelineAndEachNoticeIsExplained() throws IOException {
        RecordedWords words = new RecordedWords(
                Path.of("..", "recovery", "src", "main", "java"),
                Path.of("..", "compute", "src", "main", "java"),
                Path.of("..", "fencing", "src", "main", "java"));
        assertThat(words.unread).as("the word must stand in the call itself").isEmpty();
        assertThat(words.kinds).contains("not-acted", "gone", "failback", "frozen");
        assertThat(words.notices).contains("host.held", "instance.suspected", "instance.parted", "host.fence-unready");
        assertThat(Runbook.firstColumn(text("Words of a timeline"))).isEqualTo(words.kinds);
        TreeSet<String> notices = new TreeSet<>(words.notices);
        // Told by who asks for it to one subscriber, and by no journal.
        notices.add("webhook.test");
        assertThat(Runbook.firstColumn(text("Notices"))).isEqualTo(notices);
        Stream.of("Words of a timeline", "Notices", "No valid host")
                .flatMap(section -> Runbook.rows(text(section)).stream())
                .forEach(row -> assertThat(row)
                        .as("a cell for each column")
                        .allSatisfy(cell -> assertThat(cell).isNotBlank()));
    }

    @Test
    void eachSubjectOfARehearsalAndEachOfItsStatesHasALine() {
        TreeSet<String> subjects = Arrays.stream(FenceCheck.Subject.values())
                .map(each -> each.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(Runbook.firstColumn(text("No working fence"))).isEqualTo(subjects);
        assertThat(FenceReadiness.State.values())
                .allSatisfy(state -> assertThat(text("No working fence")).contains(state.name()));
    }

    @Test
    void eachTroubleWithABmcHasALine() {
        String table = entry("Fence attempt", "Failed");
        assertThat(Trouble.values()).allSatisfy(trouble -> assertThat(table).contains("| *" + trouble.words() + "*"));
    }

    @Test
    void eachReasonOfRecoveryItselfForAFenceThatProvedNothingHasARow() throws IOException {
        List<String> known = Runbook.rows(entry("Fence attempt", "Failed")).stream()
                .flatMap(row ->
                        Pattern.compile("\\*([^*]+)\\*").matcher(row.getFirst()).results())
                .map(found -> found.group(1))
                .toList();
        Pattern failed = Pattern.compile("new CaseEvent\\.FenceFailed\\(([^;]*);");
        Pattern words = Pattern.compile("\"([^\"]+)\"");
        Path sources = Path.of("..", "recovery", "src", "main", "java", "io", "holdfast", "recovery");
        List<String> reasons = Stream.of("CommandRunner.java", "core/CaseMachine.java")
                .map(sources::resolve)
                .map(RunbookTest::read)
                .flatMap(source -> failed.matcher(source).results())
                .flatMap(call -> words.matcher(call.group(1)).results())
                .map(found -> found.group(1))
                .toList();
        assertThat(reasons).hasSizeGreaterThanOrEqualTo(4);
        assertThat(reasons).allSatisfy(reason -> assertThat(known).anyMatch(reason::contains));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String text(String section) {
        return String.join("\n", runbook.entries(section).values());
    }

    /** The states that the headings of a section name, whatever else the headings say. */
    private TreeSet<String> states(String section) {
        return runbook.entries(section).keySet().stream()
                .filter(heading -> !heading.isEmpty())
                .flatMap(RunbookTest::named)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** {@code Levels of fencing: Failed or Unknown}, {@code MOVED, STAYED}, {@code STARTING (planned move)}. */
    private static Stream<String> named(String heading) {
        return Arrays.stream(
                heading.replaceAll("^[^:]*: ", "").replaceAll(" \\(.*\\)$", "").split(", | or "));
    }

    private String entry(String section, String state) {
        return runbook.entries(section).entrySet().stream()
                .filter(entry -> named(entry.getKey()).anyMatch(state::equals))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new AssertionError(section + " has no " + state));
    }

    /** What the first column of a text's tables has in italics. */
    private static List<String> quoted(String text) {
        return Runbook.rows(text).stream()
                .map(List::getFirst)
                .filter(cell -> cell.startsWith("*"))
                .map(cell -> cell.replace("*", ""))
                .toList();
    }

    private static boolean waits(Class<?> state) {
        return !Arrays.stream(state.getInterfaces())
                        .anyMatch(type -> type.getSimpleName().equals("Settled"))
                && Arrays.stream(state.getRecordComponents())
                        .map(RecordComponent::getName)
                        .noneMatch("closedAt"::equals);
    }

    private static Situation quiet() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        return new Situation(
                HostId.of("h1"),
                now,
                now,
                false,
                false,
                SegmentOrders.NONE,
                null,
                FailureDomains.NONE,
                3,
                0,
                List.of(),
                "",
                null);
    }

    private static TreeSet<String> constants(Enum<?>[] values) {
        return Arrays.stream(values).map(Enum::name).collect(Collectors.toCollection(TreeSet::new));
    }

    private static TreeSet<String> words(Class<?> type) {
        return collect(states(type).stream().map(RunbookTest::word).toList());
    }

    private static TreeSet<String> names(Class<?> type) {
        return collect(states(type).stream().map(Class::getSimpleName).toList());
    }

    private static TreeSet<String> collect(Collection<String> words) {
        return new TreeSet<>(words);
    }

    /** The records of a sealed interface, also of those between. */
    private static List<Class<?>> states(Class<?> type) {
        Class<?>[] permitted = type.getPermittedSubclasses();
        if (permitted == null) {
            return type.isRecord() ? List.of(type) : List.of();
        }
        return Arrays.stream(permitted)
                .flatMap(each -> states(each).stream())
                .distinct()
                .toList();
    }

    private static String word(Class<?> state) {
        return state.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
    }
}
