package io.holdfast.fencing.store;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/** One row of {@code fence_journal}; see the schema for the meaning of each column. Written once, never changed. */
@Entity
@Immutable
@Table(name = "fence_journal")
class FenceJournalRow {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    @Nullable
    Long id;

    @Column(name = "case_id")
    @Nullable
    UUID caseId;

    String host = "";
    long epoch;
    String device = "";
    String act = "";
    String result = "";

    /** JSON text: {@code {"said": "…", "attempt": 1, "level": 2}}. */
    @JdbcTypeCode(SqlTypes.JSON)
    String evidence = "{}";

    String actor = "";
    Instant at = Instant.EPOCH;

    FenceJournalRow() {}
}
