package io.holdfast.model;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something that became true and concerns somebody: the unit of notification.
 *
 * <p>A fact is written to the outbox in the transaction that made it true. The one exception is a suspicion, which is
 * told from memory first and recorded after; its {@link #id} lets the receiver drop the second telling.
 *
 * @param id the same however often and by whatever road the fact arrives
 * @param type dotted lower-case words, for example {@code host.suspected} or {@code instance.recovered}
 * @param subject what it is about, and the key for order: facts of one subject are delivered in the order they were
 *     written. {@code host/h1} or {@code instance/UUID}
 * @param project the owner concerned, or null when the fact is for operators only
 * @param at wall time, for people
 * @param data JSON-ready values (strings, numbers, booleans, lists and maps of these)
 */
public record Fact(
        UUID id, String type, String subject, @Nullable ProjectId project, Instant at, Map<String, Object> data) {

    public Fact {
        data = Map.copyOf(data);
    }
}
