package io.holdfast.notifications.core;

import io.holdfast.model.Fact;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A fact in the form in which it leaves: with what OPNFV Doctor asks of a fault's record beside what the fact itself
 * says.
 *
 * <p>Notices of one incident carry the same {@code correlation}. It is made of the host and the moment when it was first
 * suspected, because that is known from the first notice on, before any case is opened; of the case when nobody had
 * suspected the host; of the order when an instance was moved by one.
 */
public final class FaultRecord {

    private FaultRecord() {}

    /** JSON-ready, in the order in which people read it. */
    public static Map<String, Object> of(Fact fact) {
        FactType type = FactType.of(fact.type());
        UUID correlation = correlation(fact);
        boolean root = correlation == null || fact.subject().startsWith("host/");
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("id", fact.id().toString());
        record.put("type", fact.type());
        record.put("severity", type.severity().word());
        record.put("state", type.state().word());
        record.put("subject", fact.subject());
        record.put("project", fact.project() == null ? null : fact.project().value());
        record.put("at", fact.at().toString());
        record.put("probableCause", type.cause());
        record.put("correlation", correlation == null ? null : correlation.toString());
        record.put("rootCause", root);
        record.put("data", fact.data());
        return record;
    }

    /** The incident that a fact belongs to, or null when it stands alone. */
    public static @Nullable UUID correlation(Fact fact) {
        Map<String, Object> data = fact.data();
        if (data.get("correlation") instanceof String id) {
            // Behind a veil, where the host that it is made of is not to be seen.
            return UUID.fromString(id);
        }
        if (data.get("host") instanceof String host && data.get("suspectedAt") instanceof String since) {
            return named("suspicion of " + host + " at " + since);
        }
        if (data.get("caseId") instanceof String id) {
            return named("case " + id);
        }
        return data.get("moveId") instanceof String id ? named("move " + id) : null;
    }

    private static UUID named(String what) {
        return UUID.nameUUIDFromBytes(what.getBytes(StandardCharsets.UTF_8));
    }
}
