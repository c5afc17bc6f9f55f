package io.holdfast.recovery;

import io.holdfast.model.Fact;
import io.holdfast.model.LeaderEpoch;
import java.util.List;

/**
 * What the journal is to take in one write.
 *
 * @param unsure whether an earlier try may have been written
 */
record Unwritten(
        LeaderEpoch leader, List<Tracked> dirty, List<CaseJournal.Write> writes, List<Fact> facts, boolean unsure) {}
