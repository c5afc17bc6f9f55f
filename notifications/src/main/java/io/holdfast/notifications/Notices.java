package io.holdfast.notifications;

import io.holdfast.model.Fact;
import java.util.List;

/** The roads a fact can take to its subscribers. */
public interface Notices {

    /**
     * Tells facts from memory, at once, before any database is asked; records them in the outbox afterwards. Returns at
     * once. When recording fails it is tried again while the process lives; a fact is never told twice by us as long as
     * the process lives, and carries the same id if it is.
     */
    void tellNow(List<Fact> facts);

    /** Says that the outbox has new facts, so that they leave now rather than at the next round. Returns at once. */
    void wake();
}
