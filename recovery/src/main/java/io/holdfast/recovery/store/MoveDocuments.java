package io.holdfast.recovery.store;

import com.fasterxml.jackson.databind.jsontype.NamedType;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.core.PlannedStage;
import java.util.List;

/** Planned moves as documents, with the names of their types. */
public final class MoveDocuments {

    private final Documents<PlannedMove> documents;

    public MoveDocuments() {
        documents = new Documents<>(
                PlannedMove.class,
                "a planned move",
                List.of(PlannedStage.class),
                new NamedType(PlannedStage.Planning.class, "PLANNING"),
                new NamedType(PlannedStage.Leaving.class, "LEAVING"),
                new NamedType(PlannedStage.TakingBack.class, "TAKING_BACK"),
                new NamedType(PlannedStage.Starting.class, "STARTING"),
                new NamedType(PlannedStage.NeedsOperator.class, "NEEDS_OPERATOR"),
                new NamedType(PlannedStage.Moved.class, "MOVED"),
                new NamedType(PlannedStage.Stayed.class, "STAYED"),
                new NamedType(PlannedStage.Gone.class, "GONE"),
                new NamedType(PlannedStage.Superseded.class, "SUPERSEDED"));
    }

    public String write(PlannedMove move) {
        return documents.write(move);
    }

    public PlannedMove read(String document) {
        return documents.read(document);
    }
}
