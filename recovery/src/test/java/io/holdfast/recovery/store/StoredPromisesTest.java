package io.holdfast.recovery.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.Fact;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CapacityPromise;
import io.holdfast.store.StaleLeaderException;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import io.holdfast.store.testing.WrittenFacts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoredPromisesTest {

    private static final SegmentId SEGMENT = SegmentId.of("default");
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.123456Z");

    private final TestDatabase database = TestDatabase.fresh();
    private final Store store = database.store(List.of());
    private final StoredPromises promises = new StoredPromises(store);

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void theLastOneHoldsAndIsToldWithItsFact() {
        assertThat(promises.find(SEGMENT)).isEmpty();
        promises.put(promise(CapacityPromise.State.KEPT), null, LeaderEpoch.of(1));
        assertThat(promises.find(SEGMENT)).contains(promise(CapacityPromise.State.KEPT));
        promises.put(promise(CapacityPromise.State.BROKEN), fact("segment.promise-broken"), LeaderEpoch.of(1));
        assertThat(promises.find(SEGMENT)).contains(promise(CapacityPromise.State.BROKEN));
        promises.tell(SEGMENT, fact("segment.over-committed"), LeaderEpoch.of(1));
        assertThat(WrittenFacts.types(store)).containsExactly("segment.promise-broken", "segment.over-committed");
    }

    @Test
    void anOlderLeaderRemembersNothingAndTellsNobody() {
        promises.put(promise(CapacityPromise.State.KEPT), null, LeaderEpoch.of(2));
        assertThatThrownBy(() -> promises.put(
                        promise(CapacityPromise.State.BROKEN), fact("segment.promise-broken"), LeaderEpoch.of(1)))
                .isInstanceOf(StaleLeaderException.class);
        assertThatThrownBy(() -> promises.tell(SEGMENT, fact("segment.over-committed"), LeaderEpoch.of(1)))
                .isInstanceOf(StaleLeaderException.class);
        assertThat(promises.find(SEGMENT)).contains(promise(CapacityPromise.State.KEPT));
        assertThat(WrittenFacts.types(store)).isEmpty();
    }

    private static CapacityPromise promise(CapacityPromise.State state) {
        return new CapacityPromise(SEGMENT, state, 1, NOW, "because");
    }

    private static Fact fact(String type) {
        return new Fact(UUID.randomUUID(), type, "segment/default", null, NOW, Map.of());
    }
}
