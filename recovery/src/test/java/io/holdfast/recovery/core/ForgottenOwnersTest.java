package io.holdfast.recovery.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.model.CaseId;
import io.holdfast.model.FlavorId;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.ImageId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.ProjectId;
import io.holdfast.model.RecoveryPolicy;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.RecoverySettings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Owners whom the first words missed, or who have heard only those, are told by the store's list. */
class ForgottenOwnersTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final HostId H1 = HostId.of("h1");

    @Test
    void theStoresListTellsOwnersWhomMemoryForgot() {
        CaseState state = fenced(List.of(CaseState.Affected.of(instance(1))));
        CaseStep listed = step(state, new CaseEvent.InstancesListed(List.of(instance(1), instance(2))));
        assertThat(listed.notices())
                .filteredOn(notice -> notice.type().equals("instance.host-failed"))
                .extracting(CaseStep.Notice::subject)
                .containsExactly("instance/" + instance(2).id());
    }

    @Test
    void whoseHomeCameBackBeforeAnybodyWasMovedHearsThatItGoesOnThere() {
        CaseState state = fenced(List.of(CaseState.Affected.of(instance(1))));
        state = step(state, new CaseEvent.HostReturned("it has a lease again")).next();
        CaseStep listed = step(state, new CaseEvent.InstancesListed(List.of(instance(1), instance(2))));
        assertThat(listed.notices())
                .filteredOn(notice -> notice.type().equals("instance.not-moved"))
                .extracting(CaseStep.Notice::subject)
                .containsExactly(
                        "instance/" + instance(1).id(),
                        "instance/" + instance(2).id());
    }

    @Test
    void whoIsDeletedWhileItsHostFailsGetsNoHome() {
        CaseState state = fenced(List.of());
        CaseStep listed =
                step(state, new CaseEvent.InstancesListed(List.of(instance(1), instance(2, InstanceGoal.DELETED))));
        assertThat(listed.next().moves())
                .filteredOn(move -> move.state() instanceof MoveState.Gone)
                .extracting(Move::id)
                .containsExactly(instance(2).id());
        assertThat(listed.next().moves())
                .filteredOn(Move::toBePlanned)
                .extracting(Move::id)
                .containsExactly(instance(1).id());
    }

    private static CaseState fenced(List<CaseState.Affected> affected) {
        CaseState state = CaseMachine.open(
                        new CaseMachine.Opening(
                                CaseId.of(new UUID(7, 7)),
                                SegmentId.of("s"),
                                H1,
                                HostEpoch.ZERO,
                                "lost",
                                List.of(),
                                null,
                                true,
                                null,
                                new CaseEvent.HoldReviewed(true, ""),
                                affected,
                                List.of(),
                                List.of()),
                        NOW,
                        RecoverySettings.defaults())
                .next();
        state = step(state, new CaseEvent.StoreCondemned()).next();
        return step(state, new CaseEvent.FenceProven(1, new Phase.Proof("POWER_READ_OFF", "off", NOW), List.of()))
                .next();
    }

    private static CaseStep step(CaseState state, CaseEvent event) {
        return CaseMachine.step(state, event, NOW, RecoverySettings.defaults());
    }

    private static Instance instance(long number) {
        return instance(number, InstanceGoal.RUNNING);
    }

    private static Instance instance(long number, InstanceGoal goal) {
        return new Instance(
                InstanceId.of(new UUID(0, number)),
                "vm-" + number,
                ProjectId.of("red"),
                "owner",
                FlavorId.of("small"),
                new Resources(1, 1024, 1),
                ImageId.of(new UUID(0, 9)),
                null,
                goal,
                ActualState.UNKNOWN,
                false,
                null,
                null,
                H1,
                Generation.of(1),
                HostEpoch.ZERO,
                RecoveryPolicy.AUTOMATIC,
                "tag",
                List.of(),
                Map.of(),
                NOW,
                NOW,
                null);
    }
}
