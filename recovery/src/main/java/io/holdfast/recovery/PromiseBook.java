package io.holdfast.recovery;

import io.holdfast.model.Fact;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of promises, so that the next leader tells nobody twice. Any thread may call; each verb is one
 * transaction, and one of an older leader is refused ({@code StaleLeaderException}). Failures are the store's own; nothing is
 * remembered then.
 */
public interface PromiseBook {

    Optional<CapacityPromise> find(SegmentId segment);

    /** @param fact what is to be told of it, written with it or not at all; null for nothing */
    void put(CapacityPromise promise, @Nullable Fact fact, LeaderEpoch leader);

    /** Writes only what is to be told. */
    void tell(SegmentId segment, Fact fact, LeaderEpoch leader);
}
