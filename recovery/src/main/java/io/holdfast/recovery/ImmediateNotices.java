package io.holdfast.recovery;

import io.holdfast.model.Fact;
import java.util.List;

/**
 * The short road to subscribers, for what must not wait for the database: a suspicion. The facts are told from memory
 * at once; they reach the outbox afterwards, with the same ids, for those who were not listening.
 */
@FunctionalInterface
public interface ImmediateNotices {

    /** Returns at once. */
    void tell(List<Fact> facts);
}
