package io.holdfast.fencing.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.FenceJournal;
import io.holdfast.fencing.FenceJournalContract;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.store.StoreException;
import io.holdfast.store.testing.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The same contract on a real PostgreSQL server. */
class StoredFenceJournalTest extends FenceJournalContract {

    private final TestDatabase database = TestDatabase.fresh();

    @AfterEach
    void giveConnectionsBack() {
        database.close();
    }

    @Override
    protected FenceJournal journal() {
        return new StoredFenceJournal(database.store(StoredFenceJournal.entities()));
    }

    @Test
    void anotherControllerFindsTheProof() {
        FenceJournal.Entry proof = entry(HostId.of("h1"), 1, FenceJournal.PROOF, "POWER_READ_OFF", "read off", null);
        journal().append(proof);

        assertThat(journal().proof(HostId.of("h1"), HostEpoch.of(1))).contains(proof);
    }

    @Test
    void survivesAZeroByteInWhatADeviceSaid() {
        FenceJournal journal = journal();
        journal.append(entry(HostId.of("h1"), 1, "result", "UNKNOWN", "garb\0led", null));

        assertThat(journal.history(HostId.of("h1"), 1).getFirst().evidence()).isEqualTo("garb?led");
    }

    @Test
    void throwsWhenTheDatabaseIsAway() {
        FenceJournal journal = journal();
        database.close();

        assertThatThrownBy(() -> journal.append(
                        entry(HostId.of("h1"), 1, FenceJournal.PROOF, "POWER_READ_OFF", "read off", null)))
                .isInstanceOf(StoreException.class);
    }
}
