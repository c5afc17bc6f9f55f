package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.Hold;
import io.holdfast.compute.HostState;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceReport;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HoldRuleTest {

    private static final InstanceId VM = InstanceId.of(new UUID(0, 1));
    private static final HostId HOME = HostId.of("h1");

    @Test
    void eachVerbIsForOneState() {
        Map<Hold, VmState> from = Map.of(
                Hold.PAUSE, VmState.ACTIVE,
                Hold.UNPAUSE, VmState.PAUSED,
                Hold.SUSPEND, VmState.ACTIVE,
                Hold.RESUME, VmState.SUSPENDED);
        for (Hold verb : Hold.values()) {
            for (VmState state : VmState.values()) {
                if (from.get(verb) == state) {
                    HoldRule.check(verb, VM, state, null);
                    assertThatThrownBy(() -> HoldRule.check(verb, VM, state, "deleting"))
                            .hasMessage("Cannot '" + verb.word() + "' instance " + VM
                                    + " while it is in task_state deleting");
                } else {
                    assertThatThrownBy(() -> HoldRule.check(verb, VM, state, null))
                            .isInstanceOf(ComputeException.class)
                            .hasMessage("Cannot '" + verb.word() + "' instance " + VM + " while it is in vm_state "
                                    + state.word());
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "PAUSED,    RUNNING,   pausing,    RUNNING,   UNKNOWN",
                "SUSPENDED, PAUSED,    suspending, RUNNING,   UNKNOWN",
                // A goal that was reached is told again, and not taken back.
                "PAUSED,    UNKNOWN,   -,          -,         -",
                "PAUSED,    PAUSED,    -,          -,         -",
                "SUSPENDED, UNKNOWN,   -,          -,         -",
                "SUSPENDED, PAUSED,    pausing,    -,         -",
                "PAUSED,    UNKNOWN,   suspending, -,         -",
                "RUNNING,   PAUSED,    unpausing,  PAUSED,    PAUSED",
                // It stands at its home, beside its memory.
                "RUNNING,   PAUSED,    resuming,   PAUSED,    PAUSED",
                "RUNNING,   PAUSED,    rebooting,  -,         -",
                "RUNNING,   SUSPENDED, -,          -,         -",
                "RUNNING,   SUSPENDED, resuming,   SUSPENDED, SUSPENDED",
                "RUNNING,   SUSPENDED, spawning,   SUSPENDED, SUSPENDED",
                // A case looks after what it moves, and a start that failed has failed.
                "RUNNING,   SUSPENDED, evacuating, -,         -",
                "RUNNING,   BUILDING,  spawning,   -,         -",
                "RUNNING,   UNKNOWN,   rebooting,  -,         -",
                "STOPPED,   PAUSED,    powering-off, -,       -",
                "DELETED,   SUSPENDED, deleting,   -,         -",
            })
    void whatItsHomeCannotDoLeavesItAsItWas(
            InstanceGoal goal,
            ActualState actual,
            @Nullable String task,
            InstanceGoal goalAfter,
            ActualState actualAfter) {
        assertThat(HoldRule.declined(goal, actual, task))
                .isEqualTo(
                        goalAfter == null ? Optional.empty() : Optional.of(new HoldRule.Back(goalAfter, actualAfter)));
    }

    @Property
    void nothingThatItsOwnerHoldsBeginsToRunByAReport(
            @ForAll ActualState known, @ForAll ActualState reported, @ForAll HostState host, @ForAll boolean paused) {
        InstanceGoal goal = paused ? InstanceGoal.PAUSED : InstanceGoal.SUSPENDED;
        ReportRule.Known before = new ReportRule.Known(HOME, Generation.of(3), goal, known, false, null, null);
        InstanceReport report = new InstanceReport(VM, Generation.of(3), reported, false, "", Instant.EPOCH);
        if (ReportRule.apply(before, HOME, host, report) instanceof ReportRule.Outcome.Changed(ReportRule.Known next)) {
            assertThat(next.goal()).isIn(goal, InstanceGoal.STOPPED);
            assertThat(next.goal() == InstanceGoal.STOPPED).isEqualTo(next.actual() == ActualState.STOPPED);
        }
    }

    @Property
    void everyStateHasOneWordAndADeletedOneIsDeleted(
            @ForAll InstanceGoal goal, @ForAll ActualState actual, @ForAll boolean rebooting) {
        VmState state = VmState.of(goal, actual, rebooting ? "rebooting" : null);
        if (goal == InstanceGoal.DELETED) {
            assertThat(state).isEqualTo(VmState.DELETED);
        } else if (rebooting) {
            assertThat(state).isEqualTo(VmState.ACTIVE);
        } else if (actual == ActualState.UNKNOWN) {
            assertThat(state.word()).isEqualTo(goal == InstanceGoal.RUNNING ? "active" : goal.word());
        } else if (Arrays.asList(ActualState.STOPPED, ActualState.PAUSED, ActualState.SUSPENDED)
                .contains(actual)) {
            assertThat(state.name()).isEqualTo(actual.name());
        }
    }
}
