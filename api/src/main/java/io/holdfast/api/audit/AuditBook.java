package io.holdfast.api.audit;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the trail is kept. Any thread may call; each call is one transaction. */
public interface AuditBook {

    /**
     * Stores lines, or the new counts of those that are stored already, and how stored ones ended. All or nothing; to store the same
     * again changes nothing. The end of a line that is no longer there is left out.
     *
     * @throws io.holdfast.store.StoreException when it was not stored
     */
    void write(List<AuditLine> lines, List<Ending> endings);

    /** The newest first. */
    List<AuditLine> list(Filter filter, int limit);

    /**
     * Deletes some of what is too old or too much.
     *
     * @param before older lines go
     * @param linesMax so many of those that were worked on stay, at most
     * @param refusalsMax so many of those that were refused stay, at most
     * @return whether there may be more to delete
     */
    boolean trim(Instant before, long linesMax, long refusalsMax);

    /** How the line of a request ended. */
    record Ending(String requestId, Ended ended) {}

    /**
     * Which lines; null for all.
     *
     * @param user id or name
     * @param operation its id, with or without the action; or an action alone
     * @param target part of the path, or the id of what was made
     * @param address of the connection, or the one on whose behalf
     * @param least statuses from here on
     * @param most up to here
     * @param open whether only lines that were never ended
     * @param since that came then or later
     * @param before that came earlier
     * @param marker a line's number: only older ones
     */
    record Filter(
            Who.@Nullable Kind kind,
            @Nullable String user,
            @Nullable String project,
            @Nullable String service,
            @Nullable String operation,
            @Nullable String target,
            @Nullable String address,
            @Nullable String requestId,
            @Nullable Integer least,
            @Nullable Integer most,
            boolean open,
            @Nullable Instant since,
            @Nullable Instant before,
            @Nullable Long marker) {

        public static final Filter ALL =
                new Filter(null, null, null, null, null, null, null, null, null, null, false, null, null, null);
    }
}
