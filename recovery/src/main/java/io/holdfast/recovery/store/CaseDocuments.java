package io.holdfast.recovery.store;

import com.fasterxml.jackson.databind.jsontype.NamedType;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.recovery.core.Phase;
import io.holdfast.recovery.core.ReturnStage;
import java.util.List;

/** Cases as documents, with the names of their types. */
public final class CaseDocuments {

    private final Documents<CaseState> documents;

    public CaseDocuments() {
        documents = new Documents<>(
                CaseState.class,
                "a recovery case",
                List.of(Phase.class, MoveState.class, MoveState.Active.class, ReturnStage.class),
                new NamedType(Phase.Held.class, "HELD"),
                new NamedType(Phase.Condemned.class, "CONDEMNED"),
                new NamedType(Phase.Confirming.class, "CONFIRMING"),
                new NamedType(Phase.Fencing.class, "FENCING"),
                new NamedType(Phase.Dumping.class, "DUMPING"),
                new NamedType(Phase.FenceBackoff.class, "FENCE_BACKOFF"),
                new NamedType(Phase.NeedsOperator.class, "NEEDS_OPERATOR"),
                new NamedType(Phase.Fenced.class, "FENCED"),
                new NamedType(Phase.Evacuating.class, "EVACUATING"),
                new NamedType(Phase.Pardoning.class, "PARDONING"),
                new NamedType(Phase.Recovered.class, "RECOVERED"),
                new NamedType(Phase.Pardoned.class, "PARDONED"),
                new NamedType(Phase.Abandoned.class, "ABANDONED"),
                new NamedType(MoveState.AwaitingSay.class, "AWAITING_SAY"),
                new NamedType(MoveState.Waiting.class, "WAITING"),
                new NamedType(MoveState.Placed.class, "PLACED"),
                new NamedType(MoveState.Claimed.class, "CLAIMED"),
                new NamedType(MoveState.Starting.class, "STARTING"),
                new NamedType(MoveState.Silent.class, "SILENT"),
                new NamedType(MoveState.Withdrawing.class, "WITHDRAWING"),
                new NamedType(MoveState.Retrying.class, "RETRYING"),
                new NamedType(MoveState.NeedsOperator.class, "NEEDS_OPERATOR"),
                new NamedType(MoveState.Running.class, "RUNNING"),
                new NamedType(MoveState.LeftStopped.class, "LEFT_STOPPED"),
                new NamedType(MoveState.Abandoned.class, "ABANDONED"),
                new NamedType(MoveState.Notified.class, "NOTIFIED"),
                new NamedType(MoveState.Left.class, "LEFT"),
                new NamedType(MoveState.Gone.class, "GONE"),
                new NamedType(MoveState.Superseded.class, "SUPERSEDED"),
                new NamedType(MoveState.HomeReturned.class, "HOME_RETURNED"),
                new NamedType(ReturnStage.Resting.class, "RESTING"),
                new NamedType(ReturnStage.Asking.class, "ASKING"),
                new NamedType(ReturnStage.Opposed.class, "OPPOSED"),
                new NamedType(ReturnStage.Quarantined.class, "QUARANTINED"),
                new NamedType(ReturnStage.Ordering.class, "ORDERING"),
                new NamedType(ReturnStage.Pausing.class, "PAUSING"),
                new NamedType(ReturnStage.Rejoining.class, "REJOINING"),
                new NamedType(ReturnStage.Unanswered.class, "UNANSWERED"),
                new NamedType(ReturnStage.Restored.class, "RESTORED"),
                new NamedType(ReturnStage.LeftOff.class, "LEFT_OFF"),
                new NamedType(ReturnStage.Overtaken.class, "OVERTAKEN"));
    }

    public String write(CaseState state) {
        return documents.write(state);
    }

    public CaseState read(String document) {
        return documents.read(document);
    }
}
