package io.holdfast.fencing.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.fencing.FenceJournal;
import io.holdfast.fencing.FencingException;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.store.Store;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The journal that survives us. Any thread may call; each call is one transaction. */
public final class StoredFenceJournal implements FenceJournal {

    private static final String SAID = "said";
    private static final String ATTEMPT = "attempt";
    private static final String LEVEL_NUMBER = "level";

    private final Store store;
    private final ObjectMapper json = new ObjectMapper();

    /** @param store maps at least {@link #entities()} */
    public StoredFenceJournal(Store store) {
        this.store = store;
    }

    /** What the store that is given to us must map. */
    public static List<Class<?>> entities() {
        return List.of(FenceJournalRow.class);
    }

    /** @throws io.holdfast.store.StoreException when the entry is not stored */
    @Override
    public void append(Entry entry) {
        String evidence = toJson(entry);
        store.inTransactionDo(session -> session.persist(rowOf(entry, evidence)));
    }

    /** @throws io.holdfast.store.StaleLeaderException when the database knows a newer leader */
    @Override
    public void appendIntent(Entry entry, SegmentId segment, LeaderEpoch leader) {
        String evidence = toJson(entry);
        store.inTransactionDo(session -> {
            Store.requireLeaderEpoch(session, segment, leader);
            session.persist(rowOf(entry, evidence));
        });
    }

    @Override
    public Optional<Entry> proof(HostId host, HostEpoch epoch) {
        List<FenceJournalRow> rows = store.inTransaction(session -> session.createSelectionQuery(
                        "from FenceJournalRow where host = :host and epoch = :epoch and act = :act order by id",
                        FenceJournalRow.class)
                .setParameter("host", host.value())
                .setParameter("epoch", epoch.value())
                .setParameter("act", PROOF)
                .setMaxResults(1)
                .getResultList());
        return rows.stream().findFirst().map(this::entryOf);
    }

    @Override
    public List<Entry> of(HostId host, HostEpoch epoch) {
        List<FenceJournalRow> rows = store.inTransaction(session -> session.createSelectionQuery(
                        "from FenceJournalRow where host = :host and epoch = :epoch order by id", FenceJournalRow.class)
                .setParameter("host", host.value())
                .setParameter("epoch", epoch.value())
                .getResultList());
        return rows.stream().map(this::entryOf).toList();
    }

    @Override
    public List<Entry> history(HostId host, int limit) {
        if (limit <= 0) {
            return List.of();
        }
        List<FenceJournalRow> newestFirst = store.inTransaction(session -> session.createSelectionQuery(
                        "from FenceJournalRow where host = :host order by id desc", FenceJournalRow.class)
                .setParameter("host", host.value())
                .setMaxResults(limit)
                .getResultList());
        return newestFirst.reversed().stream().map(this::entryOf).toList();
    }

    /** Made anew each time a transaction runs: a row that a rolled back session has seen is of no use to the next. */
    private static FenceJournalRow rowOf(Entry entry, String evidence) {
        FenceJournalRow row = new FenceJournalRow();
        CaseId caseId = entry.caseId();
        row.caseId = caseId == null ? null : caseId.value();
        row.host = entry.host().value();
        row.epoch = entry.epoch().value();
        row.device = entry.device();
        row.act = entry.act();
        row.result = entry.result();
        row.evidence = evidence;
        row.actor = entry.actor();
        row.at = entry.at();
        return row;
    }

    private Entry entryOf(FenceJournalRow row) {
        JsonNode evidence = fromJson(row.evidence);
        return new Entry(
                row.caseId == null ? null : CaseId.of(row.caseId),
                HostId.of(row.host),
                HostEpoch.of(row.epoch),
                evidence.path(ATTEMPT).asInt(0),
                evidence.path(LEVEL_NUMBER).asInt(0),
                row.device,
                row.act,
                row.result,
                evidence.path(SAID).asText(),
                row.actor,
                row.at);
    }

    private String toJson(Entry entry) {
        try {
            // PostgreSQL's jsonb has no way to hold the character zero, and a device may send anything.
            return json.writeValueAsString(Map.of(
                    SAID, entry.evidence().replace('\0', '?'), ATTEMPT, entry.attempt(), LEVEL_NUMBER, entry.level()));
        } catch (JsonProcessingException e) {
            throw new FencingException("cannot write evidence as JSON", e);
        }
    }

    private JsonNode fromJson(String evidence) {
        try {
            return json.readTree(evidence);
        } catch (JsonProcessingException e) {
            throw new FencingException("cannot read evidence in the fence journal", e);
        }
    }
}
