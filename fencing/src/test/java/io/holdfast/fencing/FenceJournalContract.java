package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every fence journal promises. */
public abstract class FenceJournalContract {

    private static final HostId H1 = HostId.of("h1");
    private static final HostId H2 = HostId.of("h2");

    protected abstract FenceJournal journal();

    @Test
    void givesBackWhatWasWrittenOldestFirst() {
        FenceJournal journal = journal();
        FenceJournal.Entry intent = entry(H1, 1, "order-off", "INTENDED", "attempt 1", CaseId.of(new UUID(1, 2)));
        FenceJournal.Entry end = entry(H1, 1, "result", "FAILED", "said \"done\" \u0001\n ünd {nothing}", null);
        journal.append(intent);
        journal.append(entry(H2, 1, "order-off", "INTENDED", "attempt 1", null));
        journal.append(end);

        assertThat(journal.history(H1, 10)).containsExactly(intent, end);
        assertThat(journal.history(H1, 1)).as("the newest").containsExactly(end);
        assertThat(journal.history(H1, 0)).isEmpty();
        assertThat(journal.of(H1, HostEpoch.of(1))).containsExactly(intent, end);
        assertThat(journal.of(H1, HostEpoch.of(2))).isEmpty();
        assertThat(journal.history(HostId.of("h9"), 10)).isEmpty();
    }

    @Test
    void findsAProofOnlyForThatHostAndThatEpoch() {
        FenceJournal journal = journal();
        journal.append(entry(H1, 1, "order-off", "INTENDED", "", null));
        journal.append(entry(H1, 1, "result", "UNKNOWN", "", null));
        assertThat(journal.proof(H1, HostEpoch.of(1))).isEmpty();

        FenceJournal.Entry proof = entry(H1, 1, FenceJournal.PROOF, "POWER_READ_OFF", "read off", null);
        journal.append(proof);

        assertThat(journal.proof(H1, HostEpoch.of(1))).contains(proof);
        assertThat(journal.proof(H1, HostEpoch.of(2))).isEmpty();
        assertThat(journal.proof(H2, HostEpoch.of(1))).isEmpty();
    }

    @Test
    void keepsTheFirstProofOfAnEpoch() {
        FenceJournal journal = journal();
        FenceJournal.Entry first = entry(H1, 4, FenceJournal.PROOF, "CALLER_STATES_FENCED", "a word", null);
        journal.append(first);
        journal.append(entry(H1, 4, FenceJournal.PROOF, "POWER_READ_OFF", "a reading", null));

        assertThat(journal.proof(H1, HostEpoch.of(4))).contains(first);
    }

    @Test
    void refusesTheIntentOfALeaderWhoWasReplaced() {
        FenceJournal journal = journal();
        SegmentId segment = SegmentId.of("default");
        FenceJournal.Entry intent = entry(H1, 1, "order-off", "INTENDED", "attempt 1", null);
        journal.appendIntent(intent, segment, new LeaderEpoch(5));
        journal.appendIntent(intent, segment, new LeaderEpoch(6));

        assertThatThrownBy(() -> journal.appendIntent(intent, segment, new LeaderEpoch(5)))
                .isInstanceOf(RuntimeException.class);
        assertThat(journal.history(H1, 10)).hasSize(2);
    }

    protected static FenceJournal.Entry entry(
            HostId host, long epoch, String act, String result, String evidence, @Nullable CaseId caseId) {
        return new FenceJournal.Entry(
                caseId,
                host,
                HostEpoch.of(epoch),
                2,
                1,
                "ipmi 192.0.2.1:623",
                act,
                result,
                evidence,
                "holdfast (internal)",
                Instant.parse("2026-11-20T12:00:00.123456Z"));
    }
}
