package io.holdfast.fencing.sim;

import io.holdfast.fencing.FenceJournal;
import io.holdfast.fencing.FenceJournalContract;

class InMemoryFenceJournalTest extends FenceJournalContract {

    @Override
    protected FenceJournal journal() {
        return new InMemoryFenceJournal();
    }
}
