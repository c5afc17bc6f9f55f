package io.holdfast.api.masakari;

import io.holdfast.api.MonitorSettings.Trust;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A monitor's word, as it is kept.
 *
 * @param id order of arrival
 * @param hostUuid the host's id in the API when it came
 * @param generatedAt when the monitor says that it happened, UTC
 * @param payload JSON, as it came
 * @param saidBy the monitor
 * @param trust how far it was believed
 * @param status what became of it; see {@link Status#isOver}
 * @param reason why it has this status, for people
 * @param caseId the case that it opened or joined, or null
 */
public record Notification(
        long id,
        UUID uuid,
        Type type,
        HostId host,
        UUID hostUuid,
        LocalDateTime generatedAt,
        String payload,
        String saidBy,
        Trust trust,
        Status status,
        String reason,
        @Nullable CaseId caseId,
        Instant createdAt,
        @Nullable Instant updatedAt) {

    /** What failed. */
    public enum Type {
        COMPUTE_HOST,
        VM,
        PROCESS
    }

    /** What became of it; the words are Masakari's. */
    public enum Status {
        /** Taken, and nothing has begun. */
        NEW,
        /** Its case is at work. */
        RUNNING,
        /** It was dealt with. */
        FINISHED,
        /** Its case was given up. */
        FAILED,
        /** Its case waits for a human, and is tried again all the same. */
        ERROR,
        /** Nothing followed; the reason says why. */
        IGNORED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Status of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }

        /** Whether it never changes again. */
        public boolean isOver() {
            return switch (this) {
                case NEW, RUNNING, ERROR -> false;
                case FINISHED, FAILED, IGNORED -> true;
            };
        }
    }

    /** As the book keeps it: its number is the book's to give. */
    public Notification numbered(long number) {
        return new Notification(
                number,
                uuid,
                type,
                host,
                hostUuid,
                generatedAt,
                payload,
                saidBy,
                trust,
                status,
                reason,
                caseId,
                createdAt,
                updatedAt);
    }

    /** What became of it, since then. */
    public Notification as(Status next, String why, @Nullable CaseId of, @Nullable Instant at) {
        return new Notification(
                id, uuid, type, host, hostUuid, generatedAt, payload, saidBy, trust, next, why, of, createdAt, at);
    }
}
