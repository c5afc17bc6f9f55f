package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.HostState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.core.ReportRule.Known;
import io.holdfast.compute.core.ReportRule.Outcome;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.time.Instant;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ReportRuleTest {

    private static final HostId HOME = HostId.of("h1");
    private static final HostId OTHER = HostId.of("h2");
    private static final InstanceId INSTANCE = InstanceId.of(new UUID(1, 1));

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // goal   known     task           host     report   goal after  actual after  task after
                "RUNNING, BUILDING, spawning,      SERVING, BUILDING, RUNNING,   BUILDING,     spawning",
                "RUNNING, BUILDING, spawning,      SERVING, RUNNING,  RUNNING,   RUNNING,      -",
                "RUNNING, BUILDING, spawning,      SERVING, STOPPED,  RUNNING,   STOPPED,      spawning",
                "RUNNING, BUILDING, spawning,      SERVING, FAILED,   RUNNING,   FAILED,       -",
                "RUNNING, RUNNING,  -,             SERVING, STOPPED,  STOPPED,   STOPPED,      -",
                "RUNNING, RUNNING,  -,             JOINING, STOPPED,  RUNNING,   STOPPED,      -",
                "RUNNING, UNKNOWN,  -,             SERVING, STOPPED,  RUNNING,   STOPPED,      -",
                "RUNNING, STOPPED,  evacuating,    SERVING, STOPPED,  RUNNING,   STOPPED,      evacuating",
                "RUNNING, STOPPED,  evacuating,    SERVING, RUNNING,  RUNNING,   RUNNING,      -",
                "STOPPED, RUNNING,  powering-off,  SERVING, RUNNING,  STOPPED,   RUNNING,      powering-off",
                "STOPPED, RUNNING,  powering-off,  SERVING, STOPPED,  STOPPED,   STOPPED,      -",
                "DELETED, RUNNING,  deleting,      SERVING, STOPPED,  DELETED,   STOPPED,      deleting",
                "DELETED, STOPPED,  deleting,      SERVING, DELETED,  DELETED,   DELETED,      -",
                "DELETED, DELETED,  removing-disk, JOINING, DELETED,  DELETED,   DELETED,      -",
                // What is held is held, and without its guest it is over, whoever says so.
                "PAUSED,  RUNNING,  pausing,       SERVING, RUNNING,  PAUSED,    RUNNING,      pausing",
                "PAUSED,  RUNNING,  pausing,       SERVING, PAUSED,   PAUSED,    PAUSED,       -",
                "PAUSED,  PAUSED,   -,             SERVING, STOPPED,  STOPPED,   STOPPED,      -",
                "PAUSED,  UNKNOWN,  pausing,       JOINING, STOPPED,  STOPPED,   STOPPED,      -",
                "PAUSED,  PAUSED,   -,             SERVING, RUNNING,  PAUSED,    RUNNING,      -",
                "RUNNING, PAUSED,   unpausing,     SERVING, PAUSED,   RUNNING,   PAUSED,       unpausing",
                "RUNNING, PAUSED,   unpausing,     SERVING, RUNNING,  RUNNING,   RUNNING,      -",
                "RUNNING, PAUSED,   unpausing,     SERVING, STOPPED,  RUNNING,   STOPPED,      unpausing",
                "SUSPENDED, RUNNING, suspending,   SERVING, SUSPENDED, SUSPENDED, SUSPENDED,   -",
                "SUSPENDED, RUNNING, suspending,   SERVING, STOPPED,  STOPPED,   STOPPED,      -",
                "SUSPENDED, SUSPENDED, -,          JOINING, SUSPENDED, SUSPENDED, SUSPENDED,   -",
                "RUNNING, SUSPENDED, resuming,     SERVING, SUSPENDED, RUNNING,  SUSPENDED,    resuming",
                "RUNNING, SUSPENDED, resuming,     SERVING, RUNNING,  RUNNING,   RUNNING,      -",
                // Nobody but the owner deletes.
                "RUNNING, RUNNING,  -,             SERVING, DELETED,  RUNNING,   FAILED,       -",
                "STOPPED, STOPPED,  -,             JOINING, DELETED,  STOPPED,   FAILED,       -",
            })
    void whatTheHomeSaysCounts(
            InstanceGoal goal,
            ActualState known,
            String task,
            HostState host,
            ActualState reported,
            InstanceGoal goalAfter,
            ActualState actualAfter,
            String taskAfter) {
        Known before = new Known(HOME, Generation.of(3), goal, known, false, task, null);

        Outcome outcome = ReportRule.apply(before, HOME, host, report(3, reported, ""));

        Known after = outcome instanceof Outcome.Changed changed ? changed.next() : before;
        assertThat(after.goal()).isEqualTo(goalAfter);
        assertThat(after.actual()).isEqualTo(actualAfter);
        assertThat(after.task()).isEqualTo(taskAfter);
        assertThat(outcome instanceof Outcome.Unchanged).isEqualTo(after.equals(before));
        assertThat(after.fault() != null).isEqualTo(actualAfter == ActualState.FAILED);
    }

    @Test
    void aFaultIsWhatTheAgentSaidAndGoesWithTheNextGoodReport() {
        Known before =
                new Known(HOME, Generation.of(1), InstanceGoal.RUNNING, ActualState.BUILDING, false, "spawning", null);

        Known failed = changed(before, report(1, ActualState.FAILED, "no such disk"));
        assertThat(failed.fault()).isEqualTo("no such disk");
        assertThat(changed(before, report(1, ActualState.FAILED, "")).fault()).isEqualTo("failed on h1");
        assertThat(changed(failed, report(1, ActualState.RUNNING, "")).fault()).isNull();
    }

    @Test
    void whetherItHasComeUpIsWhatTheLastReportSaysAndNothingIsKept() {
        Known runs = new Known(HOME, Generation.of(1), InstanceGoal.RUNNING, ActualState.RUNNING, false, null, null);

        Known up = changed(runs, cameUp());
        assertThat(up.cameUp()).isTrue();
        // Its guest died and was started again, and of all that the watch told no more than the last word.
        assertThat(changed(up, report(1, ActualState.RUNNING, "")).cameUp()).isFalse();
        assertThat(changed(up, report(1, ActualState.FAILED, "killed")).cameUp())
                .isFalse();
        assertThat(ReportRule.apply(up, HOME, HostState.SERVING, cameUp())).isInstanceOf(Outcome.Unchanged.class);
    }

    @ParameterizedTest
    @EnumSource(value = ActualState.class, names = "RUNNING", mode = EnumSource.Mode.EXCLUDE)
    void nothingHasComeUpThatDoesNotRun(ActualState actual) {
        assertThatThrownBy(() -> new InstanceReport(INSTANCE, Generation.of(1), actual, true, "", Instant.EPOCH))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static InstanceReport cameUp() {
        return new InstanceReport(INSTANCE, Generation.of(1), ActualState.RUNNING, true, "", Instant.EPOCH);
    }

    @ParameterizedTest
    @EnumSource(ActualState.class)
    void whatIsDeletedDoesNotComeBack(ActualState reported) {
        Known deleted = new Known(HOME, Generation.of(1), InstanceGoal.DELETED, ActualState.DELETED, false, null, null);

        Outcome outcome = ReportRule.apply(deleted, HOME, HostState.JOINING, report(1, reported, ""));

        assertThat(outcome).isNotInstanceOf(Outcome.Changed.class);
    }

    @Property
    void safetyNoOtherHostGenerationOrCondemnedHostChangesAnything(
            @ForAll boolean homeless,
            @ForAll boolean fromHome,
            @ForAll @LongRange(min = 0, max = 3) long knownGeneration,
            @ForAll @LongRange(min = 0, max = 3) long reportedGeneration,
            @ForAll HostState host,
            @ForAll InstanceGoal goal,
            @ForAll ActualState actual,
            @ForAll ActualState reported) {
        Known known =
                new Known(homeless ? null : HOME, Generation.of(knownGeneration), goal, actual, false, null, null);

        Outcome outcome =
                ReportRule.apply(known, fromHome ? HOME : OTHER, host, report(reportedGeneration, reported, ""));

        boolean believed = !homeless
                && fromHome
                && knownGeneration == reportedGeneration
                && (host == HostState.JOINING || host == HostState.SERVING);
        boolean contradicted = !homeless
                && fromHome
                && knownGeneration < reportedGeneration
                && host == HostState.SERVING
                && goal == InstanceGoal.RUNNING
                && actual == ActualState.RUNNING
                && reported != ActualState.RUNNING;
        if (contradicted) {
            assertThat(outcome)
                    .isEqualTo(new Outcome.Changed(new Known(
                            HOME, known.generation(), InstanceGoal.RUNNING, ActualState.UNKNOWN, false, null, null)));
        } else if (!believed) {
            assertThat(outcome).isInstanceOf(Outcome.Ignored.class);
        }
        if (outcome instanceof Outcome.Changed changed) {
            assertThat(changed.next().home()).isEqualTo(known.home());
            assertThat(changed.next().generation()).isEqualTo(known.generation());
            // A report may conclude that the owner's guest shut down; it never starts or deletes for the owner.
            assertThat(changed.next().goal()).isIn(goal, InstanceGoal.STOPPED);
            assertThat(changed.next().actual() == ActualState.DELETED && goal != InstanceGoal.DELETED)
                    .isFalse();
        }
    }

    @Test
    void aHomeThatKnowsALaterGenerationAndDoesNotRunItMakesTheRowForgetWhatItBelieved() {
        Known runs = new Known(HOME, Generation.of(2), InstanceGoal.RUNNING, ActualState.RUNNING, false, null, null);

        Known after = changed(runs, report(3, ActualState.STOPPED, ""));

        assertThat(after.actual()).isEqualTo(ActualState.UNKNOWN);
        assertThat(after.goal())
                .as("nobody inside the guest wanted that; it is started again")
                .isEqualTo(InstanceGoal.RUNNING);
        assertThat(after.generation())
                .as("the generation is raised by whoever tells the goal and is refused")
                .isEqualTo(Generation.of(2));
        assertThat(ReportRule.apply(runs, HOME, HostState.SERVING, report(3, ActualState.RUNNING, "")))
                .isInstanceOf(Outcome.Ignored.class);
        assertThat(ReportRule.apply(runs, HOME, HostState.JOINING, report(3, ActualState.STOPPED, "")))
                .isInstanceOf(Outcome.Ignored.class);
    }

    @Property
    void theSameReportTwiceChangesNothingTheSecondTime(
            @ForAll HostState host,
            @ForAll InstanceGoal goal,
            @ForAll ActualState actual,
            @ForAll ActualState reported) {
        Known known = new Known(HOME, Generation.of(1), goal, actual, false, "spawning", null);
        InstanceReport report = report(1, reported, "why");

        if (ReportRule.apply(known, HOME, host, report) instanceof Outcome.Changed first) {
            assertThat(ReportRule.apply(first.next(), HOME, host, report)).isNotInstanceOf(Outcome.Changed.class);
        }
    }

    private static Known changed(Known before, InstanceReport report) {
        return ((Outcome.Changed) ReportRule.apply(before, HOME, HostState.SERVING, report)).next();
    }

    private static InstanceReport report(long generation, ActualState actual, String detail) {
        return new InstanceReport(INSTANCE, Generation.of(generation), actual, false, detail, Instant.EPOCH);
    }
}
