package io.holdfast.notifications.core;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Which waiting deliveries may leave now.
 *
 * <p>Intuition: to one webhook, the facts of one subject go out in the order they were written; a later one waits until
 * the earlier one is delivered or dead, even when the earlier one is waiting for its next attempt. Subjects do not wait
 * for each other, and webhooks do not wait for each other.
 *
 * <p>Invariants: at most one per (webhook, subject); never one whose time has not come; at most {@code perWebhook} per
 * webhook and {@code limit} in all, so that one slow endpoint cannot take every place.
 *
 * <p>The ledger on PostgreSQL says the same in SQL; both are held to the same contract test.
 */
public final class SubjectOrder {

    private SubjectOrder() {}

    /** @param waiting all deliveries that are neither delivered nor dead, in the order they were written */
    public static List<Waiting> mayLeave(List<Waiting> waiting, Instant now, int perWebhook, int limit) {
        Set<Line> seen = new HashSet<>();
        Map<UUID, Integer> taken = new HashMap<>();
        List<Waiting> chosen = new ArrayList<>();
        for (Waiting one : waiting) {
            boolean first = seen.add(new Line(one.webhook(), one.subject()));
            int already = taken.getOrDefault(one.webhook(), 0);
            if (first && !one.notBefore().isAfter(now) && already < perWebhook && chosen.size() < limit) {
                taken.put(one.webhook(), already + 1);
                chosen.add(one);
            }
        }
        return chosen;
    }

    /**
     * @param fact the fact's id
     * @param notBefore when the next attempt is due
     */
    public record Waiting(UUID webhook, String subject, UUID fact, Instant notBefore) {}

    private record Line(UUID webhook, String subject) {}
}
