package io.holdfast.notifications.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.model.Fact;
import io.holdfast.notifications.Webhooks.Form;
import io.holdfast.notifications.core.FaultRecord;
import io.vertx.core.buffer.Buffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A fact as the body of a request. All of it is in the body, in either form, so that the signature covers all of it; that
 * is why there is no binary mode, whose attributes are headers.
 */
record Message(String contentType, Buffer body) {

    /**
     * Who we are, to a receiver of CloudEvents: with it the id is unique. The same for every controller, because whichever
     * tells a fact, it is the same fact.
     */
    private static final String SOURCE = "urn:holdfast";

    private static final String TYPE_PREFIX = "io.holdfast.";

    private static final ObjectMapper JSON = new ObjectMapper();

    static Message of(Fact fact, Form form, int attempt) {
        Map<String, Object> record = FaultRecord.of(fact);
        record.put("attempt", attempt);
        return switch (form) {
            case HOLDFAST -> new Message("application/json", bytes(fact, record));
            case CLOUDEVENTS -> {
                Map<String, Object> event = new LinkedHashMap<>();
                event.put("specversion", "1.0");
                event.put("id", fact.id().toString());
                event.put("source", SOURCE);
                event.put("type", TYPE_PREFIX + fact.type());
                event.put("subject", fact.subject());
                event.put("time", fact.at().toString());
                event.put("datacontenttype", "application/json");
                event.put("data", record);
                yield new Message("application/cloudevents+json; charset=UTF-8", bytes(fact, event));
            }
        };
    }

    private static Buffer bytes(Fact fact, Map<String, Object> body) {
        try {
            return Buffer.buffer(JSON.writeValueAsBytes(body));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the data of fact " + fact.id() + " cannot be written as JSON", e);
        }
    }
}
